import re

import pytest
from django.urls import reverse

from accounts.tests.people import make_people, refusals

TestRefusals = refusals("student_list", with_pk=False, methods=("get", "head"), wrong=("post", "put", "delete"))


def show(client, school, query="", kind="student", **headers):
    return client.get(reverse(f"{kind}_list", args=[school.code]) + query, headers=headers)


def test_students_are_listed_with_what_one_looks_for(as_alice, school, zoe, bob, group_latin):
    zoe.groups.add(group_latin)
    page = show(as_alice, school).content.decode()
    assert "Martin Zoé" in page
    assert "zoe.martin" in page
    assert "6A" in page
    assert "LATIN" in page
    assert "Bonnet" not in page
    for name in ("add", "import", "template", "export"):
        assert reverse(f"student_{name}", args=[school.code]) in page


def test_teachers_are_listed_without_class(as_alice, school, zoe, bob):
    page = show(as_alice, school, kind="teacher").content.decode()
    assert "Bonnet Bob" in page
    assert "Martin" not in page
    assert 'name="classe"' not in page
    assert "change_class" not in page


def test_an_empty_list_says_what_to_do(as_alice, school):
    page = show(as_alice, school).content.decode()
    assert "Aucun élève" in page
    assert reverse("student_import", args=[school.code]) in page


def test_a_search_without_result_says_so(as_alice, school, zoe):
    assert "Personne ne correspond" in show(as_alice, school, "?q=personne").content.decode()


@pytest.mark.parametrize(
    "query", ["?classe=9Z", "?page=99", "?page=x", "?tri=--nom", "?q=%00", "?statut=x", "?q=" + "x" * 300]
)
def test_bad_input_is_no_error(as_alice, school, zoe, query):
    assert show(as_alice, school, query).status_code == 200


def test_search_is_shown_escaped(as_alice, school, zoe):
    assert "<b>oui" not in show(as_alice, school, "?q=<b>oui").content.decode()


def test_the_export_and_the_actions_follow_the_filter(as_alice, school, zoe):
    page = show(as_alice, school, "?classe=6A&q=zo&page=1").content.decode()
    assert f"{reverse('student_export', args=[school.code])}?classe=6A&amp;q=zo" in page
    assert f"{reverse('student_selection', args=[school.code])}?classe=6A&amp;q=zo" in page


def test_htmx_gets_the_results_only(as_alice, school, zoe):
    page = show(as_alice, school, "?classe=6A", HX_Request="true").content.decode()
    assert "Martin Zoé" in page
    assert "<h1>" not in page
    assert re.search(r'id="export-link"\s+hx-swap-oob="true"', page)


def test_50_a_page(as_alice, school, class_6a):
    make_people(school, 60, school_class=class_6a)
    first, second = (show(as_alice, school, f"?page={number}") for number in (1, 2))
    assert len(first.context["page"]) == 50
    assert len(second.context["page"]) == 10
    assert "Cocher les 60 élèves" in first.content.decode()


def test_3000_students_cost_at_most_12_queries(
    as_alice, school, class_6a, class_6b, group_latin, django_assert_max_num_queries
):
    make_people(school, 1500, school_class=class_6a, groups=[group_latin])
    make_people(school, 1500, school_class=class_6b)
    with django_assert_max_num_queries(12):
        assert show(as_alice, school, "?tri=-classe").context["page"].paginator.count == 3000
    with django_assert_max_num_queries(12):
        assert show(as_alice, school, "?classe=6A&groupe=LATIN&q=nom&jamais=1&statut=actifs").status_code == 200
