"""What a selection, a person and a class share: give seats, or take them back, and say exactly what happened."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render

from accounts.models import User
from licences import seats
from licences.models import Licence, State
from licences.seats import LicenceError, SeatsGiven
from schools.journal import journal
from schools.listing import SELECTION_DONE
from schools.models import School
from schools.turns import turn

ASKED_AGAIN = {"csrfmiddlewaretoken", "shortage", "confirmed"}


def kept_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return [(name, value), …] of what was posted, for a page that posts it again with an answer."""
    return [(name, value) for name, values in request.POST.lists() if name not in ASKED_AGAIN for value in values]


def give(
    request: HttpRequest, *, school: School, licence: Licence, people: QuerySet[User], back: str, alone: bool = False
) -> HttpResponse:
    """Give a seat to each of `people`, after a page that says how many; where seats are short, it asks what to do.

    `alone`: the button of one person, where there is nothing to ask. `confirmed` is the number that the page announced.
    """
    fits = request.POST.get("shortage") == "fit"
    if not alone and licence.state != State.EXPIRED and people.count() > 1:
        outcome = seats.preview(licence, people)
        confirmed = request.POST.get("confirmed", "")
        if (outcome.assigned or outcome.missing) and confirmed != str(outcome.assigned):
            return ask(request, school=school, licence=licence, outcome=outcome, back=back, changed=bool(confirmed))
    try:
        with turn(school):
            outcome = seats.assign(licence, people, shortage="fit" if fits else "none")
            if fits or not outcome.missing:
                journal("seats_given", school=school, licence=licence, user=request.user, count=outcome.assigned)
    except LicenceError as error:
        messages.error(request, str(error))
        return redirect(back)
    title = licence.textbook.title
    if outcome.missing and not fits:
        if alone:
            messages.error(request, f"{title} : aucune licence n'est disponible, rien n'a changé.")
            return redirect(back)
        outcome = seats.preview(licence, people)
        return ask(request, school=school, licence=licence, outcome=outcome, back=back, changed=True)
    notify = messages.success if outcome.assigned else messages.warning
    notify(request, f"{title} : {outcome.sentence}.", extra_tags="" if alone else SELECTION_DONE)
    return redirect(back)


def ask(
    request: HttpRequest, *, school: School, licence: Licence, outcome: SeatsGiven, back: str, changed: bool
) -> HttpResponse:
    """Say how many seats would be given (seats.preview), and post the same again with an answer."""
    return render(
        request,
        "licences/licence_shortage.html" if outcome.missing else "licences/licence_give.html",
        {
            "school": school,
            "licence": licence,
            "outcome": outcome,
            "to_serve": outcome.assigned + outcome.missing,
            "changed": changed,
            "fields": kept_fields(request),
            "back": back,
        },
        status=409 if outcome.missing or changed else 200,
    )


def take(
    request: HttpRequest,
    *,
    school: School,
    licence: Licence,
    people: QuerySet[User],
    back: str,
    asks: bool,
    everybody: bool = False,
) -> HttpResponse:
    """Take back the seats of `people`, after a page that says how many where `asks`.

    `everybody`: all seats of the licence, and nothing of those who wait. `confirmed` is the number that the page
    announced: if it has changed since, the page is shown again.
    """
    holders = licence.assignments.all()
    if not everybody:
        holders = holders.filter(user__in=people.order_by().values("pk"))
    if asks:
        count = holders.count()
        confirmed = request.POST.get("confirmed", "")
        if confirmed != str(count):
            return render(
                request,
                "licences/licence_take_back.html",
                {
                    "school": school,
                    "licence": licence,
                    "count": count,
                    "by_rule": holders.filter(rule__isnull=False).count(),
                    "waiting_count": licence.queue.count(),
                    "changed": bool(confirmed),
                    "fields": kept_fields(request),
                    "back": back,
                },
                status=409 if confirmed else 200,
            )
    try:
        with turn(school):
            outcome = seats.take_back_all(licence) if everybody else seats.take_back(licence, people)
            journal("seats_taken_back", school=school, licence=licence, user=request.user, count=outcome.taken_back)
    except LicenceError as error:
        messages.error(request, str(error))
        return redirect(back)
    accounts = "Aucun compte n'a été supprimé."
    notify = messages.success if outcome.taken_back else messages.warning
    tags = SELECTION_DONE if asks else ""
    notify(request, f"{licence.textbook.title} : {outcome.sentence}. {accounts}", extra_tags=tags)
    return redirect(back)


def act(
    request: HttpRequest, *, school: School, licence: Licence, people: QuerySet[User], back: str, alone: bool
) -> HttpResponse:
    """Do what the button `action` of a person's or a class's page says: "give" or "take"."""
    action = request.POST.get("action")
    if action == "give":
        return give(request, school=school, licence=licence, people=people, back=back, alone=alone)
    if action == "take":
        return take(request, school=school, licence=licence, people=people, back=back, asks=not alone)
    return HttpResponseBadRequest("Action inconnue.")


def number(text: str) -> int:
    """Return the primary key that a form sent, or 0 for what cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
