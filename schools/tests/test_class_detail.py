import pytest

from accounts.models import Student
from schools.models import SchoolClass


@pytest.fixture
def url(class_6a):
    return f"/etablissements/0750001A/classes/{class_6a.pk}/"


def test_shows_the_class_and_its_pupils(as_alice, url, zoe):
    response = as_alice.get(url)
    assert "Sixième A" in response.text
    assert "Martin Zoé" in response.text
    assert f"/eleves/{zoe.pk}/" in response.text
    assert "/eleves/?classe=6A" in response.text


def test_an_empty_class_says_what_to_do(as_alice, url):
    assert "Aucun élève dans cette classe" in as_alice.get(url).text


def test_shows_no_pupil_of_another_class(as_alice, url, zoe, class_6b):
    zoe.school_class = class_6b
    zoe.save(update_fields=["school_class"])
    assert "Martin" not in as_alice.get(url).text


def test_pages_of_fifty_in_few_queries(as_alice, url, school, class_6a, django_assert_max_num_queries):
    for number in range(60):
        Student.objects.create(
            school=school,
            kind="student",
            school_class=class_6a,
            username=f"eleve{number}",
            last_name=f"Nom{number:02d}",
            first_name="Zoé",
        )
    with django_assert_max_num_queries(12):
        response = as_alice.get(url)
    assert "1–50 sur 60 élèves" in response.text
    assert "Nom59" in as_alice.get(url, {"page": "2"}).text


def test_a_class_of_another_school_is_not_found(as_alice, school, other_school):
    theirs = SchoolClass.objects.create(school=other_school, code="6A")
    assert as_alice.get(f"/etablissements/0750001A/classes/{theirs.pk}/").status_code == 404


def test_other_school_is_not_found(as_charlie, url):
    assert as_charlie.get(url).status_code == 404


def test_a_teacher_has_too_few_rights(as_bob, url):
    assert as_bob.get(url).status_code == 403


def test_cannot_be_posted_to(as_alice, url):
    assert as_alice.post(url).status_code == 405
