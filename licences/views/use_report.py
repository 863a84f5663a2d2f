"""Who opens what: for the whole school, for one licence, and as a workbook."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from licences import export, use
from licences.forms import LicenceFilterForm, UseFilterForm
from licences.models import Assignment, Licence
from licences.views.licence_detail import licence_or_404
from schools.access import SchoolRequest, administrator_required
from schools.journal import journal
from schools.listing import page_of, render_list, sorted_by
from schools.models import School

ORDERS = {
    "nom": ["user__name_key"],
    "classe": ["user__school_class__code_sort", "user__name_key"],
    "ouvertures": ["opened_count", "user__name_key"],
}


@administrator_required
@require_safe
def use_report(request: SchoolRequest, school: School) -> HttpResponse:
    filters = LicenceFilterForm(request.GET, school=school)
    licences = filters.queryset().order_by("has_expired", "textbook__title_sort", "audience", "valid_until", "pk")
    page = page_of(request, licences)
    # Openings are counted for the licences of this page only.
    used = use.by_licence(school.licences.filter(pk__in=[licence.pk for licence in page]))
    used = {row["pk"]: row for row in used.order_by("pk").values("pk", "opened", "last_opened")}
    return render_list(
        request,
        "licences/use_report.html",
        {
            "school": school,
            "filters": filters,
            "page": page,
            "rows": [{"licence": licence, "assigned": licence.assigned, **used[licence.pk]} for licence in page],
        },
    )


@administrator_required
@require_safe
def use_report_export(request: SchoolRequest, school: School) -> HttpResponse:
    filters = LicenceFilterForm(request.GET, school=school)
    licences = filters.queryset().order_by("textbook__title_sort", "audience", "valid_until", "pk")
    return workbook(request, licences, school)


@administrator_required
@require_safe
def licence_use(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    filters = UseFilterForm(request.GET, school=school, licence=licence)
    shown = Assignment.objects.filter(licence=licence, user__in=filters.queryset().order_by().values("pk"))
    assignments, sort = sorted_by(request, shown.select_related("user__school_class"), ORDERS, default="nom")
    only = school.licences.filter(pk=licence.pk)
    return render_list(
        request,
        "licences/licence_use.html",
        {
            "school": school,
            "licence": licence,
            "used": use.by_licence(only).get(),
            "classes": list(use.by_class(only)),
            "filters": filters,
            "sort": sort,
            "page": page_of(request, assignments),
            "user_page": f"{licence.audience}_detail",
        },
    )


@administrator_required
@require_safe
def licence_use_export(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    return workbook(request, school.licences.filter(pk=licence.pk).select_related("textbook"), school, licence)


def workbook(
    request: HttpRequest, licences: QuerySet[Licence], school: School, licence: Licence | None = None
) -> HttpResponse:
    journal("use_exported", school=school, user=request.user)
    name = f"utilisation-{school.code}{f'-{licence.pk}' if licence else ''}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return HttpResponse(
        export.build(licences),
        content_type=export.CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
