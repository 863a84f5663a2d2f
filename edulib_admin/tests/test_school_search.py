import pytest
from django.utils import timezone

from accounts.tests.people import make_people
from licences.models import Textbook

URL = "/etablissements/0750001A/recherche/"


def found(response):
    return {sort["title"]: [str(item) for item in sort["items"]] for sort in response.context["found"]}


def test_finds_people_classes_and_groups_by_what_is_typed(as_alice, school, zoe, bob, class_6a):
    school.group_set.create(code="ZOE", name="Les amis de Zoé")
    assert found(as_alice.get(URL, {"q": " zoe "})) == {"Élèves": ["Martin Zoé"], "Groupes": ["ZOE"]}
    assert found(as_alice.get(URL, {"q": "6a"})) == {"Classes": ["6A"]}
    assert found(as_alice.get(URL, {"q": bob.username})) == {"Enseignants": [str(bob)]}


def test_finds_books(as_alice, school):
    book = Textbook.objects.create(isbn="9782011000019", title="Géographie 5e")
    today = timezone.localdate()
    school.licences.create(
        textbook=book, audience="student", seats=7, valid_from=today, valid_until=today, order_reference="C1"
    )
    assert found(as_alice.get(URL, {"q": "geographie"})) == {"Licences": ["Géographie 5e (élève)"]}


def test_leads_to_the_list_of_those_that_are_not_shown(as_alice, school, class_6a):
    make_people(school, 9, school_class=class_6a)
    response = as_alice.get(URL, {"q": "nom0"})
    assert len(found(response)["Élèves"]) == 8
    assert "/eleves/?q=nom0" in response.text


@pytest.mark.parametrize("text", ["", "   ", "\x00", "%", "é" * 500])
def test_nothing_to_look_for_is_no_error(as_alice, text, zoe):
    response = as_alice.get(URL, {"q": text})
    assert response.status_code == 200
    assert not response.context["found"]


def test_finds_nobody_of_another_school(as_alice, other_school, zoe):
    their_class = other_school.schoolclass_set.create(code="6A")
    type(zoe).objects.update(school=other_school, school_class=their_class)
    assert found(as_alice.get(URL, {"q": "zoe"})) == {}


def test_other_school_is_not_found(as_charlie, school):
    assert as_charlie.get(URL, {"q": "zoe"}).status_code == 404


def test_a_teacher_has_too_few_rights(as_bob):
    assert as_bob.get(URL).status_code == 403


def test_takes_few_queries(as_alice, school, class_6a, django_assert_max_num_queries):
    make_people(school, 20, school_class=class_6a)
    with django_assert_max_num_queries(11):
        as_alice.get(URL, {"q": "a"})
