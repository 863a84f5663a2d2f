import pytest

URL = "/etablissements/0750001A/reglages/"
GOOD = {"name": "Collège Simone-Veil", "city": "Lyon", "students_must_change_password": "on"}


def test_saves_name_city_and_both_rules(as_alice, school):
    response = as_alice.post(URL, GOOD, follow=True)
    school.refresh_from_db()
    assert (school.name, school.city) == ("Collège Simone-Veil", "Lyon")
    assert school.students_must_change_password is True
    assert school.teachers_must_change_password is False
    assert "enregistrés" in response.text


def test_never_changes_the_code(as_alice, school):
    as_alice.post(URL, {**GOOD, "code": "PIRATE"})
    school.refresh_from_db()
    assert school.code == "0750001A"
    assert 'name="code"' not in as_alice.get(URL).text


@pytest.mark.parametrize("name", ["", "  \u200b ", "x" * 151])
def test_refuses_a_name_that_is_none(as_alice, school, name):
    assert "is-invalid" in as_alice.post(URL, {**GOOD, "name": name}).text
    school.refresh_from_db()
    assert school.name == "Collège Jean-Moulin"


def test_drops_what_cannot_be_seen(as_alice, school):
    as_alice.post(URL, {**GOOD, "name": " Collège\u200b \t Simone-Veil\x07"})
    school.refresh_from_db()
    assert school.name == "Collège Simone-Veil"


def test_looking_changes_nothing(as_alice, school):
    assert as_alice.get(URL, GOOD).status_code == 200
    school.refresh_from_db()
    assert school.name == "Collège Jean-Moulin"


def test_other_school_is_not_found(as_charlie, school):
    assert as_charlie.post(URL, GOOD).status_code == 404
    school.refresh_from_db()
    assert school.name == "Collège Jean-Moulin"


def test_a_teacher_has_too_few_rights(as_bob):
    assert as_bob.post(URL, GOOD).status_code == 403


def test_wrong_method(as_alice):
    assert as_alice.delete(URL).status_code == 405
