"""The operator's site: Django's admin behind the platform's own sign-in page."""

import logging
from collections.abc import Callable
from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.core.exceptions import FieldDoesNotExist, FieldError, SuspiciousOperation, ValidationError
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

logger = logging.getLogger(__name__)

# Django's admin raises these for an address or a form that none of its pages would send: a letter for a number, a
# number too large for the database, a NUL, a field that does not exist.
NONSENSE = (
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    ValidationError,
    FieldError,
    FieldDoesNotExist,
    DataError,
)
WRONG_FILTER = "Ce filtre n'existe pas ou ne peut pas être lu : voici la page sans lui."
WRONG_FORM = "Ce formulaire ne peut pas être lu : rien n'a été enregistré. Recommencez depuis cette page."


class OperatorSite(AdminSite):
    site_header = "Edulib – Opérateur"
    site_title = "Edulib – Opérateur"
    index_title = "Administration de la plateforme"
    site_url = None
    enable_nav_sidebar = False

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """As Django's, but whoever is signed in and is no operator gets 404, and nonsense is answered."""
        for_operators = super().admin_view(view, cacheable)

        def guarded(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            try:
                response = for_operators(request, *args, **kwargs)
                if getattr(response, "template_name", None) == "admin/invalid_setup.html":
                    return without_query(request)  # What Django shows when a filter has failed twice.
                # Rendered here: lists query the database while they are rendered.
                return response.render() if hasattr(response, "render") else response
            except SuspiciousOperation:
                raise SuspiciousOperation("an operator's page was asked for what it does not show") from None
            except OperationalError as error:
                # What SQLite says of an invalid regular expression.
                if "user-defined function" not in str(error):
                    raise
                return instead_of_nonsense(request, error)
            except NONSENSE as error:
                # The text of the error quotes what was submitted, which may be somebody's name or password.
                logger.warning("%s at an operator's page: %s", type(error).__name__, request.resolver_match.route)
                return instead_of_nonsense(request, error)

        return update_wrapper(guarded, for_operators)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise Http404
            return redirect("admin:index")
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect(f"{reverse('sign_in')}?{urlencode({'next': wanted})}")

    login.login_required = False

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        try:
            return super().autocomplete_view(request)
        except NONSENSE as error:
            logger.warning("%s in the operator's autocompletion", type(error).__name__)
            return JsonResponse({"results": [], "pagination": {"more": False}})

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":
            logout(request)
        return redirect("sign_out")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("password_change")


def instead_of_nonsense(request: HttpRequest, error: Exception) -> HttpResponse:
    """Redirect to the page without its query, or to the page of the form. Raises Http404 if the address is wrong."""
    if request.method == "POST":
        messages.error(request, WRONG_FORM)
        return HttpResponseRedirect(request.path)
    if request.GET:
        return without_query(request)
    if request.resolver_match.kwargs:
        raise Http404 from None
    raise error


def without_query(request: HttpRequest) -> HttpResponse:
    messages.warning(request, WRONG_FILTER)
    return HttpResponseRedirect(request.path)


class OperatorSiteConfig(AdminConfig):
    default_site = "accounts.operator_site.OperatorSite"
