import pytest

from accounts.models import Student
from schools.models import SchoolClass

URL = "/etablissements/0750001A/classes/"


def codes(response):
    return [school_class.code for school_class in response.context["page"]]


@pytest.fixture
def three(school, class_6a, class_6b, zoe):
    SchoolClass.objects.create(school=school, code="3A", name="Troisième A", level="3e")


def test_lists_the_classes_with_their_pupils(as_alice, three):
    response = as_alice.get(URL)
    assert codes(response) == ["3A", "6A", "6B"]
    assert {c.code: c.student_count for c in response.context["page"]} == {"3A": 0, "6A": 1, "6B": 0}
    assert "eleves/?classe=6A" in response.text
    assert "1–3 sur 3 classes" in response.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "6a"}, ["6A"]),
        ({"q": "sixième a"}, ["6A"]),
        ({"q": "nulle"}, []),
        ({"q": "%"}, []),
        ({"niveau": "6e"}, ["6A", "6B"]),
        ({"q": "b", "niveau": "6e"}, ["6B"]),
        ({"niveau": "inconnu"}, []),
        ({"q": "\x00"}, ["3A", "6A", "6B"]),
        ({"q": "x" * 201}, []),
        ({"tri": "-code"}, ["6B", "6A", "3A"]),
        ({"tri": "-eleves"}, ["6A", "6B", "3A"]),
        ({"tri": "niveau"}, ["3A", "6A", "6B"]),
        ({"tri": "password"}, ["3A", "6A", "6B"]),
        ({"tri": "--code"}, ["3A", "6A", "6B"]),
        ({"page": "99"}, ["3A", "6A", "6B"]),
        ({"page": "abc"}, ["3A", "6A", "6B"]),
    ],
)
def test_search_filter_order_and_nonsense(as_alice, three, query, expected):
    assert codes(as_alice.get(URL, query)) == expected


def test_links_keep_what_was_asked(as_alice, three, school):
    for number in range(60):
        SchoolClass.objects.create(school=school, code=f"Z{number:02d}", level="6e")
    response = as_alice.get(URL, {"niveau": "6e", "tri": "-code"})
    assert "1–50 sur 62 classes" in response.text
    assert "?niveau=6e&amp;tri=-code&amp;page=2" in response.text
    assert 'aria-sort="descending"' in response.text
    assert '<input type="hidden" name="tri" value="-code">' in response.text
    assert len(codes(as_alice.get(URL, {"niveau": "6e", "page": "2"}))) == 12


def test_htmx_gets_the_results_alone(as_alice, three):
    response = as_alice.get(URL, {"q": "6a"}, headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert codes(response) == ["6A"]
    assert "HX-Request" in response.headers["Vary"]


def test_coming_back_in_the_browser_gets_the_whole_page(as_alice, three):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in as_alice.get(URL, headers=headers).text


def test_an_empty_list_says_what_to_do(as_alice):
    assert "Aucune classe pour l'instant" in as_alice.get(URL).text


def test_nothing_found_is_not_the_same_as_nothing_there(as_alice, class_6a):
    assert "Aucune classe ne correspond" in as_alice.get(URL, {"q": "zzz"}).text


def test_a_code_is_shown_as_text(as_alice, school):
    SchoolClass.objects.create(school=school, code="<b>&6", name="<script>")
    text = as_alice.get(URL).text
    assert "&lt;b&gt;&amp;6" in text
    assert "<script>" not in text


def test_shows_nothing_of_other_schools(as_alice, class_6a, other_school):
    SchoolClass.objects.create(school=other_school, code="ZZ", level="secret")
    response = as_alice.get(URL)
    assert codes(response) == ["6A"]
    assert "secret" not in response.text


def test_other_school_is_not_found(as_charlie, class_6a):
    assert as_charlie.get(URL).status_code == 404


def test_a_teacher_has_too_few_rights(as_bob):
    assert as_bob.get(URL).status_code == 403


def test_cannot_be_posted_to(as_alice):
    assert as_alice.post(URL).status_code == 405


def test_takes_few_queries(as_alice, school, django_assert_max_num_queries):
    for number in range(60):
        school_class = SchoolClass.objects.create(school=school, code=f"C{number}")
        Student.objects.create(
            school=school,
            kind="student",
            school_class=school_class,
            username=f"eleve{number}",
            last_name="Martin",
            first_name="Zoé",
        )
    with django_assert_max_num_queries(8):
        as_alice.get(URL)
