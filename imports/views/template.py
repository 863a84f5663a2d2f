from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.models import Kind
from imports import template
from imports.forms import XLSX
from schools.access import SchoolRequest, administrator_required
from schools.models import School

STEM = {Kind.STUDENT: "modele-eleves", Kind.TEACHER: "modele-enseignants"}


@administrator_required
@require_safe
def student_template(request: SchoolRequest, school: School) -> HttpResponse:
    return send_template(school=school, kind=Kind.STUDENT)


@administrator_required
@require_safe
def teacher_template(request: SchoolRequest, school: School) -> HttpResponse:
    return send_template(school=school, kind=Kind.TEACHER)


def send_template(*, school: School, kind: Kind) -> HttpResponse:
    name = f"{STEM[kind]}-{school.code}.xlsx"
    return HttpResponse(
        template.build(school, kind),
        content_type=XLSX,
        # Tomorrow's template has tomorrow's classes.
        headers={"Content-Disposition": content_disposition_header(True, name), "Cache-Control": "no-store"},
    )
