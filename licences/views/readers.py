"""What teachers and students see of their licences: their books, and the way to open them."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from licences.models import Assignment, State

UNAVAILABLE = "licences/textbook_unavailable.html"


@never_cache
@require_safe
def my_textbooks(request: HttpRequest) -> HttpResponse:
    held = Assignment.objects.of_reader(request.user).order_by(
        "licence__textbook__subject_sort", "licence__textbook__title_sort", "pk"
    )
    # Books that open come first; the sort keeps the order within each kind.
    rank = {State.OPEN: 0, State.UPCOMING: 1, State.EXPIRED: 2}
    assignments = sorted(held, key=lambda assignment: rank[assignment.licence.state])
    return render(request, "licences/my_textbooks.html", {"assignments": assignments})


@never_cache
@require_safe
def textbook_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the reader to the textbook, if they may open it at this very moment; count the opening.

    This GET writes on purpose: it is a link that people bookmark, and the count is a measure, like the date of the
    last sign-in. HEAD and prefetch are not counted.
    """
    assignment = Assignment.objects.of_reader(request.user).filter(pk=pk).first()
    if assignment is None:
        return render(request, UNAVAILABLE, {"reason": "not_assigned", "licence": None}, status=404)
    licence = assignment.licence
    if not licence.opens:
        reason = "no_address" if licence.state == State.OPEN else licence.state.value
        status = 410 if licence.state == State.EXPIRED else 403
        return render(request, UNAVAILABLE, {"reason": reason, "licence": licence}, status=status)
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        assignment.record_opening()
    return HttpResponseRedirect(licence.textbook.url, headers={"Referrer-Policy": "no-referrer"})
