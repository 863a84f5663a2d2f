import re

import pytest
from django.apps import apps
from django.utils import timezone

from schools.models import Membership, School, SchoolClass

URL = "/etablissements/0750001A/"


def states(response):
    """Return the state of each step as the page shows it."""
    return dict(re.findall(r'data-step="(\w+)" data-state="(\w+)"', response.text))


@pytest.fixture
def licence(school):
    textbook = apps.get_model("licences", "Textbook").objects.create(isbn="9782011000019", title="Maths 6e")
    today = timezone.localdate()
    return school.licences.create(
        textbook=textbook, audience="student", seats=7, valid_from=today, valid_until=today, order_reference="C1"
    )


def test_a_new_school_begins_with_its_classes(as_alice):
    response = as_alice.get(URL)
    assert states(response) == {"classes": "next", "files": "later", "import": "later", "licences": "later"}
    assert "/classes/ajouter/" in response.text
    assert "data-import-id" not in response.text


def test_classes_lead_to_the_files(as_alice, class_6a):
    assert states(as_alice.get(URL))["files"] == "next"


def test_pupils_without_teachers_still_ask_for_an_import(as_alice, zoe):
    response = as_alice.get(URL)
    assert states(response) == {"classes": "done", "files": "next", "import": "later", "licences": "later"}


def test_people_lead_to_the_licences(as_alice, zoe, bob):
    assert states(as_alice.get(URL)) == {"classes": "done", "files": "done", "import": "done", "licences": "next"}


def test_a_seat_given_is_the_last_step(as_alice, zoe, bob, licence):
    licence.assignments.create(user_id=zoe.pk)
    response = as_alice.get(URL)
    assert states(response)["licences"] == "done"
    assert "1 licence affectée sur 7 achetées" in response.text


def test_counts_people_and_those_who_never_signed_in(as_alice, zoe, bob):
    bob.last_login = timezone.now()
    bob.save(update_fields=["last_login"])
    response = as_alice.get(URL)
    assert response.context["heads"] == {"students": 1, "teachers": 1, "students_new": 1, "teachers_new": 0}
    assert "1 jamais connecté<" in response.text


def test_leaves_deactivated_accounts_out(as_alice, zoe):
    zoe.is_active = False
    zoe.save(update_fields=["is_active"])
    assert as_alice.get(URL).context["heads"]["students"] == 0


def test_shows_the_last_import_and_follows_it_while_it_runs(as_alice, school):
    school.imports.create(kind="student", filename="vieux.xlsx", status="done", finished_at=timezone.now())
    running = school.imports.create(kind="student", filename="eleves.xlsx", status="running", progress=40)
    response = as_alice.get(URL)
    assert f'data-import-id="{running.pk}" data-status="running"' in response.text
    assert "En cours (40 %)" in response.text
    assert 'hx-trigger="every 2s"' in response.text
    assert "vieux.xlsx" not in response.text


def test_stops_asking_when_the_import_is_finished(as_alice, school):
    school.imports.create(
        kind="student", filename="eleves.xlsx", status="failed", finished_at=timezone.now(), error_count=12
    )
    response = as_alice.get(URL)
    assert "12 erreurs à corriger" in response.text
    assert "every 2s" not in response.text


def test_offers_the_other_schools_that_one_administers(as_alice, alice, other_school):
    assert other_school.name not in as_alice.get(URL).text
    Membership.objects.create(user=alice, school=other_school)
    assert other_school.name in as_alice.get(URL).text


def test_marks_the_tab_of_the_page(as_alice):
    tabs = r'<a class="nav-link active"\s+aria-current="(\w+)"\s+href="([^"]+)"'
    assert re.findall(tabs, as_alice.get(URL).text) == [("page", URL)]
    assert re.findall(tabs, as_alice.get(f"{URL}classes/ajouter/").text) == [("true", f"{URL}classes/")]


def test_the_code_of_a_school_is_read_without_case(as_alice):
    assert as_alice.get("/etablissements/0750001a/").status_code == 200


def test_other_school_is_not_found(as_charlie, school):
    assert as_charlie.get(URL).status_code == 404


def test_a_teacher_has_too_few_rights(as_bob):
    assert as_bob.get(URL).status_code == 403


def test_cannot_be_posted_to(as_alice):
    assert as_alice.post(URL).status_code == 405


def test_takes_few_queries(as_alice, alice, school, zoe, bob, licence, django_assert_max_num_queries):
    for number in range(20):
        SchoolClass.objects.create(school=school, code=f"C{number}")
        Membership.objects.create(user=alice, school=School.objects.create(code=f"S{number}", name="École"))
        school.imports.create(kind="student", filename="e.xlsx", status="done", finished_at=timezone.now())
    with django_assert_max_num_queries(13):
        as_alice.get(URL)
