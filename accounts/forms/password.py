from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.views.decorators.debug import sensitive_variables

from accounts import throttle
from accounts.email_change import tell_password_changed
from accounts.forms.signing_in import current_password_field
from accounts.models import User
from accounts.passwords import ProductRuleValidator, writings
from schools.text import tidy


class ChoosePasswordForm(SetPasswordForm):
    """Sets a personal password; User.save then destroys the readable copy of the initial one."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = escape(ProductRuleValidator().get_help_text())
        self.fields["new_password2"].help_text = ""

    @sensitive_variables()
    def clean_new_password2(self) -> str:
        return tidy(self.cleaned_data["new_password2"])

    @sensitive_variables()
    def clean_new_password1(self) -> str:
        password = tidy(self.cleaned_data["new_password1"])
        # Not user.check_password: it may upgrade the hash, which would make the link of the e-mail invalid.
        if self.user.password_is_initial and check_password(password, self.user.password):
            raise ValidationError(
                "C'est le mot de passe que votre établissement vous a donné : choisissez-en un autre.",
                code="same_password",
            )
        return password

    def save(self) -> User:
        self.user.choose_password(self.cleaned_data["new_password1"])
        tell_password_changed([self.user])
        return self.user


class CurrentPasswordMixin(forms.Form):
    """Checks the current password of `self.user`. `refused`: the throttle.TooManyTries of too many tries, or None."""

    refused = None

    @sensitive_variables()
    def check_current_password(self, password: str) -> str:
        for writing in writings(password):
            try:
                one_try = throttle.Confirmation(self.request, self.user).begin()
            except throttle.TooManyTries as error:
                self.refused = error
                raise ValidationError(str(error), code="too_many_attempts") from None
            if self.user.check_password(writing):
                one_try.succeeded()
                return writing
        raise ValidationError("Ce n'est pas votre mot de passe actuel.", code="wrong_password")


class PasswordChangeForm(CurrentPasswordMixin, ChoosePasswordForm):
    old_password = current_password_field("Mot de passe actuel")
    field_order = ["old_password", "new_password1", "new_password2"]

    def __init__(self, *args, request, **kwargs):
        super().__init__(request.user, *args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        return self.check_current_password(self.cleaned_data["old_password"])

    @sensitive_variables()
    def clean_new_password1(self) -> str:
        # Compared with the old password as typed: a hash costs more and tells no more.
        password = tidy(self.cleaned_data["new_password1"])
        if password == self.cleaned_data.get("old_password"):
            raise ValidationError("C'est déjà votre mot de passe : choisissez-en un autre.", code="same_password")
        return password


class PasswordConfirmForm(CurrentPasswordMixin):
    password = current_password_field()

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        self.user = request.user

    def clean_password(self) -> str:
        return self.check_current_password(self.cleaned_data["password"])


class PasswordForgottenForm(forms.Form):
    email = forms.CharField(
        label="E-mail ou identifiant",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def user(self) -> User | None:
        """Return the active account of this e-mail or identifiant, if it has an e-mail."""
        return User.objects.with_login(self.cleaned_data["email"]).filter(is_active=True).exclude(email="").first()
