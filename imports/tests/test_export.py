"""The credential list: right, private, and fit to be imported again."""

import logging
import time
from datetime import datetime, timedelta
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import InitialCredential, Student
from accounts.recent_password import mark_password_typed
from imports import export
from imports.columns import columns_for
from imports.models import Import
from imports.pipeline import process
from imports.tests.sheets import deposit
from schools.models import Membership

NASTY = ["=1+1", "+33612345678", "@SUM(A1)", "-1", "#N/A", "_x0041_", "<b>&amp;", "0612", "6-1", "L'Œuvre É"]


def add_student(school, school_class, username, last_name="Durand", first_name="Léo", **fields):
    return Student.objects.create(
        school=school, kind="student", school_class=school_class, username=username, last_name=last_name,
        first_name=first_name, **fields,
    )  # fmt: skip


def cells_of(content, kind="student"):
    """Return [{field: value}, …] below the header."""
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    assert list(header) == [column.heading for column in columns_for(kind)]
    return [dict(zip([column.field for column in columns_for(kind)], row, strict=True)) for row in rows]


@pytest.fixture
def as_alice_now(as_alice):
    """Alice, who has just typed her password."""
    session = as_alice.session
    mark_password_typed(session)
    session.save()
    return as_alice


def test_a_person_is_told_in_full(school, zoe, group_latin, class_6b):
    chorale = school.group_set.create(code="chorale", code_key="chorale")
    zoe.groups.set([group_latin, chorale])
    Student.objects.filter(pk=zoe.pk).update(
        email="zoe@example.org", created_at=datetime(2026, 7, 1, 22, 30, tzinfo=timezone.get_fixed_timezone(0))
    )
    [row] = cells_of(export.build(Student.objects.all(), "student"))
    assert row.pop("updated_at") is not None
    assert row == {
        "last_name": "Martin",
        "first_name": "Zoé",
        "username": "zoe.martin",
        "email": "zoe@example.org",
        "password": zoe.initial_password,
        "school_class": "6A",
        "groups": "chorale ; LATIN",
        "created_at": datetime(2026, 7, 2, 0, 30),  # noqa: DTZ001 (a cell has no time zone)
    }


def test_password_only_while_it_is_the_initial_one(school, zoe, class_6a):
    zoe.choose_password("Mon-Secret-1")
    [row] = cells_of(export.build(Student.objects.all(), "student"))
    assert row["password"] is None


def test_expired_password_is_not_shown(zoe):
    InitialCredential.objects.update(created_at=timezone.now() - timedelta(days=366))
    [row] = cells_of(export.build(Student.objects.all(), "student"))
    assert row["password"] is None


def test_unreadable_password_is_left_out_and_logged(zoe, caplog):
    InitialCredential.objects.update(key_id="lost")
    [row] = cells_of(export.build(Student.objects.all(), "student"))
    assert row["password"] is None
    assert "1 initial passwords cannot be opened" in caplog.text
    assert "Martin" not in caplog.text


@pytest.mark.parametrize("text", NASTY)
def test_text_is_always_text(school, class_6a, text):
    add_student(school, class_6a, "leo", last_name=text)
    content = export.build(Student.objects.all(), "student")
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    [cell] = [cell for cell in sheet.iterfind(".//x:c", space) if cell.get("r") == "A2"]
    assert cell.get("t") == "inlineStr"
    assert cell.find("x:is/x:t", space).text == text.replace("_x0041_", "_x005F_x0041_")
    assert sheet.find(".//x:f", space) is None


def test_all_rows_stand_in_text_columns(school, class_6a):
    add_student(school, class_6a, "leo", email="leo@example.org")
    sheet = load_workbook(BytesIO(export.build(Student.objects.all(), "student"))).worksheets[0]
    assert [cell.number_format for cell in sheet[2]][:4] == ["@"] * 4
    assert [sheet.column_dimensions[letter].number_format for letter in "EFG"] == ["@"] * 3
    assert [cell.number_format for cell in sheet[2]][7:] == ["DD/MM/YYYY HH:MM"] * 2


def test_queries_do_not_grow_with_the_list(school, class_6a, group_latin, django_assert_num_queries):
    for number in range(30):
        student = add_student(school, class_6a, f"leo{number}")
        student.groups.add(group_latin)
        if number % 2:
            student.give_initial_password()
    with django_assert_num_queries(3):
        content = export.build(school.people.of_kind("student"), "student")
    assert len(cells_of(content)) == 30


@pytest.mark.django_db(transaction=True)
def test_imported_again_it_changes_nothing(school, class_6a, group_latin, zoe):
    zoe.groups.add(group_latin)
    for number, text in enumerate(NASTY):
        add_student(school, class_6a, f"eleve{number}", last_name=text).give_initial_password()
    before = list(Student.objects.order_by("pk").values())
    content = export.build(Student.objects.all(), "student")
    import_job = deposit(school, [], content=content)
    process(import_job.pk)
    import_job = Import.objects.get()
    assert [problem.message for problem in import_job.problems.filter(severity="error")] == []
    assert (import_job.status, import_job.created_count, import_job.updated_count) == ("done", 0, 0)
    assert import_job.unchanged_count == len(NASTY) + 1
    assert list(Student.objects.order_by("pk").values()) == before


def test_download(as_alice_now, school, zoe, other_school, caplog, django_assert_max_num_queries):
    caplog.set_level(logging.INFO, logger="edulib.journal")
    with django_assert_max_num_queries(10):
        response = as_alice_now.get(reverse("student_export", args=[school.code]))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    today = timezone.localdate().isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="eleves-0750001A-{today}.xlsx"'
    assert [row["username"] for row in cells_of(response.content)] == ["zoe.martin"]
    [line] = [record.getMessage() for record in caplog.records if record.name == "edulib.journal"]
    assert "people_exported" in line
    assert "count=1" in line
    assert "Martin" not in line


def test_the_list_is_the_one_on_screen(as_alice_now, school, zoe, class_6b, other_school):
    add_student(school, class_6b, "leo.durand")
    elsewhere = other_school.schoolclass_set.create(code="6A", code_key="6a")
    add_student(other_school, elsewhere, "autre.ecole")
    address = reverse("student_export", args=[school.code])
    response = as_alice_now.get(address, {"classe": "6b"})
    assert [row["username"] for row in cells_of(response.content)] == ["leo.durand"]
    assert "eleves-0750001A-6B-" in response["Content-Disposition"]
    assert [row["username"] for row in cells_of(as_alice_now.get(address, {"q": "zoe"}).content)] == ["zoe.martin"]
    assert len(cells_of(as_alice_now.get(address).content)) == 2


def test_teachers_have_their_own_columns(as_alice_now, school, bob):
    response = as_alice_now.get(reverse("teacher_export", args=[school.code]))
    assert [row["username"] for row in cells_of(response.content, "teacher")] == ["bob"]


def test_a_password_that_opens_another_school_is_left_out(as_alice_now, school, other_school, bob):
    password = bob.give_initial_password()
    address = reverse("teacher_export", args=[school.code])
    assert [row["password"] for row in cells_of(as_alice_now.get(address).content, "teacher")] == [password]
    Membership.objects.create(user=bob, school=other_school)
    assert [row["password"] or "" for row in cells_of(as_alice_now.get(address).content, "teacher")] == [""]


def test_a_filter_that_means_nothing_exports_nothing(as_alice_now, school, zoe):
    response = as_alice_now.get(reverse("student_export", args=[school.code]), {"classe": "9Z"})
    assert response.status_code == 302
    assert response.url == reverse("student_list", args=[school.code])


@pytest.mark.parametrize("name", ["student_export", "teacher_export"])
def test_password_is_asked_for_again(as_alice, school, name):
    session = as_alice.session
    session["password_typed_at"] = int(time.time()) - 700
    session.save()
    response = as_alice.get(reverse(name, args=[school.code]))
    assert response.status_code == 302
    assert response.url.startswith(reverse("password_confirm"))


@pytest.mark.parametrize("name", ["student_export", "teacher_export"])
def test_access(as_charlie, school, name):
    address = reverse(name, args=[school.code])
    session = as_charlie.session
    mark_password_typed(session)
    session.save()
    assert as_charlie.get(address).status_code == 404
    assert as_charlie.post(address).status_code == 404


def test_teacher_of_the_school_is_refused(as_bob, school):
    assert as_bob.get(reverse("teacher_export", args=[school.code])).status_code == 403
