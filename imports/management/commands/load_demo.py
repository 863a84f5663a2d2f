from importlib import import_module
from importlib.util import find_spec

from django.core.management.base import BaseCommand, CommandError

from imports import demo
from schools.models import School


class Command(BaseCommand):
    help = "Loads the demonstration school DEMO into an empty database, and workbooks to try into var/demo/."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, without an error, when the database is not empty"
        )

    def handle(self, *args, if_empty, **options):
        try:
            school = demo.load()
        except demo.NotEmpty:
            if not if_empty:
                raise CommandError(
                    "La base contient déjà des établissements ou des comptes : la démonstration ne se charge que "
                    "dans une base vide."
                ) from None
            if School.objects.filter(code=demo.CODE).exists():
                self.stdout.write("DEMO")
            return
        # The top of the arrows: licences stand above imports, so they are called by name.
        if find_spec("licences.demo"):
            import_module("licences.demo").load(school)
        folder = demo.write_workbooks()
        self.stdout.write(f"DEMO : établissement chargé, classeurs à essayer dans {folder}.")
