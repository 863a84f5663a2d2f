import pytest

from schools.forms import ClassForm
from schools.models import SchoolClass

URL = "/etablissements/0750001A/classes/ajouter/"


def test_adds_a_class(as_alice, school):
    response = as_alice.post(URL, {"code": " 6A ", "name": "Sixième A", "level": "6e"}, follow=True)
    made = SchoolClass.objects.get()
    assert (made.school, made.code, made.name, made.level) == (school, "6A", "Sixième A", "6e")
    assert response.redirect_chain == [("/etablissements/0750001A/classes/", 302)]
    assert "La classe 6A est créée." in response.text


def test_can_go_on_with_the_next_one(as_alice):
    response = as_alice.post(URL, {"code": "6A", "again": "1"})
    assert response.url == URL


def test_suggests_the_levels_in_use(as_alice, class_6a, class_6b):
    assert as_alice.get(URL).text.count('<option value="6e">') == 1


@pytest.mark.parametrize("code", ["6A", "6a", "  6a ", "6\u200ba", "6A\x00"])
def test_a_code_is_taken_whatever_its_case_and_spaces(as_alice, class_6a, code):
    response = as_alice.post(URL, {"code": code})
    assert "porte déjà ce code (6A)" in response.text
    assert SchoolClass.objects.count() == 1


def test_another_school_may_use_the_same_code(as_alice, other_school):
    SchoolClass.objects.create(school=other_school, code="6A")
    as_alice.post(URL, {"code": "6A"})
    assert SchoolClass.objects.filter(code="6A").count() == 2


@pytest.mark.parametrize("code", ["", "   ", "\u200b\u200d", "x" * 31, "ΐ" * 30])
def test_refuses_a_code_that_is_none(as_alice, code):
    response = as_alice.post(URL, {"code": code, "name": "Sixième"})
    assert "is-invalid" in response.text
    assert not SchoolClass.objects.exists()


def test_cleans_the_code(as_alice):
    as_alice.post(URL, {"code": "6e\u0301\u00a0 A\x07\u200b", "name": "a\nb"})
    made = SchoolClass.objects.get()
    assert (made.code, made.name) == ("6é A", "a b")


def test_somebody_else_was_faster(school):
    form = ClassForm({"code": "6A"}, school=school)
    assert form.is_valid()
    SchoolClass.objects.create(school=school, code="6a")
    assert form.save_or_refuse() is False
    assert form.has_error("code", "duplicate")
    assert SchoolClass.objects.count() == 1


def test_other_school_is_not_found(as_charlie, school):
    assert as_charlie.post(URL, {"code": "6A"}).status_code == 404
    assert not SchoolClass.objects.exists()


def test_a_teacher_has_too_few_rights(as_bob):
    assert as_bob.post(URL, {"code": "6A"}).status_code == 403


def test_wrong_method(as_alice):
    assert as_alice.put(URL).status_code == 405
