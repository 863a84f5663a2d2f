"""From the other side: the pages of a person and of a class give a book or take it back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import Kind
from licences.models import Licence
from licences.views import giving
from schools.access import SchoolRequest, act_of, administrator_required
from schools.models import School


@administrator_required
@act_of(lambda school, pk: get_object_or_404(school.people, pk=pk).get_absolute_url())
def person_licences(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    person = get_object_or_404(school.people, pk=pk)
    return giving.act(
        request,
        school=school,
        licence=chosen_licence(request, school, person.kind),
        people=school.people.filter(pk=person.pk),
        back=person.get_absolute_url(),
        alone=True,
    )


@administrator_required
@act_of(lambda school, pk: get_object_or_404(school.schoolclass_set, pk=pk).get_absolute_url())
def class_licences(request: SchoolRequest, school: School, pk: int) -> HttpResponse:
    school_class = get_object_or_404(school.schoolclass_set, pk=pk)
    licence = chosen_licence(request, school, Kind.STUDENT)
    return giving.act(
        request,
        school=school,
        licence=licence,
        people=licence.readers().filter(school_class=school_class),
        back=school_class.get_absolute_url(),
        alone=False,
    )


def chosen_licence(request: SchoolRequest, school: School, kind: str) -> Licence:
    licences = school.licences.select_related("textbook").filter(audience=kind)
    return get_object_or_404(licences, pk=giving.number(request.POST.get("licence", "")))
