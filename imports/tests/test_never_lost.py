"""Never lost, never twice: whatever dies, an accepted upload is applied exactly once (product contract, §7)."""

import socket
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Student
from edulib_admin.celery import app as celery_app
from imports.models import Import
from imports.pipeline import process
from imports.tasks import dispatch, process_import, sweep
from imports.tests.harness import forget_connections, wait_until
from imports.tests.sheets import deposit, student_row, workbook_bytes
from schools.models import SchoolClass

ROWS = [student_row(f"Nom{number}", "Prénom") for number in range(40)]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pausing_worker(start_worker, tmp_path):
    """Start a worker that stops at `step`; its `.flag` exists while it does."""

    def start(step, **env):
        flag = tmp_path / f"paused-{step}"
        worker = start_worker(app="imports.tests.pausing", PAUSE_AT=step, PAUSE_FLAG=flag, **env)
        worker.flag = flag
        return worker

    return start


@pytest.fixture
def import_job(class_6a):
    return deposit(class_6a.school, ROWS)


def wait_for_end(import_job, seconds=40):
    def ended():
        import_job.refresh_from_db()
        return import_job.is_finished

    wait_until(ended, seconds=seconds, what="la fin de l'importation")
    return import_job


def assert_applied_once(import_job):
    assert (import_job.status, import_job.created_count) == ("done", len(ROWS))
    assert Student.objects.count() == len(ROWS)


@pytest.mark.parametrize("step", ["read", "end"])
def test_a_worker_killed_while_reading_or_writing(import_job, pausing_worker, start_worker, step):
    worker = pausing_worker(step, IMPORT_LEASE_SECONDS=2)
    assert dispatch(import_job.pk)
    wait_until(worker.flag.exists, what="le point d'arrêt")
    worker.kill()
    import_job.refresh_from_db()
    assert import_job.status == "running"
    assert Student.objects.count() == 0
    start_worker(beat=True, IMPORT_SWEEP_SECONDS=1)
    assert_applied_once(wait_for_end(import_job))
    assert import_job.attempts == 2


def test_both_processes_of_a_worker_killed_with_an_import_each(import_job, other_school, pausing_worker, start_worker):
    SchoolClass.objects.create(school=other_school, code="6A")
    other = deposit(other_school, [student_row(f"Autre{number}", "Prénom") for number in range(40)])
    worker = pausing_worker("read", concurrency=2, IMPORT_LEASE_SECONDS=2)
    dispatch(import_job.pk)
    dispatch(import_job.pk)  # Whatever message woke them: the second takes the other school's.
    wait_until(lambda: Import.objects.filter(status="running").count() == 2, what="deux importations en cours")
    worker.kill()
    start_worker(beat=True, concurrency=2, IMPORT_SWEEP_SECONDS=1)
    for each in (import_job, other):
        assert (wait_for_end(each).status, each.created_count, each.attempts) == ("done", 40, 2)
    assert Student.objects.count() == 80


def test_five_redeliveries_to_two_workers(import_job, start_worker):
    for _ in range(6):
        assert dispatch(import_job.pk)
    start_worker()
    start_worker()
    assert_applied_once(wait_for_end(import_job))
    for _ in range(5):
        assert dispatch(import_job.pk)
    late = deposit(import_job.school, ROWS)  # Behind them in the queue: once it is done, they were delivered.
    dispatch(late.pk)
    assert wait_for_end(late).unchanged_count == len(ROWS)
    import_job.refresh_from_db()
    assert_applied_once(import_job)
    assert import_job.attempts == 1


def test_a_worker_that_lost_its_lease_writes_nothing(import_job, pausing_worker, start_worker):
    slow = pausing_worker("read", IMPORT_LEASE_SECONDS=1)
    dispatch(import_job.pk)
    wait_until(slow.flag.exists, what="le point d'arrêt")
    start_worker(beat=True, IMPORT_SWEEP_SECONDS=1)
    assert_applied_once(wait_for_end(import_job))
    slow.flag.unlink()
    slow.wait_for("taken over by another worker")
    import_job.refresh_from_db()
    assert_applied_once(import_job)


def test_two_imports_of_one_school_do_not_interleave(import_job, pausing_worker, start_worker):
    second = deposit(import_job.school, ROWS)
    first = pausing_worker("end")
    dispatch(import_job.pk)
    wait_until(first.flag.exists, what="le point d'arrêt")
    other = start_worker()
    process_import.delay(str(second.pk))  # Not `dispatch`: on SQLite, nobody writes while the first one does.
    other.wait_for("received")
    first.flag.unlink()
    assert_applied_once(wait_for_end(import_job))
    wait_for_end(second)
    assert (second.status, second.created_count, second.unchanged_count) == ("done", 0, len(ROWS))


def test_a_wiped_broker(import_job, start_worker, broker):
    dispatch(import_job.pk)
    celery_app.control.purge()
    # As if it had been dispatched long ago.
    Import.objects.update(dispatched_at=timezone.now() - timedelta(minutes=5))
    start_worker(beat=True, IMPORT_SWEEP_SECONDS=1)
    assert_applied_once(wait_for_end(import_job))


@pytest.fixture
def broker_at(broker, monkeypatch):
    """Point this process, not the workers, at another broker."""
    before = celery_app.conf.broker_transport_options

    def point(port):
        # Celery prefers this variable to its configuration.
        monkeypatch.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{port}/0")
        celery_app.conf.broker_transport_options = {"socket_timeout": 3, "socket_connect_timeout": 2}
        forget_connections()

    yield point
    celery_app.conf.broker_transport_options = before
    monkeypatch.undo()
    forget_connections()


@pytest.mark.parametrize("listening", [False, True], ids=["down", "silent"])
def test_an_upload_while_the_broker_is_down_or_silent(as_alice, class_6a, start_worker, broker_at, listening):
    from django.core.files.uploadedfile import SimpleUploadedFile

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if listening:
            listener.listen()
        broker_at(listener.getsockname()[1])
        upload = SimpleUploadedFile("eleves.xlsx", workbook_bytes(ROWS))
        start = time.monotonic()
        response = as_alice.post(
            f"/etablissements/{class_6a.school.code}/eleves/importer/", {"file": upload, "action": "import"}
        )
        seconds = time.monotonic() - start
    assert response.status_code == 302
    assert seconds < 5
    import_job = Import.objects.get()
    assert (import_job.status, import_job.dispatched_at) == ("pending", None)
    start_worker(beat=True, IMPORT_SWEEP_SECONDS=1)
    assert_applied_once(wait_for_end(import_job))


def test_a_database_that_cuts_the_worker_off(import_job, pausing_worker, start_worker, needs_postgres):
    worker = pausing_worker("end", IMPORT_LEASE_SECONDS=2)
    dispatch(import_job.pk)
    wait_until(worker.flag.exists, what="le point d'arrêt")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    worker.flag.unlink()
    worker.wait_for("database trouble")
    assert Student.objects.count() == 0
    worker.kill()
    start_worker(beat=True, IMPORT_SWEEP_SECONDS=1)
    assert_applied_once(wait_for_end(import_job))


def test_five_broken_attempts_end_in_a_plain_reason(import_job):
    Import.objects.update(status="running", attempts=5, lease_until=timezone.now() - timedelta(seconds=1))
    process(import_job.pk)
    import_job.refresh_from_db()
    assert import_job.status == "running"
    sweep()
    import_job.refresh_from_db()
    assert import_job.status == "failed"
    assert "rien n'a été modifié" in import_job.problems.get().message
    assert Student.objects.count() == 0


def test_a_lost_file_is_a_plain_reason(import_job):
    import_job.file.storage.delete(import_job.file.name)
    process(import_job.pk)
    import_job.refresh_from_db()
    assert (import_job.status, import_job.problems.get().code) == ("failed", "unreadable")


def test_two_schools_import_the_same_500_names_at_the_same_moment(class_6a, other_school, start_worker):
    SchoolClass.objects.create(school=other_school, code="6A")
    rows = [student_row(f"Nom{number // 2}", "Jean", groups=None) for number in range(0, 1000, 2)]
    import_jobs = [deposit(school, rows) for school in (class_6a.school, other_school)]
    start_worker()
    start_worker()
    for import_job in import_jobs:
        dispatch(import_job.pk)
    for import_job in import_jobs:
        assert (wait_for_end(import_job).status, import_job.created_count) == ("done", 500)
    names = Student.objects.values_list("username", flat=True)
    assert len({name.lower() for name in names}) == 1000


@pytest.mark.hard
def test_two_schools_import_5_000_different_names_at_the_same_moment(
    class_6a, other_school, pausing_worker, needs_postgres, tried
):
    """The second is done while the first is still inside the transaction that writes its people."""
    from schools.models import SchoolClass

    def rows_of(first_name):
        names = ("".join(chr(ord("A") + number // 26**place % 26) for place in range(4)) for number in range(5000))
        return [student_row(name, first_name, groups=None) for name in names]

    SchoolClass.objects.create(school=other_school, code="6A")
    first, second = deposit(class_6a.school, rows_of("Jean")), deposit(other_school, rows_of("Paul"))
    worker = pausing_worker("end")
    dispatch(first.pk)
    wait_until(worker.flag.exists, seconds=60, what="le point d'arrêt")
    process(second.pk)
    second.refresh_from_db()
    first.refresh_from_db()
    assert (second.status, second.created_count, first.status) == ("done", 5000, "running")
    worker.flag.unlink()
    assert (wait_for_end(first).status, first.created_count) == ("done", 5000)
    tried("deux écoles importent 5 000 noms différents", "10 000 lignes", "la seconde n'attend pas la première")
