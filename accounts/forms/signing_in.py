from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from accounts import throttle


def current_password_field(label="Mot de passe"):
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
        self.user = None

    @sensitive_variables()
    def clean(self):
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not (username and password):
            return
        if not throttle.may_try(self.request, username):
            raise ValidationError(throttle.MESSAGE, code="too_many_attempts")
        self.user = authenticate(self.request, username=username, password=password)
        if self.user is None:
            # One sentence for every cause: it must not tell which accounts exist.
            raise ValidationError(
                "L'identifiant (ou l'e-mail) et le mot de passe ne correspondent à aucun compte actif.",
                code="invalid_login",
            )
        throttle.forget(self.request, username)
