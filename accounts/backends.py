from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts import vault
from accounts.models import User


class IdentifierBackend(ModelBackend):
    """Signs in with the identifiant or the e-mail, in the same time whatever the account is.

    Every path computes exactly one Argon2id: to verify a personal password, to upgrade a right initial one (Django's
    `must_update`), or for nothing.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = User.objects.with_login(username).select_related("school").first()
        if user is None or not user.has_usable_password():
            make_password(password)
            return None
        initial = vault.is_digest(user.password)
        if user.check_password(password):
            return user if self.user_can_authenticate(user) else None
        if initial:
            make_password(password)
        return None

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("school").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
