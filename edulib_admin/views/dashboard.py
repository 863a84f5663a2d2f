"""The dashboard of a school: what there is of each app, and the step that comes next."""

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from edulib_admin.steps import steps
from schools.access import administrator_required
from schools.models import School


@administrator_required
@require_safe
def school_dashboard(request: HttpRequest, school: School) -> HttpResponse:
    heads = school.head_count()
    class_count = school.schoolclass_set.count()
    imports = school.imports.order_by("-created_at", "pk")
    licences = school.licences.filter(valid_until__gte=timezone.localdate())
    seats = licences.aggregate(lines=Count("pk"), bought=Sum("seats", default=0), given=Sum("assigned", default=0))
    return render(
        request,
        "edulib_admin/school_dashboard.html",
        {
            "school": school,
            "heads": heads,
            "class_count": class_count,
            "group_count": school.group_set.count(),
            "last_import": imports.first(),
            "seats": seats,
            "waiting_count": licences.aggregate(count=Count("queue"))["count"],
            "steps": steps(
                class_count=class_count,
                import_count=imports.filter(status="done", mode="import").count(),
                heads=heads,
                seats_given=seats["given"],
            ),
        },
    )
