"""Who may reach what in a school. A stranger gets 404: they must not learn that the school exists."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from schools.models import School

# Called with (request, school, …), or by an address with (request, code, …).
View = Callable[..., HttpResponseBase]

# Of a page with a form. HEAD is answered wherever GET is.
require_safe_or_post = require_http_methods(["GET", "HEAD", "POST"])


class Member(Protocol):
    """Whoever is signed in, as far as schools know them: `school` is that of a teacher or a student."""

    pk: int
    school: School | None


class SchoolRequest(HttpRequest):
    """What `administrator_required` makes of a request: one by an administrator of `school`.

    `other_schools`: some more that they administer.
    """

    school: School
    other_schools: QuerySet[School]
    htmx: HtmxDetails


def administered_schools(user: Member) -> QuerySet[School]:
    """Return the schools that `user` administers, as a queryset."""
    return School.objects.filter(memberships__user=user.pk)


def school_or_404(user: Member, code: str) -> School:
    """Return the school `code` for its administrator.

    Raises Http404 to strangers and PermissionDenied to its own teachers and students.
    """
    try:
        return administered_schools(user).get(code__lower=code.lower())
    except School.DoesNotExist:
        if user.school and user.school.code.casefold() == code.casefold():
            raise PermissionDenied from None
        raise Http404 from None


def administrator_required(view: View) -> View:
    """Call `view(request, school, …)` in place of `view(request, code, …)`, for the school's administrators.

    It stands above the decorator of the method: a stranger's POST is not told more than their GET.
    """

    @wraps(view)
    def guarded(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = cast(Member, request.user)
        ours = cast(SchoolRequest, request)
        ours.school = school_or_404(user, code)
        # Lazy: only the pages that show the header of a school (school_base.html) ask for it.
        ours.other_schools = administered_schools(user).exclude(pk=ours.school.pk)[:10]
        return view(ours, ours.school, *args, **kwargs)

    return guarded


def act_of(page: Callable[..., str]) -> Callable[[View], View]:
    """Make `view(request, school, …)` the address of an act: POST only, and not a dead end for people.

    Whoever opens it (the bookmark of a confirmation, a page reloaded after signing in again) gets the address that
    `page(school, …)` returns, with the same filters.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @require_safe_or_post
        def acting(request: SchoolRequest, school: School, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, school, *args, **kwargs)
            query = request.GET.urlencode()
            return redirect(page(school, *args, **kwargs) + (f"?{query}" if query else ""))

        return acting

    return decorate
