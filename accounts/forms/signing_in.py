from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from accounts import throttle
from accounts.models import User
from accounts.passwords import writings


def current_password_field(label: str = "Mot de passe") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SignInForm(forms.Form):
    username = forms.CharField(
        label="Identifiant ou e-mail",
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = current_password_field()

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        self.user = self.refused = None

    @sensitive_variables()
    def clean(self) -> None:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not (username and password):
            return
        user = User.objects.with_login(username).only("pk", "password").first()
        try:
            self.user = self.sign_in(user, username, password)
        except throttle.TooManyTries as error:
            self.refused = error
            raise ValidationError(str(error), code="too_many_attempts") from None
        if self.user is None:
            # One sentence for every cause, which does not reveal which accounts exist.
            raise ValidationError(
                "L'identifiant (ou l'e-mail) et le mot de passe ne correspondent à aucun compte actif.",
                code="invalid_login",
            )

    @sensitive_variables()
    def sign_in(self, user: User | None, username: str, password: str) -> User | None:
        """Return the user who signs in, or None. Each writing of the password is one try, whatever the account."""
        for writing in writings(password):
            one_try = throttle.Try(self.request, user, username).begin()
            signed_in = authenticate(self.request, username=username, password=writing)
            if signed_in:
                one_try.succeeded()
                return signed_in
        return None
