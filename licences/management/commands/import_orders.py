import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from licences.orders import import_orders


class Command(BaseCommand):
    help = "Import an order workbook, as the operator's page does. Exit code: 0 done, 1 failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                report = import_orders(opened)
        except OSError as error:
            raise CommandError(f"{file} : lecture impossible ({error.strerror}).", returncode=2) from None
        for problem in report.problems:
            self.stdout.write(str(problem))
        self.stdout.write(report.sentence)
        if report.problems:
            sys.exit(1)
