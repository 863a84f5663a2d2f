from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Comptes"

    def ready(self):
        from . import checks, rights  # noqa: F401
        from .sessions import note_sign_in

        user_logged_in.connect(note_sign_in)
