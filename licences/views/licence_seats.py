"""Giving and taking back from the page of a licence: one row, the rows ticked, or everybody its filter shows."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from licences.forms import ReadersFilterForm
from licences.models import Licence
from licences.views import giving
from licences.views.licence_detail import licence_or_404
from schools.access import SchoolRequest, act_of, administrator_required, require_safe_or_post
from schools.listing import ticked
from schools.models import School


@administrator_required
@act_of(lambda school, pk: licence_or_404(school, pk).get_absolute_url())
def licence_assign(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    people, back = chosen_people(request, school, licence), back_to(request, school, licence)
    if people is None:
        return ask_for_people(request, back)
    alone = "only" in request.POST
    return giving.give(request, school=school, licence=licence, people=people, back=back, alone=alone)


@administrator_required
@act_of(lambda school, pk: licence_or_404(school, pk).get_absolute_url())
def licence_take_back(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    people, back = chosen_people(request, school, licence), back_to(request, school, licence)
    if people is None:
        return ask_for_people(request, back)
    asks = "only" not in request.POST and (is_all(request) or people.count() > 1)
    return giving.take(request, school=school, licence=licence, people=people, back=back, asks=asks)


@administrator_required
@require_safe_or_post
def licence_take_back_all(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    licence = licence_or_404(school, pk)
    back = licence.get_absolute_url()
    people = licence.readers()
    return giving.take(request, school=school, licence=licence, people=people, back=back, asks=True, everybody=True)


def is_all(request: HttpRequest) -> bool:
    return request.POST.get("all") == "1"


def chosen_people(request: SchoolRequest, school: School, licence: Licence) -> QuerySet[User] | None:
    """Return the one person, those ticked, or everybody shown, of this school and audience; None if nobody."""
    people = school.people.of_kind(licence.audience)
    if "only" in request.POST:
        return people.filter(pk=giving.number(request.POST["only"]))
    if is_all(request):
        return ReadersFilterForm(request.GET, school=school, licence=licence).queryset()
    return people.filter(pk__in=ticked(request)) if request.POST.getlist("selection") else None


def ask_for_people(request: HttpRequest, back: str) -> HttpResponse:
    messages.warning(request, "Cochez d'abord au moins une personne.")
    return redirect(back)


def back_to(request: SchoolRequest, school: School, licence: Licence) -> str:
    """Return the page of the licence as it was, filter and page included."""
    query = request.GET.urlencode()
    return reverse("licence_detail", args=[school.code, licence.pk]) + (f"?{query}" if query else "")
