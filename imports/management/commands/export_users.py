from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imports import export
from imports.management.arguments import add_kind, add_school, kind_of, open_private, school_of
from schools.french import plural
from schools.journal import journal
from schools.models import SchoolClass, code_key


class Command(BaseCommand):
    help = "Write the list of people, initial passwords included, as a workbook that can be imported again."

    def add_arguments(self, parser: CommandParser) -> None:
        add_school(parser)
        add_kind(parser)
        parser.add_argument("--class", dest="class_code", metavar="CODE", help="only the students of this class")
        parser.add_argument("file", metavar="OUT.xlsx", type=Path)

    def handle(self, *, school: str, kind: str, class_code: str | None, file: Path, **options: Any) -> None:
        school, kind = school_of(school), kind_of(kind)
        people = school.people.of_kind(kind).order_by("name_key", "pk")
        if class_code is not None:
            try:
                school_class = school.schoolclass_set.get(code_key=code_key(class_code))
            except SchoolClass.DoesNotExist:
                raise CommandError(f"Aucune classe n'a le code « {class_code} ».", returncode=2) from None
            people = people.filter(school_class=school_class)
        with open_private(file) as opened:
            count = export.write(people, kind, opened)
        journal("people_exported", school=school, kind=kind, user=None, count=count)
        self.stdout.write(f"{file} : {count} personne{plural(count)}.")
