import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Student
from licences.seats import assign


@pytest.fixture
def used(licence, make_pupils, class_6b):
    """Five have the book, two of them opened it."""
    people = make_pupils(3) + make_pupils(2, class_6b, prefix="b")
    assign(licence, people)
    for person in (people[0], people[0], people[3]):
        licence.assignments.get(user=person).record_opening()
    return people


@pytest.fixture
def address(licence):
    return reverse("licence_use", args=[licence.school.code, licence.pk])


def sheets(response):
    assert "no-store" in response.headers["Cache-Control"]
    workbook = load_workbook(io.BytesIO(response.content))
    return {sheet.title: list(sheet.iter_rows()) for sheet in workbook}


def test_school(as_alice, school, used, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        response = as_alice.get(reverse("use_report", args=[school.code]))
    (row,) = response.context["rows"]
    assert (row["opened"], row["assigned"]) == (2, 5)
    assert 'aria-label="2 ouvertes sur 5"' in response.text


def test_one_licence(as_alice, address, used, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        response = as_alice.get(address)
    assert [(row["code"], row["assigned"], row["opened"]) for row in response.context["classes"]] == [
        ("6A", 3, 1),
        ("6B", 2, 1),
    ]
    shown = [(each.user.last_name, each.opened_count) for each in response.context["page"]]
    assert shown == [("b 00000", 1), ("b 00001", 0), ("eleve 00000", 2), ("eleve 00001", 0), ("eleve 00002", 0)]


def test_filters(as_alice, address, used):
    for query, count in [({"usage": "ouvert"}, 2), ({"usage": "jamais"}, 3), ({"classe": "6b"}, 2), ({"q": "00001"}, 2),
                         ({"usage": "jamais", "classe": "6B"}, 1), ({"usage": "autre"}, 0)]:  # fmt: skip
        assert len(as_alice.get(address, query).context["page"]) == count, query
    response = as_alice.get(address, {"tri": "-ouvertures"})
    assert response.context["page"][0].opened_count == 2


def test_export(as_alice, school, used, licence, make_licence):
    make_licence(3, audience="teacher")
    found = sheets(as_alice.get(reverse("use_report_export", args=[school.code])))
    licences = [[cell.value for cell in row] for row in found["Par licence"][1:]]
    assert [row[1:2] + row[4:7] for row in licences] == [["élève", 5, 5, 2], ["enseignant", 3, 0, 0]]
    classes = [[cell.value for cell in row] for row in found["Par classe"][1:]]
    assert [row[4:7] for row in classes] == [["6A", 3, 1], ["6B", 2, 1]]
    assert len(found["Par personne"]) == 6
    alone = sheets(as_alice.get(reverse("licence_use_export", args=[school.code, licence.pk])))
    assert len(alone["Par licence"]) == 2
    narrowed = sheets(as_alice.get(reverse("use_report_export", args=[school.code]), {"public": "teacher"}))
    assert len(narrowed["Par personne"]) == 1


def test_text_is_never_a_formula(as_alice, school, used, licence):
    Student.objects.filter(pk=used[0].pk).update(last_name="=1+1", first_name="#N/A", name_key="zz\t")
    Student.objects.filter(pk=used[1].pk).update(last_name="+33\x07", name_key="zzz\t")
    found = sheets(as_alice.get(reverse("licence_use_export", args=[school.code, licence.pk])))
    cells = {cell.value: cell.data_type for row in found["Par personne"] for cell in row}
    assert cells["=1+1"] == cells["#N/A"] == cells["+33"] == "s"


def test_nothing_yet(as_alice, school, address):
    assert "Personne ne correspond" in as_alice.get(address).text
    assert as_alice.get(reverse("use_report_export", args=[school.code])).status_code == 200
