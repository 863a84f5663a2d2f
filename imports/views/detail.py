from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from imports.deposit import NotTaken, deposit
from imports.forms import ProblemFilterForm
from imports.labels import label
from imports.models import Import, Mode, Severity, Status
from schools.access import SchoolRequest, act_of, administrator_required
from schools.listing import render_list
from schools.models import School

PER_PAGE = 100
WARNINGS_TAB = "avertissements"


class KnownCountPaginator(Paginator):
    """A paginator that was told how many there are."""

    def __init__(self, *args: Any, total: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.total = total

    @cached_property
    def count(self) -> int:
        return self.total


@administrator_required
@require_safe
def import_detail(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    import_job = get_object_or_404(school.imports.select_related("uploaded_by"), pk=pk)
    has_only_warnings = not import_job.error_count and import_job.warning_count
    wants_warnings = request.GET.get("onglet") == WARNINGS_TAB or has_only_warnings
    severity = Severity.WARNING if wants_warnings else Severity.ERROR
    problems = import_job.problems.filter(severity=severity)
    counts = dict(problems.order_by().values_list("code").annotate(Count("pk")))
    filters = ProblemFilterForm(request.GET, problems=problems, counts=counts)
    page = KnownCountPaginator(filters.queryset(), PER_PAGE, total=filters.total).get_page(request.GET.get("page"))
    for problem in page:
        problem.label = label(problem.code)
    return render_list(
        request,
        "imports/import_detail.html",
        {
            "school": school,
            "import_job": import_job,
            "filters": filters,
            "page": page,
            "severity": severity,
            "sort_count": len(counts),
            "row_count": import_job.problems.filter(severity=severity).aggregate(n=Count("row", distinct=True))["n"],
            "can_confirm": can_confirm(import_job),
        },
    )


def can_confirm(import_job: Import) -> bool:
    """Tell whether a successful check can be followed by the import of the same file."""
    return import_job.mode == Mode.CHECK and import_job.status == Status.DONE and bool(import_job.file)


@administrator_required
@act_of(lambda school, pk: get_object_or_404(school.imports, pk=pk).get_absolute_url())
def import_confirm(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    checked = get_object_or_404(school.imports, pk=pk)
    if not can_confirm(checked) or not default_storage.exists(checked.file.name):
        messages.error(request, "Ce fichier ne peut plus être importé d'ici : déposez-le de nouveau.")
        return redirect(checked)
    try:
        # A copy: each import owns its file and destroys it in its own time.
        with default_storage.open(checked.file.name) as file:
            import_job = deposit(
                file,
                filename=checked.filename,
                school=school,
                kind=checked.kind,
                mode=Mode.IMPORT,
                uploaded_by=request.user,
            )
    except NotTaken as refusal:
        messages.error(request, str(refusal))
        return redirect(checked)
    messages.success(request, f"L'importation de « {import_job.filename} » est lancée.")
    return redirect(import_job)
