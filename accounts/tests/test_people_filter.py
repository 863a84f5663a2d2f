import pytest
from django.http import QueryDict

from accounts.forms.people_filter import PeopleFilterForm
from accounts.models import Student
from schools.models import SchoolClass


@pytest.fixture
def tom(school, class_6b, group_latin):
    tom = Student.objects.create(
        school=school,
        kind="student",
        school_class=class_6b,
        username="a.petit",
        last_name="Petit",
        first_name="Tom",
        email="tom@example.org",
        is_active=False,
        last_login="2026-09-01T08:00Z",
    )
    tom.groups.add(group_latin)
    return tom


def shown(query, school, kind="student"):
    form = PeopleFilterForm(QueryDict(query), school=school, kind=kind)
    return [person.username for person in form.queryset()]


ZOE, TOM = "zoe.martin", "a.petit"


@pytest.mark.parametrize(
    ("query", "usernames"),
    [
        ("", [ZOE, TOM]),
        ("q=zoé", [ZOE]),
        ("q=ZOE MARTIN", [ZOE]),
        ("q=tom%40", [TOM]),
        ("q=personne", []),
        ("classe=6A", [ZOE]),
        ("classe=6b", [TOM]),
        ("classe=6Z", []),
        ("groupe=latin", [TOM]),
        ("groupe=grec", []),
        ("jamais=1", [ZOE]),
        ("statut=actifs", [ZOE]),
        ("statut=inactifs", [TOM]),
        ("statut=bizarre", []),
        ("tri=-nom", [TOM, ZOE]),
        ("tri=identifiant", [TOM, ZOE]),
        ("tri=-classe", [TOM, ZOE]),
        ("tri=-connexion", [TOM, ZOE]),
        ("tri=connexion", [ZOE, TOM]),
        ("tri=bizarre", [ZOE, TOM]),
    ],
)
def test_who_is_shown(query, usernames, school, zoe, tom):
    assert shown(query, school) == usernames


def test_one_kind_of_one_school(school, other_school, zoe, bob):
    assert shown("", school, "teacher") == ["bob"]
    assert shown("", other_school) == []


def test_a_class_of_another_school_shows_nobody(school, other_school, zoe):
    SchoolClass.objects.create(school=other_school, code="5C")
    assert shown("classe=5C", school) == []


def test_teachers_have_no_class_to_choose(school):
    assert "classe" not in PeopleFilterForm(QueryDict("classe=6A"), school=school, kind="teacher").fields


def test_narrowed_or_not(school, class_6a):
    def narrowed(query):
        return PeopleFilterForm(QueryDict(query), school=school, kind="student").is_narrowed

    assert not narrowed("tri=-nom&page=2")
    assert narrowed("classe=6A")
    assert narrowed("classe=inconnue")


def test_the_chosen_class_stays_chosen_in_whatever_case(school, class_6a):
    form = PeopleFilterForm(QueryDict("classe=6a"), school=school, kind="student")
    assert '<option value="6A" selected>' in str(form["classe"])


def test_a_folded_field_is_shown_when_it_narrows_the_list(school):
    assert not PeopleFilterForm(QueryDict("q=a&jamais="), school=school, kind="student").is_unfolded
    form = PeopleFilterForm(QueryDict("jamais=1"), school=school, kind="student")
    assert form.is_unfolded
    assert [field.name for field in form.folded] == ["jamais", "statut"]
