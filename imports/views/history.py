from django.http import HttpResponse
from django.views.decorators.http import require_safe

from imports.forms import HistoryFilterForm
from schools.access import SchoolRequest, administrator_required
from schools.listing import page_of, render_list
from schools.models import School

PER_PAGE = 25


@administrator_required
@require_safe
def import_list(request: SchoolRequest, school: School) -> HttpResponse:
    filters = HistoryFilterForm(request.GET, school=school)
    page = page_of(request, filters.queryset(), size=PER_PAGE)
    return render_list(
        request,
        "imports/import_list.html",
        {
            "school": school,
            "filters": filters,
            "page": page,
            "unfinished": any(not import_job.is_finished for import_job in page),
        },
    )
