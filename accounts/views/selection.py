"""Actions on the people ticked in a list, or on everybody that its filter shows."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from accounts import throttle
from accounts.forms.people_filter import PeopleFilterForm
from accounts.forms.selection import SelectionForm, actions_for
from accounts.models import UserQuerySet
from accounts.views.people import face
from schools.access import SchoolRequest, act_of, administrator_required
from schools.listing import SELECTION_DONE, ticked
from schools.models import School

FEW = 20


@sensitive_post_parameters("current_password")
@administrator_required
@act_of(lambda school, kind: reverse(f"{kind}_list", args=[school.code]))
def person_selection(request: SchoolRequest, school: School, *, kind: str) -> HttpResponse:
    """Ask for the class or the group, and for confirmation; then act.

    The query string is that of the list: `all=1` means everybody whom its filter shows. `confirmed` is the number of
    people on the confirmation page; if it has changed, the page is shown again. Nothing is done to more than one person
    without that page.
    """
    action = request.POST.get("action")
    if action not in dict(actions_for(kind)):
        return HttpResponseBadRequest("Action inconnue.")
    back = back_to(request, school, kind)
    if not is_all(request) and not request.POST.getlist("selection"):
        messages.warning(request, "Cochez d'abord au moins une personne.")
        return redirect(back)
    people = chosen_people(request, school, kind)
    count = people.count()
    if not count:
        raise Http404
    form = SelectionForm(request.POST, request=request, school=school, kind=kind, action=action)
    confirmed = request.POST.get("confirmed")
    is_sure = confirmed == str(count) or not (form.chosen.asks or count > 1)
    if is_sure and form.is_valid():
        try:
            outcome, sentence = form.run(people, by=request.user)
        except IntegrityError:
            messages.error(request, "Rien n'a changé : la classe ou le groupe vient d'être supprimé.")
            return redirect(back)
        level = messages.SUCCESS if outcome.done else messages.WARNING
        messages.add_message(request, level, sentence, extra_tags=SELECTION_DONE)
        return redirect(back)
    if not confirmed:
        form = SelectionForm(request=request, school=school, kind=kind, action=action)
    page = render(
        request,
        "accounts/person_selection.html",
        {
            "form": form,
            "count": count,
            "names": people[:FEW],
            "more": max(0, count - FEW),
            "changed": bool(confirmed) and not is_sure,
            "pks": "" if is_all(request) else ",".join(map(str, people.values_list("pk", flat=True))),
            "back": back,
            "from_detail": request.POST.get("from") == "detail",
            **face(school, kind),
        },
    )
    return throttle.say_when(page, form.refused)


def is_all(request: HttpRequest) -> bool:
    return request.POST.get("all") == "1"


def chosen_people(request: SchoolRequest, school: School, kind: str) -> UserQuerySet:
    """Return the people of the school who are ticked, or everybody shown."""
    if is_all(request):
        return PeopleFilterForm(request.GET, school=school, kind=kind).queryset()
    return school.people.of_kind(kind).filter(pk__in=ticked(request))


def back_to(request: SchoolRequest, school: School, kind: str) -> str:
    """Return the address of the list as it was, or of the one person whose page sent the action."""
    if request.POST.get("from") == "detail" and len(ticked(request)) == 1:
        person = chosen_people(request, school, kind).first()
        if person:
            return person.get_absolute_url()
    query = request.GET.urlencode()
    return reverse(f"{kind}_list", args=[school.code]) + (f"?{query}" if query else "")
