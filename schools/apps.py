from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    name = "schools"
    verbose_name = "Établissements"

    def ready(self):
        from . import site  # noqa: F401 - its check is registered.
