from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from schools.disk import unless_disk_refuses


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Comptes"

    def ready(self) -> None:
        from accounts import additions, checks, rights  # noqa: F401
        from accounts.sessions import note_sign_in

        additions.add_to_pages()
        user_logged_in.connect(note_sign_in)
        # Under the name of Django's own receiver, which is therefore not connected.
        user_logged_in.connect(note_last_login, dispatch_uid="update_last_login")


def note_last_login(sender: Any, user: Any, **kwargs: Any) -> None:
    """As Django does, but a full disk keeps nobody from signing in."""
    from django.contrib.auth.models import update_last_login

    with unless_disk_refuses("last sign-in"):
        update_last_login(sender, user, **kwargs)
