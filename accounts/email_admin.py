"""The operator's list of e-mails: what waits, what was sent, what failed and why."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.emails import Email, EmailStatus
from schools.admin import ListAdmin
from schools.models import School


@admin.register(Email)
class EmailAdmin(ListAdmin):
    list_display = ["created_at", "label", "user", "school", "recipient", "status", "attempts", "due_at", "reason"]
    list_filter = ["status", "kind"]
    list_select_related = ["user__school"]
    search_fields = ["user__name_key", "user__username", "recipient"]
    typed_fields = ["user__username", "recipient"]
    search_help_text = "Nom, identifiant, e-mail."
    actions = ["try_again"]
    fields = ["label", "user", "school", "recipient", "status", "attempts", "due_at", "finished_at", "reason"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="message")
    def label(self, email: Email) -> str:
        return email.label

    @admin.display(description="établissement")
    def school(self, email: Email) -> School | None:
        return email.user.school if email.user else None

    @admin.action(description="Envoyer de nouveau les messages qui ont échoué", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = queryset.filter(status=EmailStatus.FAILED).update(
            status=EmailStatus.PENDING, attempts=0, due_at=timezone.now(), finished_at=None, reason=""
        )
        messages.info(request, f"{count} messages partiront dans la minute qui vient.")
