from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Kind
from imports.forms import UploadForm
from imports.upload_limit import takes_file
from schools.access import SchoolRequest, administrator_required, require_safe_or_post
from schools.models import School


@takes_file(lambda: settings.IMPORT_MAX_BYTES)
@administrator_required
@require_safe_or_post
def student_import(request: SchoolRequest, school: School) -> HttpResponse:
    return take_upload(request, school=school, kind=Kind.STUDENT)


@takes_file(lambda: settings.IMPORT_MAX_BYTES)
@administrator_required
@require_safe_or_post
def teacher_import(request: SchoolRequest, school: School) -> HttpResponse:
    return take_upload(request, school=school, kind=Kind.TEACHER)


def take_upload(request: SchoolRequest, *, school: School, kind: Kind) -> HttpResponse:
    form = UploadForm(school=school, kind=kind)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES, school=school, kind=kind)
        if form.is_valid() and (import_job := form.deposit(request.user)):
            return redirect(import_job)
    return render(
        request,
        f"imports/{kind}_import.html",
        {
            "school": school,
            "kind": kind,
            "form": form,
            "class_count": school.schoolclass_set.count(),
            "waiting": school.imports.unfinished().filter(kind=kind).count(),
        },
        status=form.status if form.is_bound else 200,
    )
