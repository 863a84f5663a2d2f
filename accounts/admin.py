"""The operator's pages for accounts (Django's admin, `/operateur/`).

Initial passwords are shown once, in the answer to the request that gave them: never in a message, which waits in a
cookie or in the session, never in the admin's log. `InitialCredential` is not registered, and no list may be filtered
by it.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from accounts import email_admin  # noqa: F401
from accounts.email_change import tell_former_address, tell_password_changed
from accounts.forms.recent_password import ConfirmForm
from accounts.models import User, UserQuerySet
from accounts.recent_password import password_is_recent
from accounts.signals import send_people_changed
from schools.admin import ListAdmin, MembershipInline
from schools.as_seen import AsSeenForm
from schools.fields import Bytewise
from schools.models import Membership
from schools.operator_forms import WaysInAdmin
from schools.turns import turn


def schools_of(users: UserQuerySet) -> list[int | None]:
    """Return the schools that an act on `users` may change, for their turn.

    Those that they administer too: an import may make them a teacher there meanwhile.
    """
    own = users.order_by().values_list("school_id", flat=True)
    return [*own, *Membership.objects.filter(user__in=users).order_by().values_list("school_id", flat=True)]


class AdministeredSchoolInline(MembershipInline):
    autocomplete_fields = ["school"]
    verbose_name = "établissement administré"
    verbose_name_plural = "établissements administrés"


class OperatorUserForm(AsSeenForm):
    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip().lower()

    def clean_is_staff(self) -> bool:
        if self.cleaned_data["is_staff"] and self.instance.kind:
            raise ValidationError("Un enseignant ou un élève ne peut pas être opérateur.")
        return self.cleaned_data["is_staff"]


@admin.register(User)
class UserAdmin(WaysInAdmin, ListAdmin):
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

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> list[tuple]:
        person = ("last_name", "first_name", "username", "email")
        if obj is None:
            explanation = (
                "Pour un administrateur d'établissement ou un opérateur. Un mot de passe initial lui est donné et "
                "s'affiche une seule fois. Les enseignants et les élèves sont créés par leur établissement."
            )
            return [(None, {"fields": (*person, "is_staff"), "description": explanation})]
        return [
            (None, {"fields": (*person, "is_active", "is_staff", "seen")}),
            ("Dans son établissement", {"fields": ("kind", "school", "school_class")}),
            ("Connexion", {"fields": ("password_state", "last_login", "created_at")}),
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        secret = lookup.startswith(("password", "initial_credential", "uid"))
        return not secret and super().lookup_allowed(lookup, value, request)

    @admin.display(description="mot de passe")
    def password_state(self, user: User) -> str:
        return format_html(
            '{} · <a href="{}">Donner un nouveau mot de passe initial</a>',
            "initial" if user.password_is_initial else "personnel",
            reverse("admin:accounts_user_password", args=[user.pk]),
        )

    # Acts

    def save_model(self, request: HttpRequest, obj: User, form: OperatorUserForm, change: bool) -> None:
        obj.is_superuser = obj.is_staff  # One role: the operator.
        if "email" in form.changed_data:
            obj.confirmed_email = obj.email.lower()  # Typed by the operator: no school chose it.
        super().save_model(request, obj, form, change)
        if not change:
            obj.initial_password = obj.give_initial_password()
        else:
            tell_former_address(obj, form.initial["email"])
        if change and obj.school_id:
            send_people_changed(obj.school, [obj.pk], "updated")

    def columns_to_write(self, form: OperatorUserForm) -> list[str]:
        return [*form.written(), "is_superuser", "confirmed_email"]

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        return self.show_password(request, obj, title="Compte créé")

    def delete_queryset(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        with turn(*schools_of(queryset)):
            people = {}
            for user in queryset.exclude(school=None).select_related("school"):
                people.setdefault(user.school, []).append(user.pk)
            for school, pks in people.items():
                send_people_changed(school, pks, "deleted")
            super().delete_queryset(request, queryset)

    def get_urls(self) -> list[URLPattern]:
        give = self.admin_site.admin_view(self.give_password)
        return [path("<int:pk>/mot-de-passe/", give, name="accounts_user_password"), *super().get_urls()]

    # These ask for the operator's password again; that page keeps what was submitted.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not (request.method == "POST" and object_id and object_id.isdigit() and len(object_id) < 19):
            return super().changeform_view(request, object_id, form_url, extra_context)
        # Not get_object(), which locks the account: its schools come first, and no transaction is open yet.
        account = User.objects.filter(pk=object_id)
        former = account.values_list("email", flat=True).first()
        email = request.POST.get("email", former)
        if former is not None and email.strip().lower() != former and (page := self.password_again(request)):
            return page
        with turn(*schools_of(account)):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page = self.password_again(request) if request.method == "POST" else None
        return page or super().delete_view(request, object_id, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        is_deletion = request.POST.get("action") == "delete_selected" and "post" in request.POST
        page = self.password_again(request) if is_deletion else None
        return page or super().changelist_view(request, extra_context)

    def password_again(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page that asks for the operator's password, or None if it is recent or has just come."""
        if password_is_recent(request.session):
            return None
        form = ConfirmForm(request.POST if "current_password" in request.POST else None, request=request)
        if form.is_valid():
            return None
        mine = ("csrfmiddlewaretoken", "current_password")
        title = "Confirmez votre mot de passe"
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "kept": [(name, value) for name, values in request.POST.lists() if name not in mine for value in values],
        }
        return TemplateResponse(request, "accounts/operator_password_again.html", context)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def give_password(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = get_object_or_404(User, pk=pk)
        if request.method == "POST":
            if page := self.password_again(request):
                return page
            with transaction.atomic():
                user.initial_password = user.give_initial_password()
                tell_password_changed([user])
                self.log_change(request, user, "Nouveau mot de passe initial.")
            return self.show_password(request, user, title="Nouveau mot de passe initial")
        return self.render(request, "accounts/operator_password_give.html", user, title="Nouveau mot de passe initial")

    def show_password(self, request: HttpRequest, user: User, *, title: str) -> HttpResponse:
        return self.render(request, "accounts/operator_password.html", user, title=title)

    def render(self, request: HttpRequest, template: str, user: User, *, title: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "person": user, "title": title}
        return TemplateResponse(request, template, context)
