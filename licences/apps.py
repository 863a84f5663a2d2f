from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class LicencesConfig(AppConfig):
    name = "licences"
    verbose_name = "Licences"

    def ready(self):
        from licences import additions, receivers, triggers  # noqa: F401

        additions.add_to_pages()

        pre_migrate.connect(remove_triggers, sender=self)
        post_migrate.connect(install_triggers, sender=self)


def remove_triggers(using, plan, **kwargs):
    from licences import triggers

    if plan:
        triggers.remove(connections[using])


def install_triggers(using, **kwargs):
    from licences import triggers

    triggers.install(connections[using])
