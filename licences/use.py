"""Who uses what: per licence, class and person, the seats assigned today and what was opened with them."""

from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from licences.models import Assignment, Licence

OPENED = Q(opened_count__gt=0)


def by_licence(licences: QuerySet[Licence]) -> QuerySet[Licence]:
    """Annotate licences with `opened` (seats used at least once) and `last_opened`."""
    return licences.annotate(
        opened=Count("assignments", filter=Q(assignments__opened_count__gt=0)),
        last_opened=Max("assignments__last_opened_at"),
    )


def by_class(licences: QuerySet[Licence]) -> QuerySet[Assignment, dict[str, Any]]:
    """Return {licence_id, code, name, assigned, opened, last_opened} rows; `code` is None for those without class."""
    return (
        Assignment.objects.filter(licence__in=licences.order_by().values("pk"))
        .order_by("licence__textbook__title_sort", "licence", "user__school_class__code_sort")
        .values("licence_id", code=F("user__school_class__code"), name=F("user__school_class__name"))
        .annotate(assigned=Count("pk"), opened=Count("pk", filter=OPENED), last_opened=Max("last_opened_at"))
    )


def by_person(licences: QuerySet[Licence]) -> QuerySet[Assignment]:
    """Return the assignments of licences with their person, class and licence, in the order of the report."""
    return (
        Assignment.objects.filter(licence__in=licences.order_by().values("pk"))
        .select_related("user__school_class", "licence__textbook")
        .order_by("licence__textbook__title_sort", "licence", "user__school_class__code_sort", "user__name_key", "pk")
    )
