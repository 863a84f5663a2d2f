import pytest

from accounts.models import Student
from schools.models import Group


@pytest.fixture
def url(group_latin):
    return f"/etablissements/0750001A/groupes/{group_latin.pk}/"


def test_shows_the_group_and_its_people(as_alice, url, group_latin, zoe, bob):
    group_latin.people.add(zoe.pk, bob.pk)
    text = as_alice.get(url).text
    assert f"/eleves/{zoe.pk}/" in text
    assert f"/enseignants/{bob.pk}/" in text
    assert "6A" in text
    assert "/eleves/?groupe=LATIN" in text


def test_an_empty_group_says_what_to_do(as_alice, url):
    assert "Personne dans ce groupe" in as_alice.get(url).text


def test_pages_of_fifty_in_few_queries(as_alice, url, school, class_6a, group_latin, django_assert_max_num_queries):
    for number in range(60):
        student = Student.objects.create(
            school=school,
            kind="student",
            school_class=class_6a,
            username=f"eleve{number}",
            last_name=f"Nom{number:02d}",
            first_name="Zoé",
        )
        student.groups.add(group_latin)
    with django_assert_max_num_queries(8):
        assert "1–50 sur 60 personnes" in as_alice.get(url).text


def test_a_group_of_another_school_is_not_found(as_alice, school, other_school):
    theirs = Group.objects.create(school=other_school, code="G")
    assert as_alice.get(f"/etablissements/0750001A/groupes/{theirs.pk}/").status_code == 404


def test_other_school_is_not_found(as_charlie, url):
    assert as_charlie.get(url).status_code == 404


def test_a_teacher_has_too_few_rights(as_bob, url):
    assert as_bob.get(url).status_code == 403


def test_cannot_be_posted_to(as_alice, url):
    assert as_alice.post(url).status_code == 405
