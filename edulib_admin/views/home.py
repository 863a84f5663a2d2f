"""Where each role lands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from schools.access import administered_schools


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:
        return redirect("admin:index")
    schools = administered_schools(request.user)[:2]
    if len(schools) == 1:
        return redirect(schools[0])
    return redirect("school_list" if schools else "my_textbooks")
