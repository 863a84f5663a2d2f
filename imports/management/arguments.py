"""What the commands on people share: --school, --kind, and a file that only its owner reads."""

import os
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import CommandError, CommandParser

from accounts.models import Kind
from schools.models import School

KINDS = {"students": Kind.STUDENT, "teachers": Kind.TEACHER}


def add_school(parser: CommandParser, *, required: bool = True) -> None:
    parser.add_argument("--school", metavar="CODE", required=required, help="code (UAI) of the school")


def add_kind(parser: CommandParser) -> None:
    parser.add_argument("--kind", choices=list(KINDS), required=True)


def kind_of(name: str) -> Kind:
    return KINDS[name]


def school_of(code: str) -> School:
    """Return the School `code`. Raises CommandError."""
    try:
        return School.objects.get(code__lower=code.lower())
    except School.DoesNotExist:
        raise CommandError(f"Aucun établissement n'a le code « {code} ».", returncode=2) from None


def open_private(path: Path) -> BinaryIO:
    """Open `path` to write bytes, readable by its owner only, even if it was there before. Raises CommandError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise CommandError(f"{path} : écriture impossible ({error.strerror}).", returncode=2) from None
    return os.fdopen(descriptor, "wb")
