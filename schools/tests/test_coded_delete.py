"""The page that asks before a class or a group is deleted."""

import pytest

from accounts.models import Student, User
from schools.models import Group, SchoolClass
from schools.views import classes

CLASSES, GROUPS = "/etablissements/0750001A/classes/", "/etablissements/0750001A/groupes/"


@pytest.fixture
def url(class_6a):
    return f"{CLASSES}{class_6a.pk}/supprimer/"


@pytest.fixture
def group_url(group_latin):
    return f"{GROUPS}{group_latin.pk}/supprimer/"


@pytest.fixture(params=["class", "group"])
def either(request, url, group_url):
    """The address, and how many there still are."""
    if request.param == "class":
        return url, SchoolClass.objects.count
    return group_url, Group.objects.count


def test_asks_first(as_alice, url, class_6a):
    assert "Supprimer la classe" in as_alice.get(url).text
    assert SchoolClass.objects.exists()


def test_deletes_an_empty_class(as_alice, url):
    response = as_alice.post(url, follow=True)
    assert not SchoolClass.objects.exists()
    assert "La classe 6A est supprimée." in response.text
    assert response.redirect_chain[0][0] == "/etablissements/0750001A/classes/"


def test_keeps_a_class_that_has_pupils_and_says_how_many(as_alice, url, school, class_6a, zoe):
    Student.objects.create(
        school=school, kind="student", school_class=class_6a, username="b", last_name="B", first_name="B"
    )
    for response in (as_alice.get(url), as_alice.post(url)):
        assert "compte encore 2 élèves" in response.text
        assert "/eleves/?classe=6A" in response.text
        assert "btn-danger" not in response.text
    assert SchoolClass.objects.filter(pk=class_6a.pk).exists()


def test_deactivated_pupils_count_too(as_alice, url, zoe):
    zoe.is_active = False
    zoe.save(update_fields=["is_active"])
    assert "compte encore 1 élève." in as_alice.post(url).text


def test_whatever_else_protects_it_is_a_sentence(as_alice, url, zoe, monkeypatch):
    monkeypatch.setattr(classes, "students_left", lambda school_class: "")
    response = as_alice.post(url)
    assert response.status_code == 200
    assert "sert encore ailleurs" in response.text
    assert SchoolClass.objects.exists()


def test_says_first_how_many_people_lose_it(as_alice, group_url, group_latin, zoe, bob):
    assert "Personne n&#x27;en fait partie." in as_alice.get(group_url).text
    group_latin.people.add(zoe.pk)
    assert "1 personne en fait partie" in as_alice.get(group_url).text
    group_latin.people.add(bob.pk)
    assert "2 personnes en font partie" in as_alice.get(group_url).text
    assert Group.objects.exists()


def test_deletes_the_group_and_nobody(as_alice, group_url, group_latin, zoe):
    group_latin.people.add(zoe.pk)
    people = User.objects.count()
    response = as_alice.post(group_url, follow=True)
    assert "Le groupe LATIN est supprimé." in response.text
    assert not Group.objects.exists()
    assert User.objects.count() == people


@pytest.mark.parametrize("model", [SchoolClass, Group])
def test_that_of_another_school_is_not_found(as_alice, school, other_school, model):
    theirs = model.objects.create(school=other_school, code="6A")
    address = CLASSES if model is SchoolClass else GROUPS
    assert as_alice.post(f"{address}{theirs.pk}/supprimer/").status_code == 404
    assert model.objects.filter(pk=theirs.pk).exists()


def test_other_school_is_not_found(as_charlie, either):
    address, left = either
    assert as_charlie.post(address).status_code == 404
    assert left() == 1


def test_a_teacher_has_too_few_rights(as_bob, either):
    address, left = either
    assert as_bob.post(address).status_code == 403
    assert left() == 1


def test_wrong_method(as_alice, either):
    address, left = either
    assert as_alice.delete(address).status_code == 405
    assert left() == 1
