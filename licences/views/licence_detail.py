from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from schools.access import administrator_required
from schools.listing import page_of, render_list

from ..forms_pages import ReadersFilterForm
from ..models import Assignment, Waiting, Withheld


def licence_or_404(school, pk):
    return get_object_or_404(school.licences.select_related("textbook").with_waiting(), pk=pk)


def rules_by_pk(licence):
    """Return {number: Rule} of the licence, with what each follows."""
    rules = licence.rules.select_related("school_class", "group").order_by("pk")
    return {rule.pk: rule for rule in rules}


@administrator_required
@require_safe
def licence_detail(request, school, pk):
    licence = licence_or_404(school, pk)
    filters = ReadersFilterForm(request.GET, school=school, licence=licence)
    page = page_of(request, filters.queryset().prefetch_related("groups"))
    rules = rules_by_pk(licence)
    return render_list(
        request,
        "licences/licence_detail.html",
        {
            "school": school,
            "licence": licence,
            "rules": rules.values(),
            "filters": filters,
            "sort": filters.sort,
            "page": page,
            "rows": rows_of(licence, list(page), rules),
            "user_page": f"{licence.audience}_detail",
        },
    )


def rows_of(licence, people, rules):
    """Return for each person what they have of the licence: {person, assignment, rule, waits, withheld}."""
    of_page = {"licence": licence, "user__in": [person.pk for person in people]}
    assignments = {each.user_id: each for each in Assignment.objects.filter(**of_page)}
    waiting = set(Waiting.objects.filter(**of_page).values_list("user_id", flat=True))
    withheld = set(Withheld.objects.filter(**of_page).values_list("user_id", flat=True))
    return [
        {
            "person": person,
            "assignment": assignments.get(person.pk),
            "rule": rules.get(assignments[person.pk].rule_id) if person.pk in assignments else None,
            "waits": person.pk in waiting,
            "withheld": person.pk in withheld,
        }
        for person in people
    ]
