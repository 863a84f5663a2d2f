"""One search across a school: people, classes, groups, books."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from schools.access import SchoolRequest, administrator_required
from schools.models import School
from schools.text import tidy

SHOWN = 8  # Of each sort; the list of that sort has the others.


@administrator_required
@require_safe
def school_search(request: SchoolRequest, school: School) -> HttpResponse:
    text = tidy(request.GET.get("q", ""))[:100]
    found = [sort for sort in sorts(school, text) if sort["items"]] if text else []
    return render(request, "edulib_admin/school_search.html", {"school": school, "text": text, "found": found})


def sorts(school: School, text: str) -> list[dict]:
    """Return what is found of each sort: its title, the first items, and the address of them all."""
    people = school.people.search(text).select_related("school_class")
    return [
        first("Élèves", people.of_kind("student"), "student_list", school, text),
        first("Enseignants", people.of_kind("teacher"), "teacher_list", school, text),
        first("Classes", school.schoolclass_set.search(text), "class_list", school, text),
        first("Groupes", school.group_set.search(text), "group_list", school, text),
        first("Licences", school.licences.search(text).select_related("textbook"), "licence_list", school, text),
    ]


def first(title: str, queryset: QuerySet, list_name: str, school: School, text: str) -> dict:
    items = list(queryset[: SHOWN + 1])
    address = f"{reverse(list_name, args=[school.code])}?{urlencode({'q': text})}"
    return {"title": title, "items": items[:SHOWN], "has_more": len(items) > SHOWN, "url": address}
