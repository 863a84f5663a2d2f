"""What licences add to the pages of apps below (schools/hooks.py): their views know nothing of licences."""

from typing import Any

from django.db.models import Count, F, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Kind, User
from licences.models import Assignment
from schools import hooks
from schools.filters import choice_field
from schools.models import School, SchoolClass


class BookFilter:
    """Finds the people without a licence, or without one book, where there is any."""

    def __init__(self, school: School, kind: str) -> None:
        self.licences = school.licences.filter(audience=kind, valid_until__gte=timezone.localdate()).order_by()
        textbooks = self.licences.order_by("textbook__title_sort", "textbook")
        textbooks = textbooks.values_list("textbook", "textbook__title").distinct()
        self.fields = {}
        if books := [(str(pk), f"Sans « {title} »") for pk, title in textbooks]:
            self.fields = {
                "sans_licence": choice_field("Licences", [("", "Toutes"), ("1", "Sans licence")], folded=True),
                "sans_manuel": choice_field("Manuels", [("", "Tous"), *books], folded=True),
            }

    def narrow(self, people: QuerySet, chosen: dict[str, Any]) -> QuerySet:
        if chosen.get("sans_licence"):
            people = people.exclude(assignments__licence__in=self.licences)
        if book := chosen.get("sans_manuel"):
            people = people.exclude(assignments__licence__in=self.licences.filter(textbook=book))
        return people


def person_books(school: School, person: User) -> dict[str, Any]:
    """Return what `person` has and waits for, and what can be given to them."""
    held = list(
        person.assignments.select_related("licence__textbook", "rule__licence", "rule__school_class", "rule__group")
    )
    offered = school.licences.filter(audience=person.kind).not_expired().select_related("textbook")
    return {
        "school": school,
        "person": person,
        "held": sorted(held, key=lambda each: (each.licence.textbook.title_sort, each.pk)),
        "waits": list(person.awaited_licences.select_related("licence__textbook")),
        "offered": offered.exclude(pk__in=[each.licence_id for each in held]) if person.is_active else [],
    }


def class_books(school: School, school_class: SchoolClass) -> dict[str, Any]:
    """Return how many pupils of the class have each book, and what can be given to all of them."""
    licences = school.licences.filter(audience=Kind.STUDENT).select_related("textbook")
    pupils = school_class.students.filter(is_active=True).count()
    given = Assignment.objects.filter(user__school_class=school_class).order_by()
    given = dict(given.values_list("licence").annotate(count=Count("pk")))
    offered = licences.not_expired().filter(assigned__lt=F("seats")).exclude(pk__in=given)
    return {
        "school": school,
        "school_class": school_class,
        "pupils": pupils,
        "rows": [
            {"licence": licence, "given": given[licence.pk], "left": pupils - given[licence.pk]}
            for licence in licences.filter(pk__in=given)
        ],
        "followed": set(school_class.licence_rules.values_list("licence", flat=True)),
        "offered": offered if pupils else [],
    }


def add_to_pages() -> None:
    hooks.filters.append(BookFilter)
    hooks.cards += [
        hooks.Card("person_detail", "licences/includes/person_books.html", person_books),
        hooks.Card("class_detail", "licences/includes/class_books.html", class_books),
    ]
    hooks.actions.append(
        hooks.Action("import_done", "Attribuer les manuels", lambda school: reverse("licence_list", args=[school.code]))
    )
