from django.db.models import Count, Sum
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from licences.forms import LicenceFilterForm
from licences.models import State
from schools.access import SchoolRequest, administrator_required
from schools.listing import page_of, render_list, sorted_by
from schools.models import School

ORDERS = {
    # Not a column: what has expired comes last.
    "utile": ["has_expired", "textbook__title_sort", "audience", "valid_until"],
    "libelle": ["textbook__title_sort", "audience", "valid_until"],
    "public": ["audience", "textbook__title_sort", "valid_until"],
    "fin": ["valid_until", "textbook__title_sort", "audience"],
    "achetees": ["seats", "textbook__title_sort", "audience"],
    "disponibles": ["free_seats", "textbook__title_sort", "audience"],
    "affectees": ["assigned", "textbook__title_sort", "audience"],
}


@administrator_required
@require_safe
def licence_list(request: SchoolRequest, school: School) -> HttpResponse:
    filters = LicenceFilterForm(request.GET, school=school)
    licences, sort = sorted_by(request, filters.queryset(), ORDERS, default="utile")
    shown = licences.order_by().values("pk")
    counted = school.licences.filter(pk__in=shown)
    if filters.data.get("validite") != State.EXPIRED:
        counted = counted.not_expired()  # As the dashboard counts: what opens nothing is no seat.
    totals = counted.aggregate(bought=Sum("seats", default=0), given=Sum("assigned", default=0))
    return render_list(
        request,
        "licences/licence_list.html",
        {
            "school": school,
            "filters": filters,
            "sort": sort,
            "page": page_of(request, licences.prefetch_related("rules__school_class", "rules__group")),
            "totals": {**totals, "free": totals["bought"] - totals["given"]},
            "waiting_count": school.licences.filter(pk__in=shown).aggregate(count=Count("queue"))["count"],
        },
    )
