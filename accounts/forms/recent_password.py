"""A form that asks for the password again, as one more of its fields: nothing that was typed is lost."""

from accounts.forms.password import CurrentPasswordMixin
from accounts.forms.signing_in import current_password_field
from accounts.recent_password import mark_password_typed, password_is_recent


class RecentPasswordMixin(CurrentPasswordMixin):
    """Asks for the password of `request.user` if it was typed over 10 minutes ago (setting).

    The field is there only as long as it is needed: not when `needs_password()` says that what was chosen is
    harmless, and not any more once the right password came, even if another field is to be corrected.
    """

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request, self.user = request, request and request.user
        if not self.is_bound and self.has_to_ask():
            self.ask_for_password()

    def has_to_ask(self):
        return self.request and not password_is_recent(self.request.session) and self.needs_password()

    def needs_password(self):
        return True

    def ask_for_password(self):
        field = current_password_field("Votre mot de passe")
        field.help_text = "Demandé de nouveau, parce que vous l'avez saisi il y a plus de 10 minutes."
        field.error_messages["required"] = "Saisissez votre mot de passe pour confirmer : rien n'a encore été fait."
        self.fields["current_password"] = field

    def clean_current_password(self):
        return self.check_current_password(self.cleaned_data["current_password"])

    def full_clean(self):
        if self.is_bound and self.has_to_ask():
            self.ask_for_password()
        super().full_clean()
        if self.is_bound and self.cleaned_data.pop("current_password", None):
            mark_password_typed(self.request.session)
            del self.fields["current_password"]


class ConfirmForm(RecentPasswordMixin):
    """Nothing but the password, where it has to be asked for: a page that confirms an act."""
