"""An order becomes licences: all of its lines or none, and the same file twice changes nothing.

A line is known by its school, order reference, ISBN and audience. What the catalogue does not have yet is added; what
it has is brought up to date with what the order says (an empty cell changes nothing).
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction

from accounts.models import Kind
from licences import order_file
from licences.models import MAX_SEATS, Licence, Textbook, clean_ean
from licences.order_file import COLUMNS, HEADINGS, Problem
from licences.seats import serve_waiting
from schools.contention import is_contention
from schools.french import counted, plural
from schools.models import School
from schools.turns import turn

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
    def key(self):
        return (self.school.pk, self.order_reference.lower(), self.isbn, self.audience)


@dataclass
class Report:
    """What the import did; with `problems`, it did nothing. `served`: people who waited and got a seat."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    new_textbooks: int = 0
    served: int = 0
    problems: list = field(default_factory=list)

    @property
    def sentence(self):
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


def import_orders(file):
    """Import the order workbook `file` (binary, seekable); return a Report."""
    try:
        rows = order_file.read(file)
    except order_file.Unreadable as error:
        return Report(problems=[Problem(None, "", "", str(error))])
    lines, problems = check(rows)
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
        return Report(problems=[Problem(None, "", "", sentence)])


def check(rows):
    """Return (lines that are right, problems), for all rows."""
    codes = {str(values["school"]).lower() for _, values in rows}
    schools = {school.code.lower(): school for school in School.objects.filter(code__lower__in=codes)}
    lines, problems, seen, books = [], [], {}, {}
    for number, values in rows:
        line, found = check_row(number, values, schools)
        problems += found
        if line is None:
            continue
        if line.key in seen:
            problems.append(
                problem(
                    number,
                    values,
                    "order_reference",
                    "Même établissement, commande, ISBN et public qu'à la "
                    f"ligne {seen[line.key]} : gardez une seule des deux lignes.",
                )
            )
            continue
        seen[line.key] = number
        first = books.setdefault(line.isbn, line)
        for name in BOOK_FIELDS:
            ours, theirs = getattr(line, name), getattr(first, name)
            if ours and theirs and ours != theirs:
                problems.append(
                    problem(
                        number,
                        values,
                        name,
                        f"Le même ISBN porte une autre valeur à la ligne {first.row} "
                        f"(« {theirs} ») : laquelle est la bonne ?",
                    )
                )
        books[line.isbn] = replace(first, **{n: getattr(first, n) or getattr(line, n) for n in BOOK_FIELDS})
        lines.append(line)
    return lines, problems


def problem(row, values, name, message):
    return Problem(row, HEADINGS[name], str(values[name])[:100], message)


def check_row(number, values, schools):
    """Return (Line, []) or (None, problems)."""
    problems, clean = [], {}

    def wrong(name, message):
        problems.append(problem(number, values, name, message))

    for column in COLUMNS:
        value = values[column.field]
        text = value.strftime("%d/%m/%Y") if isinstance(value, date) else value
        if column.field not in ("valid_from", "valid_until") and isinstance(value, date):
            wrong(column.field, "Excel a transformé cette valeur en date : mettez la cellule au format Texte.")
        elif column.required and not text:
            wrong(column.field, "Cette case est vide : complétez-la.")
        elif len(text) > column.max_length:
            wrong(column.field, f"Ce texte est trop long : {column.max_length} caractères au plus.")
        else:
            clean[column.field] = value
    if clean.get("school"):
        clean["school"] = schools.get(clean["school"].lower())
        if clean["school"] is None:
            wrong("school", "Aucun établissement ne porte ce code.")
    if clean.get("isbn"):
        clean["isbn"] = clean_ean(clean["isbn"])
        for name, value in (("isbn", clean["isbn"]), ("url", clean.get("url", ""))):
            try:
                if value:
                    Textbook._meta.get_field(name).run_validators(value)
            except ValidationError as error:
                wrong(name, error.messages[0])
    if clean.get("audience"):
        clean["audience"] = AUDIENCES.get(order_file.heading_key(clean["audience"]))
        if clean["audience"] is None:
            wrong("audience", "Écrivez « élève » ou « enseignant ».")
    if clean.get("seats"):
        digits = clean["seats"].replace(" ", "")
        clean["seats"] = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0
        if not 1 <= clean["seats"] <= MAX_SEATS:
            wrong("seats", f"Écrivez un nombre entier, de 1 à {MAX_SEATS}.")
    for name in ("valid_from", "valid_until"):
        if clean.get(name) and not isinstance(clean[name], date):
            clean[name] = as_date(clean[name])
            if clean[name] is None:
                wrong(name, "Écrivez une date, par exemple 01/09/2026.")
    start, end = clean.get("valid_from"), clean.get("valid_until")
    if start and end and end < start:
        wrong("valid_until", f"La fin de validité précède le début ({start:%d/%m/%Y}).")
    return (None, problems) if problems else (Line(row=number, **clean), [])


def as_date(text):
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone.
        except ValueError:
            continue
        return found if found.year >= 1900 else None
    return None


def apply(lines, problems):
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
                Problem(line.row, HEADINGS["seats"], str(line.seats), licence.too_few_seats(line.seats))
            )
        elif any(getattr(licence, name) != getattr(line, name) for name in ("seats", "valid_from", "valid_until")):
            licence.seats, licence.valid_from, licence.valid_until = line.seats, line.valid_from, line.valid_until
            updated.append(licence)
    order = {column.heading: index for index, column in enumerate(COLUMNS)}
    report.problems.sort(key=lambda found: (found.row, order[found.column]))
    if report.problems:
        return Report(problems=report.problems)
    Licence.objects.bulk_create(created)
    Licence.objects.bulk_update(updated, ["seats", "valid_from", "valid_until"], batch_size=500)
    report.created, report.updated = len(created), len(updated)
    report.unchanged = len(lines) - len(created) - len(updated)
    report.served = serve_waiting([*known.values(), *created])
    return report


def bring_catalogue_up_to_date(lines, report):
    """Create and update the textbooks that the lines name; return {ISBN: Textbook}. Held, in one order."""
    known = Textbook.objects.filter(isbn__in={line.isbn for line in lines}).order_by("isbn")
    textbooks = {book.isbn: book for book in known.select_for_update(no_key=True)}
    new, changed = {}, Counter()
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
