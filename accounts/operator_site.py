"""The operator's site: Django's admin behind the platform's own sign-in page."""

from functools import update_wrapper
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse


class OperatorSite(AdminSite):
    site_header = "Edulib – Opérateur"
    site_title = "Edulib – Opérateur"
    index_title = "Administration de la plateforme"
    site_url = None
    enable_nav_sidebar = False

    def admin_view(self, view, cacheable=False):
        """To whoever is signed in and is no operator, nothing exists here."""
        for_operators = super().admin_view(view, cacheable)

        def guarded(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return for_operators(request, *args, **kwargs)

        return update_wrapper(guarded, for_operators)

    def login(self, request, extra_context=None):
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise Http404
            return redirect("admin:index")
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect(f"{reverse('sign_in')}?{urlencode({'next': wanted})}")

    login.login_required = False

    def logout(self, request, extra_context=None):
        if request.method == "POST":
            logout(request)
        return redirect("sign_out")

    def password_change(self, request, extra_context=None):
        return redirect("password_change")


class OperatorSiteConfig(AdminConfig):
    default_site = "accounts.operator_site.OperatorSite"
