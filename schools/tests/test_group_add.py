import pytest

from schools.forms import GroupForm
from schools.models import Group

URL = "/etablissements/0750001A/groupes/ajouter/"


def test_adds_a_group(as_alice, school):
    response = as_alice.post(URL, {"code": "Latin", "name": "Latin 5e"}, follow=True)
    made = Group.objects.get()
    assert (made.school, made.code, made.name) == (school, "Latin", "Latin 5e")
    assert "Le groupe Latin est créé." in response.text


def test_can_go_on_with_the_next_one(as_alice):
    assert as_alice.post(URL, {"code": "Latin", "again": "1"}).url == URL


@pytest.mark.parametrize("code", ["latin", " LATIN  ", "La\u200btin"])
def test_a_code_is_taken_whatever_its_case_and_spaces(as_alice, group_latin, code):
    assert "porte déjà ce code (LATIN)" in as_alice.post(URL, {"code": code}).text
    assert Group.objects.count() == 1


@pytest.mark.parametrize("code", ["A;B", "A,B", ";"])
def test_refuses_what_separates_groups_in_a_file(as_alice, code):
    assert "ni point-virgule ni virgule" in as_alice.post(URL, {"code": code}).text
    assert not Group.objects.exists()


@pytest.mark.parametrize("code", ["", "  ", "x" * 31])
def test_refuses_a_code_that_is_none(as_alice, code):
    assert "is-invalid" in as_alice.post(URL, {"code": code}).text
    assert not Group.objects.exists()


def test_somebody_else_was_faster(school):
    form = GroupForm({"code": "Latin"}, school=school)
    assert form.is_valid()
    Group.objects.create(school=school, code="LATIN")
    assert form.save_or_refuse() is False
    assert form.has_error("code", "duplicate")


def test_other_school_is_not_found(as_charlie, school):
    assert as_charlie.post(URL, {"code": "X"}).status_code == 404
    assert not Group.objects.exists()


def test_a_teacher_has_too_few_rights(as_bob):
    assert as_bob.post(URL, {"code": "X"}).status_code == 403


def test_wrong_method(as_alice):
    assert as_alice.put(URL).status_code == 405
