from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.models import User
from licences.forms import ReadersFilterForm
from licences.models import Assignment, Licence, Waiting, Withheld
from schools.access import SchoolRequest, administrator_required
from schools.listing import page_of, render_list
from schools.models import School


def licence_or_404(school: School, pk: int) -> Licence:
    return get_object_or_404(school.licences.select_related("textbook").with_waiting(), pk=pk)


@administrator_required
@require_safe
def licence_detail(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    filters = ReadersFilterForm(request.GET, school=school, licence=licence)
    page = page_of(request, filters.queryset().prefetch_related("groups"))
    return render_list(
        request,
        "licences/licence_detail.html",
        {
            "school": school,
            "licence": licence,
            "rules": licence.rules.select_related("school_class", "group").order_by("pk"),
            "filters": filters,
            "sort": filters.sort,
            "page": page,
            "rows": rows_of(licence, list(page)),
            "user_page": f"{licence.audience}_detail",
        },
    )


def rows_of(licence: Licence, people: list[User]) -> list[dict[str, Any]]:
    """Return for each person what they have of the licence: {person, assignment, waits, withheld}."""
    of_page = {"licence": licence, "user__in": [person.pk for person in people]}
    assignments = Assignment.objects.filter(**of_page)
    # The rule may be that of another order of the same book.
    assignments = assignments.select_related("rule__licence", "rule__school_class", "rule__group")
    assignments = {each.user_id: each for each in assignments}
    waiting = set(Waiting.objects.filter(**of_page).values_list("user_id", flat=True))
    withheld = set(Withheld.objects.filter(**of_page).values_list("user_id", flat=True))
    return [
        {
            "person": person,
            "assignment": assignments.get(person.pk),
            "waits": person.pk in waiting,
            "withheld": person.pk in withheld,
        }
        for person in people
    ]
