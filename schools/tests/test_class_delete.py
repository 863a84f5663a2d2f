import pytest

from accounts.models import Student
from schools.models import SchoolClass
from schools.views import classes


@pytest.fixture
def url(class_6a):
    return f"/etablissements/0750001A/classes/{class_6a.pk}/supprimer/"


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


def test_a_class_of_another_school_is_not_found(as_alice, school, other_school):
    theirs = SchoolClass.objects.create(school=other_school, code="6A")
    assert as_alice.post(f"/etablissements/0750001A/classes/{theirs.pk}/supprimer/").status_code == 404
    assert SchoolClass.objects.filter(pk=theirs.pk).exists()


def test_other_school_is_not_found(as_charlie, url):
    assert as_charlie.post(url).status_code == 404
    assert SchoolClass.objects.exists()


def test_a_teacher_has_too_few_rights(as_bob, url):
    assert as_bob.post(url).status_code == 403
    assert SchoolClass.objects.exists()


def test_wrong_method(as_alice, url):
    assert as_alice.delete(url).status_code == 405
