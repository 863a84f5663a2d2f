import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from django.utils.formats import date_format

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
    assert "sur 7 achetées" in response.text


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


def test_marks_the_section_of_the_page(as_alice):
    section = r'<a href="([^"]+)"\s+aria-current="(\w+)"'
    # Twice: in the rail, and in the menu of a phone.
    assert re.findall(section, as_alice.get(URL).text) == [(URL, "page")] * 2
    assert re.findall(section, as_alice.get(f"{URL}classes/ajouter/").text) == [(f"{URL}classes/", "true")] * 2


def titles(response):
    return [todo.title for todo in response.context["todos"]]


def test_says_what_needs_doing_the_most_urgent_first(as_alice, school, zoe, licence, class_6a):
    school.imports.create(
        kind="student", filename="eleves.xlsx", status="failed", finished_at=timezone.now(), error_count=3
    )
    rule = licence.rules.create(school_class=class_6a)
    licence.queue.create(user_id=zoe.pk, rule=rule)
    assert titles(as_alice.get(URL)) == [
        "L'importation « eleves.xlsx » n'est pas passée",
        "1 élève attend Maths 6e",
        "6A n'a aucun manuel",
        "1 élève ne s’est jamais connecté",
    ]
    # What is done is not said any more.
    school.imports.create(kind="student", filename="corrigé.xlsx", status="done", finished_at=timezone.now())
    licence.queue.all().delete()
    licence.assignments.create(user_id=zoe.pk)
    zoe.last_login = timezone.now()
    zoe.save(update_fields=["last_login"])
    assert titles(as_alice.get(URL)) == [
        f"Maths 6e se termine le {date_format(licence.valid_until, 'j F')}",
    ]


def test_a_check_that_failed_is_not_corrected_by_a_list_of_others(as_alice, school, zoe):
    school.imports.create(
        kind="student", filename="e.xlsx", mode="check", status="failed", finished_at=timezone.now(), error_count=1
    )
    school.imports.create(kind="teacher", filename="t.xlsx", status="done", finished_at=timezone.now())
    assert titles(as_alice.get(URL))[0] == "L'importation « e.xlsx » n'est pas passée"


def test_says_class_by_class_who_signed_in(as_alice, school, zoe, class_6a):
    def seen():
        ((level, (each,), signed, total),) = as_alice.get(URL).context["levels"]
        return level, each.code, each.total, each.signed, each.personal, signed, total

    assert seen() == ("6e", "6A", 1, 0, 0, 0, 1)
    zoe.last_login = timezone.now()
    zoe.save(update_fields=["last_login"])
    type(zoe).objects.update(password_is_initial=True)
    assert seen() == ("6e", "6A", 1, 1, 0, 1, 1)
    type(zoe).objects.update(password_is_initial=False)
    assert seen() == ("6e", "6A", 1, 1, 1, 1, 1)


def test_counts_seats_as_the_page_of_licences_does(as_alice, school, zoe, licence):
    licence.assignments.create(user_id=zoe.pk)
    past = timezone.localdate() - timedelta(days=400)
    school.licences.create(
        textbook=licence.textbook, audience="student", seats=50, valid_from=past, valid_until=past, order_reference="C0"
    )
    dashboard = as_alice.get(URL).context
    (book,) = dashboard["books"]
    assert (book.assigned, book.bought) == (dashboard["seats"]["given"], dashboard["seats"]["bought"]) == (1, 7)
    totals = as_alice.get(f"{URL}licences/").context["totals"]
    assert (totals["given"], totals["bought"]) == (1, 7)


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
    with django_assert_max_num_queries(20):
        as_alice.get(URL)
