"""The dashboard of a school: what there is of each app, and the step that comes next."""

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from edulib_admin import desk
from edulib_admin.steps import steps
from schools.access import SchoolRequest, administrator_required
from schools.models import School

LAST_IMPORTS = 3


@administrator_required
@require_safe
def school_dashboard(request: SchoolRequest, school: School) -> HttpResponse:
    heads = school.head_count()
    class_count = school.schoolclass_set.count()
    imports = school.imports.order_by("-created_at", "pk")
    licences = school.licences.filter(valid_until__gte=timezone.localdate())
    seats = licences.aggregate(lines=Count("pk"), bought=Sum("seats", default=0), given=Sum("assigned", default=0))
    last_imports = list(imports[:LAST_IMPORTS])
    its_steps = steps(
        class_count=class_count,
        import_count=imports.filter(status="done", mode="import").count(),
        heads=heads,
        seats_given=seats["given"],
    )
    done_count = sum(step.state == "done" for step in its_steps)
    return render(
        request,
        "edulib_admin/school_dashboard.html",
        {
            "school": school,
            "heads": heads,
            "class_count": class_count,
            "group_count": school.group_set.count(),
            "last_imports": last_imports,
            "is_importing": any(not each.is_finished for each in last_imports),
            "seats": seats,
            "steps": its_steps,
            "done_count": done_count,
            "has_next_step": done_count < len(its_steps),
            # Until there is anybody, the page is about the way there, and nothing else.
            "is_new": not heads["students"] and not heads["teachers"],
            "todos": desk.todos(school, heads),
            "levels": desk.sign_ins(school),
            "books": desk.seats_by_book(school),
        },
    )
