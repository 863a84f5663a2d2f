"""The form of one's own e-mail. It changes at once, or for whoever has rights once the new address is confirmed."""

from django import forms

from accounts import email_change
from accounts.forms.recent_password import RecentPasswordMixin


class EmailForm(RecentPasswordMixin):
    email = forms.EmailField(
        label="E-mail (facultatif)",
        required=False,
        max_length=254,
        help_text="Permet de vous connecter, et de choisir un nouveau mot de passe en cas d'oubli.",
        error_messages={"invalid": "Cet e-mail n'est pas valable : il s'écrit comme prenom.nom@exemple.fr."},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, request=request, initial={"email": request.user.email}, **kwargs)

    @property
    def waits_for_proof(self) -> bool:
        """True if somebody has rights, and an e-mail that the school may have typed."""
        return bool(self.user.email) and self.user.has_rights and not self.user.email_is_trusted

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email and email_change.is_taken(email, self.user):
            raise forms.ValidationError("Cet e-mail est déjà celui d'un autre compte.", code="taken")
        return email

    def save(self) -> str | None:
        """Save; return what was done, in French, or None with an error."""
        email = self.cleaned_data["email"]
        if email == self.user.email and not self.waits_for_proof:
            return "Votre e-mail reste le même."
        if email and self.user.has_rights:
            if not email_change.ask_to_confirm(self.user, email):
                self.add_error("email", "Trop de messages ont été demandés : attendez une heure.")
                return None
            return f"Un message part pour {email} : ouvrez le lien qu'il contient pour confirmer cette adresse."
        try:
            email_change.change(self.user, email)
        except email_change.EmailTaken:
            self.add_error("email", "Cet e-mail est déjà celui d'un autre compte.")
            return None
        return "Votre e-mail est enregistré." if email else "Votre e-mail est retiré."
