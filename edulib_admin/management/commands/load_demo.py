from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from edulib_admin.demo import licences, people
from schools.models import School


class Command(BaseCommand):
    help = "Loads the demonstration school DEMO into an empty database, and workbooks to try into var/demo/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, without an error, when the database is not empty"
        )

    def handle(self, *args: Any, if_empty: bool, **options: Any) -> None:
        try:
            with transaction.atomic():
                licences.load(people.load())
        except people.NotEmpty:
            if not if_empty:
                raise CommandError(
                    "La base contient déjà des établissements ou des comptes : la démonstration ne se charge que "
                    "dans une base vide."
                ) from None
            if School.objects.filter(code=people.CODE).exists():
                self.stdout.write("DEMO")
            return
        folder = people.write_workbooks()
        self.stdout.write(f"DEMO : établissement chargé, classeurs à essayer dans {folder}.")
