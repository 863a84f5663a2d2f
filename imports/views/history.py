from django.views.decorators.http import require_safe

from imports.forms import HistoryFilterForm
from schools.access import administrator_required
from schools.listing import page_of, render_list

PER_PAGE = 25


@administrator_required
@require_safe
def import_list(request, school):
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
