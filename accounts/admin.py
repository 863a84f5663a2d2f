"""The operator's pages for accounts (Django's admin, `/operateur/`).

Initial passwords are shown once, in the answer to the request that drew them: never in a message (a message waits
in a cookie or in the session), never in the admin's log. `InitialCredential` is not registered, nor may a list be
filtered by it.
"""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from schools.admin import ListAdmin, MembershipInline
from schools.fields import Bytewise

from . import letter_admin  # noqa: F401
from .models import User
from .signals import people_changed


class AdministeredSchoolInline(MembershipInline):
    autocomplete_fields = ["school"]
    verbose_name = "établissement administré"
    verbose_name_plural = "établissements administrés"


class OperatorUserForm(forms.ModelForm):
    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()

    def clean_is_staff(self):
        if self.cleaned_data["is_staff"] and self.instance.kind:
            raise ValidationError("Un enseignant ou un élève ne peut pas être opérateur.")
        return self.cleaned_data["is_staff"]


@admin.register(User)
class UserAdmin(ListAdmin):
    form = OperatorUserForm
    inlines = [AdministeredSchoolInline]
    list_display = [
        "last_name",
        "first_name",
        "username",
        "email",
        "kind",
        "school",
        "is_active",
        "is_staff",
        "last_login",
    ]
    list_display_links = ["last_name", "first_name", "username"]
    list_filter = ["kind", "is_active", "is_staff", "school"]
    list_select_related = ["school"]
    search_fields = ["name_key", "school__search_key", "username", "email"]
    typed_fields = ["username", "email"]
    sort_keys = {
        "last_name": "name_key",
        "username": Bytewise(Lower("username")),
        "email": Bytewise("email"),
    }
    sortable_by = ["last_name", "username", "email", "kind", "school", "is_active", "is_staff", "last_login"]
    search_help_text = "Nom, prénom, identifiant, e-mail, nom ou code d'établissement."
    readonly_fields = ["kind", "school", "school_class", "password_state", "last_login", "created_at"]

    def get_fieldsets(self, request, obj=None):
        person = ("last_name", "first_name", "username", "email")
        if obj is None:
            explanation = (
                "Pour un administrateur d'établissement ou un opérateur. Un mot de passe initial lui est donné et "
                "s'affiche une seule fois. Les enseignants et les élèves sont créés par leur établissement."
            )
            return [(None, {"fields": (*person, "is_staff"), "description": explanation})]
        return [
            (None, {"fields": (*person, "is_active", "is_staff")}),
            ("Dans son établissement", {"fields": ("kind", "school", "school_class")}),
            ("Connexion", {"fields": ("password_state", "last_login", "created_at")}),
        ]

    def lookup_allowed(self, lookup, value, request=None):
        secret = lookup.startswith(("password", "initial_credential", "uid"))
        return not secret and super().lookup_allowed(lookup, value, request)

    @admin.display(description="mot de passe")
    def password_state(self, user):
        return format_html(
            '{} · <a href="{}">Donner un nouveau mot de passe initial</a>',
            "initial" if user.password_is_initial else "personnel",
            reverse("admin:accounts_user_password", args=[user.pk]),
        )

    # Acts

    def save_model(self, request, obj, form, change):
        obj.is_superuser = obj.is_staff  # One role: the operator.
        super().save_model(request, obj, form, change)
        if not change:
            obj.initial_password = obj.give_initial_password()
        elif obj.school_id:
            people_changed.send(sender=User, school=obj.school, pks=[obj.pk], change="updated")

    def response_add(self, request, obj, post_url_continue=None):
        return self.show_password(request, obj, title="Compte créé")

    def delete_model(self, request, obj):
        self.delete_queryset(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request, queryset):
        with transaction.atomic():
            people = {}
            for user in queryset.exclude(school=None).select_related("school"):
                people.setdefault(user.school, []).append(user.pk)
            for school, pks in people.items():
                people_changed.send(sender=User, school=school, pks=pks, change="deleted")
            super().delete_queryset(request, queryset)

    def get_urls(self):
        give = self.admin_site.admin_view(self.give_password)
        return [path("<int:pk>/mot-de-passe/", give, name="accounts_user_password"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "POST"]))
    def give_password(self, request, pk):
        user = get_object_or_404(User, pk=pk)
        if request.method == "POST":
            with transaction.atomic():
                user.initial_password = user.give_initial_password()
                self.log_change(request, user, "Nouveau mot de passe initial.")
            return self.show_password(request, user, title="Nouveau mot de passe initial")
        return self.render(request, "accounts/operator_password_give.html", user, title="Nouveau mot de passe initial")

    def show_password(self, request, user, *, title):
        return self.render(request, "accounts/operator_password.html", user, title=title)

    def render(self, request, template, user, *, title):
        context = {**self.admin_site.each_context(request), "opts": self.opts, "person": user, "title": title}
        return TemplateResponse(request, template, context)
