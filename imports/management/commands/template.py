from pathlib import Path

from django.core.management.base import BaseCommand

from imports import template
from imports.management.arguments import add_kind, add_school, kind_of, open_private, school_of


class Command(BaseCommand):
    help = "Write the template workbook to fill; with --school, its class and group codes are drop-downs."

    def add_arguments(self, parser):
        add_kind(parser)
        add_school(parser, required=False)
        parser.add_argument("file", metavar="OUT.xlsx", type=Path)

    def handle(self, *, kind, school, file, **options):
        school = school_of(school) if school else None
        with open_private(file) as opened:
            opened.write(template.build(school, kind_of(kind)))
        self.stdout.write(f"{file} : modèle prêt.")
