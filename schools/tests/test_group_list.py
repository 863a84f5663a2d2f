import pytest

from accounts.models import Student
from schools.models import Group

URL = "/etablissements/0750001A/groupes/"


def codes(response):
    return [group.code for group in response.context["page"]]


@pytest.fixture
def two(school, group_latin, zoe, bob):
    group_latin.people.add(zoe.pk, bob.pk)
    Group.objects.create(school=school, code="Club échecs")


def test_lists_the_groups_with_their_people(as_alice, two):
    response = as_alice.get(URL)
    assert codes(response) == ["Club échecs", "LATIN"]
    club, latin = response.context["page"]
    assert (latin.student_count, latin.teacher_count) == (1, 1)
    assert (club.student_count, club.teacher_count) == (0, 0)
    assert "/eleves/?groupe=LATIN" in response.text
    assert "/enseignants/?groupe=Club%20%C3%A9checs" in response.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "LAT"}, ["LATIN"]),
        ({"q": "ÉCHECS"}, ["Club échecs"]),
        ({"q": "nul"}, []),
        ({"tri": "-eleves"}, ["LATIN", "Club échecs"]),
        ({"tri": "enseignants"}, ["Club échecs", "LATIN"]),
        ({"tri": "x", "page": "-1"}, ["Club échecs", "LATIN"]),
    ],
)
def test_search_order_and_nonsense(as_alice, two, query, expected):
    assert codes(as_alice.get(URL, query)) == expected


def test_htmx_gets_the_results_alone(as_alice, two):
    response = as_alice.get(URL, headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert "LATIN" in response.text


def test_an_empty_list_says_what_to_do(as_alice):
    assert "Aucun groupe pour l'instant" in as_alice.get(URL).text


def test_nothing_found_is_not_the_same_as_nothing_there(as_alice, two):
    assert "Aucun groupe ne correspond" in as_alice.get(URL, {"q": "zzz"}).text


def test_shows_nothing_of_other_schools(as_alice, two, other_school):
    Group.objects.create(school=other_school, code="SECRET")
    assert "SECRET" not in codes(as_alice.get(URL))


def test_other_school_is_not_found(as_charlie, two):
    assert as_charlie.get(URL).status_code == 404


def test_a_teacher_has_too_few_rights(as_bob):
    assert as_bob.get(URL).status_code == 403


def test_cannot_be_posted_to(as_alice):
    assert as_alice.post(URL).status_code == 405


def test_takes_few_queries(as_alice, school, class_6a, django_assert_max_num_queries):
    for number in range(60):
        group = Group.objects.create(school=school, code=f"G{number}")
        student = Student.objects.create(
            school=school,
            kind="student",
            school_class=class_6a,
            username=f"eleve{number}",
            last_name="Martin",
            first_name="Zoé",
        )
        student.groups.add(group)
    with django_assert_max_num_queries(7):
        assert "1–50 sur 60 groupes" in as_alice.get(URL).text
