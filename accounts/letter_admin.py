"""The operator's list of mails: what waits, what was sent, what failed and why."""

from django.contrib import admin, messages
from django.utils import timezone

from accounts.letters import Letter, LetterStatus
from schools.admin import ListAdmin


@admin.register(Letter)
class LetterAdmin(ListAdmin):
    list_display = ["created_at", "label", "user", "school", "recipient", "status", "attempts", "due_at", "reason"]
    list_filter = ["status", "kind"]
    list_select_related = ["user__school"]
    search_fields = ["user__name_key", "user__username", "recipient"]
    typed_fields = ["user__username", "recipient"]
    search_help_text = "Nom, identifiant, e-mail."
    actions = ["try_again"]
    fields = ["label", "user", "school", "recipient", "status", "attempts", "due_at", "finished_at", "reason"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="message")
    def label(self, letter):
        return letter.label

    @admin.display(description="établissement")
    def school(self, letter):
        return letter.user.school if letter.user else None

    @admin.action(description="Envoyer de nouveau les messages qui ont échoué", permissions=["view"])
    def try_again(self, request, queryset):
        count = queryset.filter(status=LetterStatus.FAILED).update(
            status=LetterStatus.PENDING, attempts=0, due_at=timezone.now(), finished_at=None, reason=""
        )
        messages.info(request, f"{count} messages partiront dans la minute qui vient.")
