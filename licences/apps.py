from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class LicencesConfig(AppConfig):
    name = "licences"
    verbose_name = "Licences"

    def ready(self) -> None:
        from licences import additions, receivers, triggers  # noqa: F401

        additions.add_to_pages()

        pre_migrate.connect(remove_triggers, sender=self)
        post_migrate.connect(install_triggers, sender=self)


def remove_triggers(using: str, plan: list[Any], **kwargs: Any) -> None:
    from licences import triggers

    if plan:
        triggers.remove(connections[using])


def install_triggers(using: str, **kwargs: Any) -> None:
    from licences import triggers

    triggers.install(connections[using])
