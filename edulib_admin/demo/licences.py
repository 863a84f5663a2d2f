"""Licences of the demonstration school: one of each state, so that a newcomer sees the point at once.

The publishers and titles are invented; example.org answers, and sells nothing.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Kind, User
from licences.models import Assignment, Licence, Textbook
from licences.rules import add_rule
from licences.seats import assign
from schools.models import School, SchoolClass

BOOKS = (
    ("9782011000019", "Maths 6e", "Éditions du Pré", "Mathématiques", "6e"),
    ("9782011000026", "Français 6e, l'atelier des mots", "Éditions du Pré", "Français", "6e"),
    ("9782011000033", "Histoire-Géographie 5e", "Horizons scolaires", "Histoire-Géographie", "5e"),
    ("9782011000040", "English Together 4e", "Horizons scolaires", "Anglais", "4e"),
    ("9782011000057", "Sciences et vie 3e", "Atelier Pasteur", "SVT", "3e"),
    ("9782011000064", "Lire le latin", "Atelier Pasteur", "Latin", "Cycle 4"),
)
REFERENCE = "DEMO-2026"


@transaction.atomic
def load(school: School) -> None:
    """Create the catalogue, and licences of `school`: free, nearly full, short with a queue, expired, to come."""
    today = timezone.localdate()
    books = [
        Textbook.objects.get_or_create(
            isbn=isbn,
            defaults={
                "title": title,
                "publisher": publisher,
                "subject": subject,
                "level": level,
                "url": f"https://www.example.org/manuels/{isbn}",
            },
        )[0]
        for isbn, title, publisher, subject, level in BOOKS
    ]
    end = date(today.year + (today.month > 6), 8, 31)  # The end of the school year.
    students = list(school.people.of_kind(Kind.STUDENT).filter(is_active=True).order_by("name_key", "pk"))
    classes = list(school.schoolclass_set.all())

    def licence(book, audience, seats, start=today - timedelta(days=60), until=end):
        return Licence.objects.create(
            school=school,
            textbook=book,
            audience=audience,
            seats=max(seats, 1),
            valid_from=start,
            valid_until=until,
            order_reference=REFERENCE,
        )

    maths, french, history, english, science, latin = books
    sixth = [person for person in students if level_of(person, classes) == "6e"]
    fifth = [person for person in students if level_of(person, classes) == "5e"]
    fourth = [person for person in students if level_of(person, classes) == "4e"]
    # Short: a rule that could not serve everybody, so four pupils wait.
    add_rule(licence(maths, Kind.STUDENT, len(sixth) - 4), level="6e")
    # Nearly full.
    assign(licence(french, Kind.STUDENT, len(sixth) + 2), sixth)
    # Half used, by hand.
    assign(licence(history, Kind.STUDENT, 2 * len(fifth) + 2), fifth)
    # Free: nobody has one yet.
    licence(english, Kind.STUDENT, 30)
    # To come, and expired.
    assign(licence(latin, Kind.STUDENT, 20, start=end + timedelta(days=1), until=end + timedelta(days=365)), fifth[:8])
    expired = licence(science, Kind.STUDENT, 25)
    assign(expired, fourth)
    expired.valid_from, expired.valid_until = today - timedelta(days=400), today - timedelta(days=35)
    expired.save(update_fields=["valid_from", "valid_until"])
    # Teachers.
    add_rule(licence(maths, Kind.TEACHER, 12))
    licence(history, Kind.TEACHER, 3)
    open_some(school)


def open_some(school: School) -> None:
    """Some have opened their books already, so that the use report has something to show."""
    now = timezone.now()
    opened = list(Assignment.objects.filter(licence__school=school).order_by("pk")[::3])
    for number, assignment in enumerate(opened):
        assignment.opened_count = number % 7 + 1
        assignment.last_opened_at = now - timedelta(days=number % 20, hours=number % 9)
    Assignment.objects.bulk_update(opened, ["opened_count", "last_opened_at"])


def level_of(person: User, classes: list[SchoolClass]) -> str:
    return next((found.level for found in classes if found.pk == person.school_class_id), "")
