from django.apps import AppConfig
from django.db.models import CharField
from django.db.models.functions import Lower


class SchoolsConfig(AppConfig):
    name = "schools"
    verbose_name = "Établissements"

    def ready(self) -> None:
        from schools import site  # noqa: F401 - its check is registered.

        # `code__lower=…`, `username__lower__in=…` use the unique indexes on LOWER(…); `iexact` would not.
        CharField.register_lookup(Lower)
