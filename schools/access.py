"""Who may reach what in a school. A stranger gets 404: they must not learn that the school exists."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from schools.models import School

# Of a page with a form. HEAD is answered wherever GET is.
require_safe_or_post = require_http_methods(["GET", "HEAD", "POST"])


def administered_schools(user):
    """Return the schools that `user` administers, as a queryset."""
    return School.objects.filter(memberships__user=user)


def school_or_404(user, code):
    """Return the school `code` for its administrator.

    Raises Http404 to strangers and PermissionDenied to its own teachers and students.
    """
    try:
        return administered_schools(user).get(code__lower=code.lower())
    except School.DoesNotExist:
        if user.school_id and user.school.code.casefold() == code.casefold():
            raise PermissionDenied from None
        raise Http404 from None


def administrator_required(view):
    """Call `view(request, school, …)` in place of `view(request, code, …)`, for the school's administrators.

    It stands above the decorator of the method: a stranger's POST is not told more than their GET.
    """

    @wraps(view)
    def guarded(request, code, *args, **kwargs):
        request.school = school_or_404(request.user, code)
        # Lazy: only the pages that show the header of a school (school_base.html) ask for it.
        request.other_schools = administered_schools(request.user).exclude(pk=request.school.pk)[:10]
        return view(request, request.school, *args, **kwargs)

    return guarded


def act_of(page):
    """Make `view(request, school, …)` the address of an act: POST only, and not a dead end for people.

    Whoever opens it (the bookmark of a confirmation, a page reloaded after signing in again) gets the address that
    `page(school, …)` returns, with the same filters.
    """

    def decorate(view):
        @wraps(view)
        @require_safe_or_post
        def acting(request, school, *args, **kwargs):
            if request.method == "POST":
                return view(request, school, *args, **kwargs)
            query = request.GET.urlencode()
            return redirect(page(school, *args, **kwargs) + (f"?{query}" if query else ""))

        return acting

    return decorate
