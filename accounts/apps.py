from django.apps import AppConfig
from django.db.models import CharField, EmailField
from django.db.models.functions import Lower


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Comptes"

    def ready(self):
        # `username__lower__in=…` uses the unique index on LOWER(username); `iexact` would not.
        CharField.register_lookup(Lower)
        EmailField.register_lookup(Lower)
        from . import checks  # noqa: F401
