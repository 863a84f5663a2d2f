import pytest

from accounts.models import User
from schools.models import Group


@pytest.fixture
def url(group_latin):
    return f"/etablissements/0750001A/groupes/{group_latin.pk}/supprimer/"


def test_says_first_how_many_people_lose_it(as_alice, url, group_latin, zoe, bob):
    assert "Personne n&#x27;en fait partie." in as_alice.get(url).text
    group_latin.people.add(zoe.pk)
    assert "1 personne en fait partie" in as_alice.get(url).text
    group_latin.people.add(bob.pk)
    assert "2 personnes en font partie" in as_alice.get(url).text
    assert Group.objects.exists()


def test_deletes_the_group_and_nobody(as_alice, url, group_latin, zoe):
    group_latin.people.add(zoe.pk)
    people = User.objects.count()
    response = as_alice.post(url, follow=True)
    assert "Le groupe LATIN est supprimé." in response.text
    assert not Group.objects.exists()
    assert User.objects.count() == people


def test_a_group_of_another_school_is_not_found(as_alice, school, other_school):
    theirs = Group.objects.create(school=other_school, code="G")
    assert as_alice.post(f"/etablissements/0750001A/groupes/{theirs.pk}/supprimer/").status_code == 404
    assert Group.objects.exists()


def test_other_school_is_not_found(as_charlie, url):
    assert as_charlie.post(url).status_code == 404
    assert Group.objects.exists()


def test_a_teacher_has_too_few_rights(as_bob, url):
    assert as_bob.post(url).status_code == 403
    assert Group.objects.exists()


def test_wrong_method(as_alice, url):
    assert as_alice.delete(url).status_code == 405
