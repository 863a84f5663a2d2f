"""An order becomes licences: all of its lines or none, and the same file twice changes nothing.

A line is known by its school, order reference, ISBN and audience. What the catalogue does not have yet is added; what
it has is brought up to date with what the order says (an empty cell changes nothing).
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO

from django.db import IntegrityError, OperationalError, transaction

from imports.tables.problems import ERROR, Problem, Refused, file_problem
from licences import order_file
from licences.models import Licence, Textbook
from licences.order_file import COLUMNS, HEADINGS
from licences.order_lines import BOOK_FIELDS, Line, check
from licences.seats import serve_waiting
from schools.contention import is_contention
from schools.french import counted, plural
from schools.turns import turn


@dataclass
class Report:
    """What the import did; with `problems`, it did nothing. `served`: people who waited and got a seat."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    new_textbooks: int = 0
    served: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        if self.problems:
            return f"Rien n'a été importé : {counted(len(self.problems), 'erreur')} à corriger."
        text = (
            f"{counted(self.created, 'licence créée')}, "
            f"{counted(self.updated, 'modifiée')}, {counted(self.unchanged, 'inchangée')}"
        )
        if self.new_textbooks:
            text += f" ; {counted(self.new_textbooks, 'manuel ajouté')} au catalogue"
        if self.served:
            text += f" ; {counted(self.served, 'personne')} en attente {plural(self.served, 'a,ont')} reçu"
            text += " sa licence" if self.served == 1 else " leur licence"
        return text + "."


def import_orders(file: BinaryIO) -> Report:
    """Import the order workbook `file` (binary, seekable); return a Report."""
    try:
        sheet = order_file.read(file)
    except Refused as refused:
        return Report(problems=refused.problems)
    lines, problems = check(sheet.rows)
    problems = [problem for problem in sheet.all_problems(problems) if problem.severity == ERROR]
    try:
        with turn(*(line.school for line in lines)):
            report = apply(lines, problems)
            if report.problems:
                transaction.set_rollback(True)
            return report
    except (IntegrityError, OperationalError) as error:
        if isinstance(error, OperationalError) and not is_contention(error):
            raise
        sentence = "Quelqu'un modifie les mêmes licences en ce moment : rien n'a été importé, recommencez."
        return Report(problems=[file_problem("interrupted", sentence)])


def apply(lines: list[Line], problems: list[Problem]) -> Report:
    """Inside a transaction: write the lines and return the Report; with problems, the caller rolls back."""
    report = Report(problems=list(problems))
    textbooks = bring_catalogue_up_to_date(lines, report)
    known = {
        (licence.school_id, licence.order_reference.lower(), licence.textbook.isbn, licence.audience): licence
        for licence in Licence.objects.filter(
            school__in={line.school.pk for line in lines}, textbook__isbn__in={line.isbn for line in lines}
        ).lock()
    }
    created, updated = [], []
    for line in lines:
        licence = known.get(line.key)
        if licence is None:
            created.append(
                Licence(
                    school=line.school,
                    textbook=textbooks[line.isbn],
                    audience=line.audience,
                    seats=line.seats,
                    valid_from=line.valid_from,
                    valid_until=line.valid_until,
                    order_reference=line.order_reference,
                )
            )
        elif line.seats < licence.assigned:
            report.problems.append(
                Problem(
                    line.row, HEADINGS["seats"], str(line.seats), "invalid_value", licence.too_few_seats(line.seats)
                )
            )
        elif any(getattr(licence, name) != getattr(line, name) for name in ("seats", "valid_from", "valid_until")):
            licence.seats, licence.valid_from, licence.valid_until = line.seats, line.valid_from, line.valid_until
            updated.append(licence)
    order = {column.heading: index for index, column in enumerate(COLUMNS)}
    report.problems.sort(key=lambda found: (found.row or 0, order.get(found.column, 0)))
    if report.problems:
        return Report(problems=report.problems)
    Licence.objects.bulk_create(created)
    Licence.objects.bulk_update(updated, ["seats", "valid_from", "valid_until"], batch_size=500)
    report.created, report.updated = len(created), len(updated)
    report.unchanged = len(lines) - len(created) - len(updated)
    report.served = serve_waiting([*known.values(), *created])
    return report


def bring_catalogue_up_to_date(lines: list[Line], report: Report) -> dict[str, Textbook]:
    """Create and update the textbooks that the lines name; return {ISBN: Textbook}. Held, in one order."""
    known = Textbook.objects.filter(isbn__in={line.isbn for line in lines}).order_by("isbn")
    textbooks = {book.isbn: book for book in known.select_for_update(no_key=True)}
    new: dict[str, Textbook] = {}
    changed: Counter[str] = Counter()
    for line in lines:
        book = textbooks.get(line.isbn) or new.setdefault(line.isbn, Textbook(isbn=line.isbn))
        for name in BOOK_FIELDS:
            if getattr(line, name) and getattr(book, name) != getattr(line, name):
                setattr(book, name, getattr(line, name))
                changed[line.isbn] += 1
    Textbook.objects.bulk_create(new[isbn] for isbn in sorted(new))
    Textbook.objects.bulk_update(
        [textbooks[isbn] for isbn in changed if isbn in textbooks], BOOK_FIELDS, batch_size=500
    )
    report.new_textbooks = len(new)
    return textbooks | new
