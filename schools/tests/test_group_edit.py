import pytest

from schools.models import Group


@pytest.fixture
def url(group_latin):
    return f"/etablissements/0750001A/groupes/{group_latin.pk}/modifier/"


def test_saves_and_keeps_the_people(as_alice, url, group_latin, zoe):
    group_latin.people.add(zoe.pk)
    response = as_alice.post(url, {"code": "GREC", "name": "Grec"})
    group_latin.refresh_from_db()
    assert (group_latin.code, group_latin.code_key, group_latin.name) == ("GREC", "grec", "Grec")
    assert group_latin.people.count() == 1
    assert response.url == f"/etablissements/0750001A/groupes/{group_latin.pk}/"


def test_refuses_the_code_of_another_group_and_separators(as_alice, url, school, group_latin):
    Group.objects.create(school=school, code="GREC")
    assert "porte déjà ce code" in as_alice.post(url, {"code": "grec"}).text
    assert "ni point-virgule ni virgule" in as_alice.post(url, {"code": "grec;latin"}).text
    group_latin.refresh_from_db()
    assert group_latin.code == "LATIN"


def test_shows_what_is_there(as_alice, url):
    assert 'value="LATIN"' in as_alice.get(url).text


def test_a_group_of_another_school_is_not_found(as_alice, school, other_school):
    theirs = Group.objects.create(school=other_school, code="G")
    assert as_alice.post(f"/etablissements/0750001A/groupes/{theirs.pk}/modifier/", {"code": "X"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.code == "G"


def test_other_school_is_not_found(as_charlie, url):
    assert as_charlie.post(url, {"code": "X"}).status_code == 404


def test_a_teacher_has_too_few_rights(as_bob, url):
    assert as_bob.post(url, {"code": "X"}).status_code == 403


def test_wrong_method(as_alice, url):
    assert as_alice.delete(url).status_code == 405
