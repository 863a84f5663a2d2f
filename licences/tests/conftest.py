"""Licences of the cast: a mathematics book for the pupils of Alice's school, and pupils to read it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Student
from accounts.names import name_key
from licences.models import Licence, Textbook


@pytest.fixture
def textbook(db):
    return Textbook.objects.create(
        isbn="9782011000019",
        title="Maths 6e",
        publisher="Éditions du Pré",
        subject="Mathématiques",
        level="6e",
        url="https://manuels.example.org/maths-6e",
    )


@pytest.fixture
def make_licence(school, textbook):
    def make(seats=5, *, days_ago=10, days_left=100, **fields):
        today = timezone.localdate()
        return Licence.objects.create(
            **{
                "school": school,
                "textbook": textbook,
                "audience": "student",
                "seats": seats,
                "valid_from": today - timedelta(days=days_ago),
                "valid_until": today + timedelta(days=days_left),
                "order_reference": f"CMD-{Licence.objects.count() + 1}",
                **fields,
            }
        )

    return make


@pytest.fixture
def licence(make_licence):
    return make_licence()


def pupils(school, school_class, count, *, prefix="eleve"):
    """Create `count` pupils without sending `people_changed`; their list order is that of their numbers."""
    return Student.objects.bulk_create(
        Student(
            school=school,
            kind="student",
            school_class=school_class,
            username=f"{prefix}.{school_class.code}.{school.pk}.{number:05}",
            last_name=f"{prefix} {number:05}",
            first_name="Ada",
            name_key=name_key(f"{prefix} {number:05}", "Ada"),
        )
        for number in range(count)
    )


@pytest.fixture
def make_pupils(school, class_6a):
    def make(count, school_class=None, **names):
        school_class = school_class or class_6a
        return pupils(school_class.school, school_class, count, **names)

    return make


@pytest.fixture
def has_seat():
    def has_seat(licence):
        """Return the numbers of those who hold a seat, and make sure that the counter tells the truth."""
        held = set(licence.assignments.values_list("user_id", flat=True))
        assert Licence.objects.get(pk=licence.pk).assigned == len(held)
        return held

    return has_seat
