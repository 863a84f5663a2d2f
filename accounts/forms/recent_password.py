"""A form that asks for the password again in a field of its own: what was typed in the others is kept."""

from accounts.forms.password import CurrentPasswordMixin
from accounts.forms.signing_in import current_password_field
from accounts.recent_password import mark_password_typed, password_is_recent


class RecentPasswordMixin(CurrentPasswordMixin):
    """Asks for the password of `request.user` if it was typed over 10 minutes ago (setting).

    The form has the field only while it is needed: not if `needs_password()` is False, and not any more after the right
    password, even if another field has an error.
    """

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request, self.user = request, request and request.user
        if not self.is_bound and self.has_to_ask():
            self.ask_for_password()

    def has_to_ask(self) -> bool:
        return bool(self.request) and not password_is_recent(self.request.session) and self.needs_password()

    def needs_password(self) -> bool:
        return True

    def ask_for_password(self) -> None:
        field = current_password_field("Votre mot de passe")
        field.help_text = "Demandé de nouveau, parce que vous l'avez saisi il y a plus de 10 minutes."
        field.error_messages["required"] = "Saisissez votre mot de passe pour confirmer : rien n'a encore été fait."
        self.fields["current_password"] = field

    def clean_current_password(self) -> str:
        return self.check_current_password(self.cleaned_data["current_password"])

    def full_clean(self) -> None:
        if self.is_bound and self.has_to_ask():
            self.ask_for_password()
        super().full_clean()
        if self.is_bound and self.cleaned_data.pop("current_password", None):
            mark_password_typed(self.request.session)
            del self.fields["current_password"]


class ConfirmForm(RecentPasswordMixin):
    """The form of a page that confirms an act: the password, where it has to be asked for."""
