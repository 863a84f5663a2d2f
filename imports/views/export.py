import re
from io import BytesIO

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.forms.people_filter import PeopleFilterForm
from accounts.models import Kind
from accounts.recent_password import recent_password_required, sends_file
from imports import export
from imports.forms import XLSX
from schools.access import SchoolRequest, administrator_required
from schools.journal import journal
from schools.models import School

STEM = {Kind.STUDENT: "eleves", Kind.TEACHER: "enseignants"}


@sends_file
@administrator_required
@require_safe
@recent_password_required
def student_export(request: SchoolRequest, school: School) -> HttpResponse:
    return send_export(request, school=school, kind=Kind.STUDENT)


@sends_file
@administrator_required
@require_safe
@recent_password_required
def teacher_export(request: SchoolRequest, school: School) -> HttpResponse:
    return send_export(request, school=school, kind=Kind.TEACHER)


def send_export(request: SchoolRequest, *, school: School, kind: Kind) -> HttpResponse:
    filters = PeopleFilterForm(request.GET, school=school, kind=kind)
    if not filters.is_valid():
        messages.error(request, "Ce filtre n'est plus valable : choisissez de nouveau les personnes à exporter.")
        return redirect(f"{kind}_list", school.code)
    file = BytesIO()
    count = export.write(filters.queryset(), kind, file, reader=request.user)
    journal("people_exported", school=school, kind=kind, user=request.user, count=count)
    return HttpResponse(
        file.getvalue(),
        content_type=XLSX,
        headers={
            "Content-Disposition": content_disposition_header(
                True, export_name(school=school, kind=kind, school_class=filters.cleaned_data.get("classe", ""))
            ),
            "Cache-Control": "no-store",
        },
    )


def export_name(*, school: School, kind: Kind, school_class: str) -> str:
    """Return `eleves-0750001A-6A-2026-09-01.xlsx`."""
    class_code = re.sub(r"[^\w-]+", "-", school_class).strip("-")
    parts = filter(None, (STEM[kind], school.code, class_code, timezone.localdate().isoformat()))
    return "-".join(parts) + ".xlsx"
