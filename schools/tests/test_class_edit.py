import pytest

from schools.models import SchoolClass


@pytest.fixture
def url(class_6a):
    return f"/etablissements/0750001A/classes/{class_6a.pk}/modifier/"


def test_shows_what_is_there(as_alice, url):
    text = as_alice.get(url).text
    assert 'value="Sixième A"' in text
    assert 'value="6e"' in text


def test_saves_and_keeps_the_pupils(as_alice, url, class_6a, zoe):
    response = as_alice.post(url, {"code": "6-1", "name": "Six", "level": "Sixième"})
    class_6a.refresh_from_db()
    assert (class_6a.code, class_6a.code_key, class_6a.name, class_6a.level) == ("6-1", "6-1", "Six", "Sixième")
    assert class_6a.students.count() == 1
    assert response.url == f"/etablissements/0750001A/classes/{class_6a.pk}/"


def test_only_the_case_of_the_code_may_change(as_alice, url, class_6a):
    as_alice.post(url, {"code": "6a"})
    class_6a.refresh_from_db()
    assert class_6a.code == "6a"


def test_refuses_the_code_of_another_class(as_alice, url, class_6a, class_6b):
    response = as_alice.post(url, {"code": "6b"})
    assert "porte déjà ce code (6B)" in response.text
    assert "Modifier la classe 6A" in response.text  # The title keeps the name of what is there.
    class_6a.refresh_from_db()
    assert class_6a.code == "6A"


def test_a_class_of_another_school_is_not_found(as_alice, school, other_school):
    theirs = SchoolClass.objects.create(school=other_school, code="6A")
    response = as_alice.post(f"/etablissements/0750001A/classes/{theirs.pk}/modifier/", {"code": "X"})
    assert response.status_code == 404
    theirs.refresh_from_db()
    assert theirs.code == "6A"


def test_other_school_is_not_found(as_charlie, url, class_6a):
    assert as_charlie.post(url, {"code": "X"}).status_code == 404
    class_6a.refresh_from_db()
    assert class_6a.code == "6A"


def test_a_teacher_has_too_few_rights(as_bob, url):
    assert as_bob.post(url, {"code": "X"}).status_code == 403


def test_wrong_method(as_alice, url):
    assert as_alice.delete(url).status_code == 405
