from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from imports import template
from imports.management.arguments import add_kind, add_school, kind_of, open_private, school_of


class Command(BaseCommand):
    help = "Write the template workbook to fill; with --school, its class and group codes are drop-downs."

    def add_arguments(self, parser: CommandParser) -> None:
        add_kind(parser)
        add_school(parser, required=False)
        parser.add_argument("file", metavar="OUT.xlsx", type=Path)

    def handle(self, *, kind: str, school: str | None, file: Path, **options: Any) -> None:
        school = school_of(school) if school else None
        with open_private(file) as opened:
            opened.write(template.build(school, kind_of(kind)))
        self.stdout.write(f"{file} : modèle prêt.")
