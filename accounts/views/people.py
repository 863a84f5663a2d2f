"""Students and teachers of a school: each page serves both, `kind` comes from the address (school_urls)."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import selection, throttle
from accounts.forms.people import PersonForm
from accounts.forms.people_filter import PeopleFilterForm
from accounts.forms.recent_password import ConfirmForm
from accounts.forms.selection import actions_for
from accounts.models import InitialCredential, Kind, User
from accounts.recent_password import recent_password_required
from accounts.vault import Unreadable
from schools.access import SchoolRequest, administrator_required, require_safe_or_post
from schools.journal import journal
from schools.listing import SELECTION_DONE, page_of, render_list
from schools.models import School, code_key
from schools.text import tidy
from schools.turns import turn

logger = logging.getLogger(__name__)

PAGES_OF_ALL = ("list", "add", "selection")
GONE = "Ce compte vient d'être supprimé."
PAGES_OF_ONE = ("detail", "edit", "delete", "password", "reset_password")


def face(school: School, kind: str, person: User | None = None) -> dict[str, Any]:
    """Return what pages of people of `kind` show: the school, words, and their addresses (and those of `person`)."""
    kind = Kind(kind)
    urls = {page: reverse(f"{kind}_{page}", args=[school.code]) for page in PAGES_OF_ALL}
    if person:
        urls |= {page: reverse(f"{kind}_{page}", args=[school.code, person.pk]) for page in PAGES_OF_ONE}
    return {"school": school, "kind": kind.value, "one": kind.label, "many": f"{kind.label}s", "urls": urls}


def person_or_404(school: School, kind: str, pk: int) -> User:
    return get_object_or_404(school.people.of_kind(kind).select_related("school_class"), pk=pk)


@administrator_required
@require_safe
def person_list(request: SchoolRequest, school: School, *, kind: str) -> HttpResponse:
    filters = PeopleFilterForm(request.GET, school=school, kind=kind)
    people = filters.queryset().prefetch_related("groups")
    return render_list(
        request,
        "accounts/person_list.html",
        {
            "filters": filters,
            "details": User.details_of(kind),
            "page": page_of(request, people),
            "sort": filters.sort,
            "actions": actions_for(kind),
            **face(school, kind),
        },
    )


@sensitive_post_parameters("password")
@administrator_required
@require_safe_or_post
def person_add(request: SchoolRequest, school: School, *, kind: str) -> HttpResponse:
    code = tidy(request.GET.get("classe", ""))
    in_class = school.schoolclass_set.filter(code_key=code_key(code)).first()
    form = PersonForm(
        request.POST or None, request=request, school=school, kind=kind, initial={"school_class": in_class}
    )
    if request.method == "POST" and form.is_valid() and (person := form.save()):
        messages.success(request, f"{person} peut se connecter avec l'identifiant {person.username}.")
        return redirect(person)
    needs_class = kind == Kind.STUDENT and not school.schoolclass_set.exists()
    return render(request, "accounts/person_add.html", {"form": form, "needs_class": needs_class, **face(school, kind)})


@administrator_required
@require_safe
def person_detail(request: SchoolRequest, school: School, pk: int, *, kind: str) -> HttpResponse:
    person = person_or_404(school, kind, pk)
    return render(
        request,
        "accounts/person_detail.html",
        {
            "person": person,
            "groups": person.groups.all(),
            "refusal": person.refusal_to(request.user),
            "password_is_readable": InitialCredential.objects.readable().filter(user=person).exists(),
            **face(school, kind, person),
        },
    )


@sensitive_post_parameters("current_password")
@administrator_required
@require_safe_or_post
def person_edit(request: SchoolRequest, school: School, pk: int, *, kind: str) -> HttpResponse:
    person = person_or_404(school, kind, pk)
    name = str(person)
    is_protected = User.objects.filter(pk=pk).out_of_reach_of(request.user).exists()
    form = PersonForm(
        request.POST or None, request=request, instance=person, school=school, kind=kind, is_protected=is_protected
    )
    if request.method == "POST" and form.is_valid() and form.save():
        messages.success(request, f"{person} : modifications enregistrées.")
        return redirect(person)
    page = render(
        request,
        "accounts/person_edit.html",
        {"form": form, "person": person, "name": name, **face(school, kind, person)},
    )
    return throttle.say_when(page, form.refused)


@sensitive_post_parameters("current_password")
@administrator_required
@require_safe_or_post
def person_delete(request: SchoolRequest, school: School, pk: int, *, kind: str) -> HttpResponse:
    return confirmed_act(
        request,
        school,
        pk,
        kind=kind,
        act=selection.delete,
        template="accounts/person_delete.html",
        event="person_deleted",
        done="{} : compte supprimé.",
        next_page=f"{kind}_list",
    )


@sensitive_post_parameters("current_password")
@administrator_required
@require_safe_or_post
def person_reset_password(request: SchoolRequest, school: School, pk: int, *, kind: str) -> HttpResponse:
    return confirmed_act(
        request,
        school,
        pk,
        kind=kind,
        act=selection.reset_passwords,
        template="accounts/person_reset_password.html",
        event="password_reset",
        done="{} a un nouveau mot de passe initial : affichez-le pour le transmettre.",
    )


def confirmed_act(
    request: SchoolRequest,
    school: School,
    pk: int,
    *,
    kind: str,
    act: Callable[..., selection.Outcome],
    template: str,
    event: str,
    done: str,
    next_page: str | None = None,
) -> HttpResponse:
    """Ask, then do `act` (selection.py) to one person; or say why it cannot be done.

    `done`: the message afterwards, `{}` for the person. `next_page`: URL name of the list, where the person is gone.
    """
    person = person_or_404(school, kind, pk)
    form = ConfirmForm(request.POST if request.method == "POST" else None, request=request)
    refusal = person.refusal_to(request.user)
    if not refusal and form.is_valid():
        with turn(school):
            if is_done := act(school, User.objects.filter(pk=pk), by=request.user).done:
                journal(event, school=school, kind=kind, user=request.user, person=pk)
        if is_done:
            # A line ticked in the list may be this one.
            messages.success(request, done.format(person), extra_tags=SELECTION_DONE if next_page else "")
            return redirect(next_page, school.code) if next_page else redirect(person)
        refusal = person.refusal_to(request.user) or GONE
    page = render(
        request,
        template,
        {"person": person, "form": form, "refusal": refusal, **face(school, kind, person)},
        status=409 if refusal and request.method == "POST" else 200,
    )
    return throttle.say_when(page, form.refused)


@never_cache
@administrator_required
@require_safe
@recent_password_required
def person_password(request: SchoolRequest, school: School, pk: int, *, kind: str) -> HttpResponse:
    """Show the initial password, alone or (htmx) in its place on the person's page."""
    person = person_or_404(school, kind, pk)
    refusal = person.refusal_to(request.user)
    credential = InitialCredential.objects.readable().filter(user=person).first()
    password = None
    if credential and not refusal:
        credential.user = person
        try:
            password = credential.reveal()
        except Unreadable:
            logger.warning("initial password of %s cannot be opened with CREDENTIAL_KEYS", pk)
        else:
            journal("initial_password_shown", school=school, kind=kind, user=request.user, person=pk)
    template = "accounts/includes/initial_password.html" if request.htmx else "accounts/person_password.html"
    return render(
        request, template, {"person": person, "password": password, "refusal": refusal, **face(school, kind, person)}
    )
