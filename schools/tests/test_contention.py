"""What the database broke off is tried again, once, and never becomes an error page of ours."""

import threading
from types import SimpleNamespace

import psycopg.errors
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction

from accounts.models import User
from imports import pipeline
from imports.models import Import
from imports.tests.sheets import deposit, student_row
from schools.contention import Effects, SecondTryMiddleware, is_contention
from schools.models import School, SchoolClass
from schools.turns import turn
from schools.views import classes


def deadlock():
    error = OperationalError("deadlock detected")
    error.__cause__ = psycopg.errors.DeadlockDetected()
    return error


@pytest.fixture
def broken_off(monkeypatch):
    """Make the class form fail `times` by contention, after `before` has run in its place."""

    def arrange(times, before=lambda request: None, error=deadlock):
        real, calls = classes.coded.edit, []

        def edit(request, **kwargs):
            calls.append(request)
            if len(calls) <= times:
                before(request)
                raise error()
            return real(request, **kwargs)

        monkeypatch.setattr(classes.coded, "edit", edit)
        monkeypatch.setattr("schools.contention.connection.vendor", "postgresql")
        return calls

    return arrange


@pytest.fixture
def save(as_alice, class_6a):
    return lambda **more: as_alice.post(
        f"{class_6a.get_absolute_url()}modifier/", {"code": "6A", "name": "Autre", "level": "5e", **more}
    )


def test_a_form_that_was_broken_off_is_submitted_again(save, class_6a, broken_off):
    calls = broken_off(1)
    assert save().status_code == 302
    class_6a.refresh_from_db()
    assert (class_6a.name, len(calls)) == ("Autre", 2)


def test_twice_is_a_sentence_and_no_error(save, class_6a, broken_off):
    calls = broken_off(2)
    response = save()
    assert (response.status_code, len(calls)) == (503, 2)
    assert "Quelqu&#x27;un modifie les mêmes données" in response.text


def test_what_was_announced_and_did_not_happen_is_not_said(save, as_alice, broken_off):
    from django.contrib import messages

    broken_off(1, before=lambda request: messages.success(request, "Rien de tel."))
    response = as_alice.get(save().url)
    assert "Rien de tel." not in response.text
    assert "est enregistrée" in response.text


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_is_not_done_twice(save, class_6a, broken_off):
    calls = broken_off(1, before=lambda request: School.objects.update(city="Lyon"))
    assert (save().status_code, len(calls)) == (503, 1)


@pytest.mark.django_db(transaction=True)
def test_what_was_thrown_away_is_done_again(save, class_6a, broken_off):
    def thrown_away(request):
        with transaction.atomic():
            School.objects.update(city="Lyon")
            transaction.set_rollback(True)

    calls = broken_off(1, before=thrown_away)
    assert (save().status_code, len(calls)) == (302, 2)


def test_a_file_is_not_read_twice(rf, monkeypatch):
    monkeypatch.setattr("schools.contention.connection.vendor", "postgresql")
    request = rf.post("/")
    request._files = {"file": SimpleUploadedFile("a.xlsx", b"PK")}
    request.resolver_match, request.effects = SimpleNamespace(view_name="student_import"), Effects()
    middleware = SecondTryMiddleware(lambda request: None)
    assert middleware.process_exception(request, deadlock()).status_code == 503


def test_anything_else_is_what_it_is(save, broken_off):
    broken_off(1, error=lambda: OperationalError("no space left"))
    with pytest.raises(OperationalError, match="no space"):
        save()


@pytest.mark.django_db(transaction=True)
def test_an_import_that_was_broken_off_loses_no_attempt(school, class_6a, monkeypatch):
    import_job = deposit(school, [student_row("Martin", "Zoé")])
    real, broken = pipeline.apply_plan, []

    def apply_plan(*args):
        result = real(*args)
        if len(broken) < 3:
            broken.append(True)
            raise deadlock()
        return result

    monkeypatch.setattr(pipeline, "apply_plan", apply_plan)
    pipeline.process(import_job.pk)
    import_job = Import.objects.get()
    assert (import_job.status, import_job.created_count, import_job.attempts, len(broken)) == ("done", 1, 1, 3)


@pytest.mark.django_db(transaction=True)
def test_a_real_deadlock_is_contention(alice, charlie, needs_postgres):
    """Two transactions hold one account each and want the other's: PostgreSQL breaks one off."""
    both, errors = threading.Barrier(2), []

    def cross(first, second):
        try:
            with transaction.atomic():
                hold(first)
                both.wait(10)
                hold(second)
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    def hold(person):
        User.objects.select_for_update().get(pk=person.pk)

    threads = [threading.Thread(target=cross, args=pair) for pair in ((alice, charlie), (charlie, alice))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [is_contention(error) for error in errors] == [True]


@pytest.mark.django_db(transaction=True)
def test_a_turn_at_a_school_is_waited_for_and_that_of_another_is_not(school, other_school, needs_postgres):
    waited = []

    def take(*schools):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
                with turn(*schools):
                    waited.append(False)
        except OperationalError as error:
            waited.append(is_contention(error))
        finally:
            connection.close()

    with turn(school):
        for schools in ([school.pk], [other_school], [None], [other_school, school]):
            thread = threading.Thread(target=take, args=schools)
            thread.start()
            thread.join(30)
    assert waited == [True, False, False, True]


@pytest.mark.django_db(transaction=True)
def test_whoever_adds_to_a_school_does_not_wait(school, needs_postgres):
    with turn(school):

        def add():
            SchoolClass.objects.create(school_id=school.pk, code="7A")
            connection.close()

        thread = threading.Thread(target=add)
        thread.start()
        thread.join(10)
        assert SchoolClass.objects.filter(code="7A").exists()
