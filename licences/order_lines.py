"""The rows of an order become lines of licences, or problems that say what to correct: one check a column."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import Kind
from imports.tables.columns import Column, heading_key
from imports.tables.guard import Row
from imports.tables.problems import Problem
from licences.isbn import clean_ean
from licences.models import MAX_SEATS, Textbook
from licences.order_file import COLUMNS, HEADINGS
from schools.models import School

Values = Mapping[str, str]

AUDIENCES = {
    "eleve": Kind.STUDENT, "eleves": Kind.STUDENT, "student": Kind.STUDENT, "apprenant": Kind.STUDENT,
    "enseignant": Kind.TEACHER, "enseignants": Kind.TEACHER, "professeur": Kind.TEACHER,
    "professeurs": Kind.TEACHER, "prof": Kind.TEACHER, "profs": Kind.TEACHER, "teacher": Kind.TEACHER,
}  # fmt: skip
BOOK_FIELDS = ("title", "publisher", "subject", "level", "url")


@dataclass(frozen=True)
class Line:
    """One right row of the file. `isbn` to `url`: of the textbook; the rest: of the licence."""

    row: int
    school: School
    isbn: str
    title: str
    publisher: str
    subject: str
    level: str
    url: str
    audience: str
    seats: int
    valid_from: date
    valid_until: date
    order_reference: str

    @property
    def key(self) -> tuple[int, str, str, str]:
        return (self.school.pk, self.order_reference.lower(), self.isbn, self.audience)


def check(rows: Iterable[Row]) -> tuple[list[Line], list[Problem]]:
    """Return (lines that are right, problems), for all rows."""
    codes = {row.values["school"].lower() for row in rows}
    schools = {school.code.lower(): school for school in School.objects.filter(code__lower__in=codes)}
    lines: list[Line] = []
    problems: list[Problem] = []
    seen: dict[tuple[int, str, str, str], int] = {}
    books: dict[str, Line] = {}
    for row in rows:
        number, values = row.number, row.values
        line, found = check_row(number, values, schools)
        problems += found
        if line is None:
            continue
        if line.key in seen:
            message = (
                "Même établissement, commande, ISBN et public qu'à la "
                f"ligne {seen[line.key]} : gardez une seule des deux lignes."
            )
            problems.append(problem(number, values, "order_reference", message))
            continue
        seen[line.key] = number
        first = books.setdefault(line.isbn, line)
        problems += other_values(line, first, values)
        books[line.isbn] = replace(first, **{n: getattr(first, n) or getattr(line, n) for n in BOOK_FIELDS})
        lines.append(line)
    return lines, problems


def problem(row: int, values: Values, field: str, message: str) -> Problem:
    return Problem(row, HEADINGS[field], values[field][:100], "invalid_value", message)


def other_values(line: Line, first: Line, values: Values) -> list[Problem]:
    """Return a problem for each field in which two lines of one book differ."""
    return [
        problem(
            line.row,
            values,
            name,
            f"Le même ISBN porte une autre valeur à la ligne {first.row} "
            f"(« {getattr(first, name)} ») : laquelle est la bonne ?",
        )
        for name in BOOK_FIELDS
        if getattr(line, name) and getattr(first, name) and getattr(line, name) != getattr(first, name)
    ]


def check_row(number: int, values: Values, schools: Mapping[str, School]) -> tuple[Line | None, list[Problem]]:
    """Return (Line, []) or (None, problems). `schools`: by code in lower case."""
    problems: list[Problem] = []
    clean: dict[str, Any] = {}
    checks = {**CHECKS, "school": lambda code: check_school(code, schools)}
    for column in COLUMNS:
        name = column.field
        try:
            value = check_cell(column, values[name])
            clean[name] = checks[name](value) if value and name in checks else value
        except ValidationError as error:
            problems.append(problem(number, values, name, error.messages[0]))
    start, end = clean.get("valid_from"), clean.get("valid_until")
    if start and end and end < start:
        message = f"La fin de validité précède le début ({start:%d/%m/%Y})."
        problems.append(problem(number, values, "valid_until", message))
    return (None, problems) if problems else (Line(row=number, **clean), [])


def check_cell(column: Column, value: str) -> str:
    """Return the value if any column could hold it: there if it must be, and short enough."""
    if column.required and not value:
        raise ValidationError("Cette case est vide : complétez-la.")
    if len(value) > column.max_length:
        raise ValidationError(f"Ce texte est trop long : {column.max_length} caractères au plus.")
    return value


def check_school(code: str, schools: Mapping[str, School]) -> School:
    if school := schools.get(code.lower()):
        return school
    raise ValidationError("Aucun établissement ne porte ce code.")


def check_isbn(text: str) -> str:
    isbn = clean_ean(text)
    Textbook._meta.get_field("isbn").run_validators(isbn)
    return isbn


def check_url(text: str) -> str:
    Textbook._meta.get_field("url").run_validators(text)
    return text


def check_audience(text: str) -> str:
    if audience := AUDIENCES.get(heading_key(text)):
        return audience
    raise ValidationError("Écrivez « élève » ou « enseignant ».")


def check_seats(text: str) -> int:
    digits = text.replace(" ", "")
    seats = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0
    if 1 <= seats <= MAX_SEATS:
        return seats
    raise ValidationError(f"Écrivez un nombre entier, de 1 à {MAX_SEATS}.")


def check_date(value: str) -> date:
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            found = datetime.strptime(value, form).date()  # noqa: DTZ007 - a day has no time zone.
        except ValueError:
            continue
        if found.year >= 1900:
            return found
    raise ValidationError("Écrivez une date, par exemple 01/09/2026.")


# What a column asks of a value beyond check_cell; check_school is given the schools.
CHECKS: dict[str, Callable[..., Any]] = {
    "isbn": check_isbn,
    "url": check_url,
    "audience": check_audience,
    "seats": check_seats,
    "valid_from": check_date,
    "valid_until": check_date,
}
