"""No school makes another wait: whose import a free worker takes, and how many a school may have."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from imports import pipeline, tasks
from imports.deposit import NotTaken
from imports.deposit import deposit as take_in
from imports.models import SMALL_BYTES, Import
from imports.tests.harness import wait_until
from imports.tests.sheets import deposit, student_row, workbook_bytes
from imports.tests.test_worst_xml import WORST
from schools.models import SchoolClass

pytestmark = pytest.mark.django_db(transaction=True)


def waiting(school, **values):
    return Import.objects.create(school=school, kind="student", filename="a.xlsx", **values)


def claimed():
    """Claim until nothing waits; return the imports in the order in which they were given out."""
    return list(iter(Import.objects.claim_next, None))


def in_threads(count, act):
    """Call `act(number)` for each number below `count`, 20 at a time; return the answers."""

    def apart(number):
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(apart, range(count)))


def test_the_school_served_least_recently_is_next(school, other_school):
    first, second, third = (waiting(school) for _ in range(3))
    other = waiting(other_school)
    assert claimed() == [first, other, second, third]


def test_checks_and_small_files_before_large_ones_of_the_same_school(school):
    large = waiting(school, size=SMALL_BYTES + 1)
    check = waiting(school, size=SMALL_BYTES + 1, mode="check")
    small = waiting(school, size=10)
    assert claimed() == [check, small, large]


def test_what_runs_or_failed_too_often_is_not_given_out(school):
    now = timezone.now()
    waiting(school, status="running", lease_until=now + timedelta(minutes=1))
    waiting(school, attempts=5)
    waiting(school, status="done", finished_at=now)
    lost = waiting(school, status="running", lease_until=now - timedelta(seconds=1), attempts=1)
    assert claimed() == [lost]
    lost.refresh_from_db()
    assert (lost.status, lost.attempts) == ("running", 2)


def test_many_workers_at_once_take_each_once_and_in_turn(school, other_school):
    for _ in range(20):
        waiting(school)
    for _ in range(20):
        waiting(other_school)
    taken = in_threads(60, lambda number: Import.objects.claim_next())
    assert (
        len([import_job for import_job in taken if import_job])
        == len({import_job.pk for import_job in taken if import_job})
        == 40
    )
    turns = list(Import.objects.order_by("started_at").values_list("school_id", flat=True))
    assert all(set(pair) == {school.pk, other_school.pk} for pair in zip(turns[::2], turns[1::2], strict=True))


def test_a_row_that_is_being_written_holds_nobody_up(school, other_school, needs_postgres):
    held = waiting(school, status="running", lease_until=timezone.now() - timedelta(seconds=1))
    free = waiting(other_school)
    with transaction.atomic():
        Import.objects.select_for_update().get(pk=held.pk)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lambda: [claimed(), connection.close()]).result(timeout=10)[0] == [free]


def test_whose_turn_it_is_stands_in_an_index(school):
    waiting(school)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        explained = Import.objects.claimable().in_turn().explain()
    assert "import_served" in explained


def test_whatever_message_woke_the_worker(school, class_6a, other_school):
    SchoolClass.objects.create(school=other_school, code="6A")
    first = deposit(school, [student_row("Martin", "Zoé")])
    second = deposit(school, [student_row("Petit", "Léo")])
    other = deposit(other_school, [student_row("Roux", "Ana")])
    for _ in range(2):
        tasks.process_import(str(second.pk))
    for import_job, status in ((first, "done"), (other, "done"), (second, "pending")):
        import_job.refresh_from_db()
        assert import_job.status == status


def test_the_command_line_keeps_its_own_import(school, class_6a, tmp_path, monkeypatch):
    path = tmp_path / "eleves.xlsx"
    path.write_bytes(workbook_bytes([student_row("Martin", "Zoé")]))
    real, during = pipeline.read, []

    def read(import_job):
        during.append(Import.objects.claim_next())
        return real(import_job)

    monkeypatch.setattr(pipeline, "read", read)
    out = StringIO()
    call_command("import_users", str(path), school=school.code, kind="students", stdout=out)
    assert "Terminé" in out.getvalue()
    assert during == [None]
    assert Import.objects.get().attempts == 1


def test_the_command_line_that_was_killed_leaves_its_import_to_the_workers(school):
    import_job = take_in(
        BytesIO(workbook_bytes([])),
        filename="a.xlsx",
        school=school,
        kind="student",
        mode="import",
        uploaded_by=None,
        run_here=True,
    )
    assert claimed() == []
    Import.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert list(Import.objects.to_dispatch()) == claimed() == [import_job]


@pytest.mark.hard
def test_a_school_has_at_most_20_unfinished_imports(as_alice, school, other_school, charlie, broker, tmp_path, tried):
    """200 at once: exactly 20 taken, 180 refused; another school's is taken."""
    content = workbook_bytes([student_row("Martin", "Zoé")])
    cookies = as_alice.cookies

    def upload(number):
        client = Client()
        client.cookies = cookies
        file = SimpleUploadedFile("eleves.xlsx", content + bytes([number]))
        return client.post(f"/etablissements/{school.code}/eleves/importer/", {"file": file, "action": "import"})

    answers = in_threads(200, upload)
    assert sorted(answer.status_code for answer in answers) == [302] * 20 + [429] * 180
    assert Import.objects.count() == 20
    assert len(list((tmp_path / "uploads").iterdir())) == 20
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert "a déjà 20 importations en cours ou en attente" in refused.content.decode()

    as_alice.force_login(charlie)
    file = SimpleUploadedFile("eleves.xlsx", content)
    answer = as_alice.post(f"/etablissements/{other_school.code}/eleves/importer/", {"file": file, "action": "import"})
    assert answer.status_code == 302
    tried("fichiers déposés à la fois pour un établissement", 200, "20 pris, 180 refusés d'une phrase (429)")


def test_one_too_many_on_the_command_line_and_after_a_check(as_alice, school, tmp_path, settings):
    settings.IMPORT_MAX_UNFINISHED = 1
    waiting(school)
    path = tmp_path / "eleves.xlsx"
    path.write_bytes(workbook_bytes([]))
    with pytest.raises(CommandError, match="déjà 1 importation"):
        call_command("import_users", str(path), school=school.code, kind="students")
    checked = deposit(school, [], mode="check")
    Import.objects.filter(pk=checked.pk).update(status="done", finished_at=timezone.now())
    answer = as_alice.post(f"/etablissements/{school.code}/imports/{checked.pk}/importer/", follow=True)
    assert "déjà 1 importation" in answer.content.decode()


def test_an_installation_from_before_keeps_what_waits(school):
    import_job = deposit(school, [])
    executor = MigrationExecutor(connection)
    executor.migrate([("imports", "0003_import_waits_once")])
    MigrationExecutor(connection).migrate(executor.loader.graph.leaf_nodes())
    assert claimed() == [import_job]


# --- With real workers --------------------------------------------------------------------------------------
def content_of(number, rows):
    """Return a workbook of names that nobody takes for one another, in this file or in the next."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    names = (hashlib.md5(f"{number}/{row}".encode()).hexdigest()[:14].translate(letters) for row in range(rows))
    return workbook_bytes([student_row(name.capitalize(), "Prénom") for name in names])


def upload(school, content):
    return take_in(BytesIO(content), filename="a.xlsx", school=school, kind="student", mode="import", uploaded_by=None)


def wait_for(*import_jobs, seconds=120):
    """Wait until all have ended; return when each did."""
    mine = Import.objects.filter(pk__in=[import_job.pk for import_job in import_jobs])
    wait_until(lambda: not mine.unfinished().exists(), seconds=seconds, what="la fin des importations")
    return list(mine.values_list("finished_at", flat=True))


HOSTILE = [
    *("errors, placed", "t=e in text", "t=e in formulas", "workbook, nested", "sheets", "formulas without value"),
    *("r= far, filled", "t=e, cells", "t=e, empty cells", "formulas without end", "r= far, empty", "nested"),
]


def long_files(count, rows):
    return [content_of(number, rows) for number in range(count)]


def hostile_files():
    """Workbooks of 10 MiB that cost the reader most (test_worst_xml.py)."""
    return [WORST[name]() for name in HOSTILE]


@pytest.mark.hard
@pytest.mark.parametrize(
    ("build", "what", "ended"),
    [
        (lambda: long_files(20, 100), "20 fichiers de 100 lignes", {"done"}),
        (lambda: long_files(3, 3_000), "3 fichiers de 3 000 lignes", {"done"}),
        (hostile_files, "12 fichiers hostiles de 10 Mio", {"done", "failed"}),
    ],
    ids=["many", "long", "hostile"],
)
def test_a_school_with_much_to_do_makes_no_other_wait(
    school, class_6a, other_school, start_worker, tried, build, what, ended
):
    """Files of one school, many, long or hostile, then one of another: twice its own time, plus what was running."""
    SchoolClass.objects.create(school=other_school, code="6A")
    contents = build()
    mine, again = (content_of(f"b{number}", 100) for number in range(2))
    start_worker(concurrency=2)

    first = upload(other_school, mine)
    wait_for(first)
    first.refresh_from_db()
    alone = (first.finished_at - first.created_at).total_seconds()
    busy = [upload(school, content) for content in contents]
    wait_until(lambda: Import.objects.filter(status="running").count() == 2, what="deux ouvriers occupés")
    late = upload(other_school, again)
    running = list(Import.objects.filter(school=school, status="running"))
    wait_for(late)
    late.refresh_from_db()
    waited = (late.finished_at - max([late.created_at, *wait_for(*running)])).total_seconds()
    assert waited <= 2 * alone + 1, (waited, alone)
    before = Import.objects.filter(school=school, started_at__gt=late.created_at, started_at__lt=late.started_at)
    assert before.count() <= 1, "claimed in the same instant, at most"
    wait_for(*busy)
    assert set(Import.objects.values_list("status", "attempts")) == {(status, 1) for status in ended}
    tried(
        f"{what} d'un établissement, puis un d'un autre, deux ouvriers",
        f"{len(contents) + 1} importations",
        f"l'autre est finie {(late.finished_at - late.created_at).total_seconds():.1f} s après son dépôt "
        f"(seule : {alone:.1f} s), avant {len(contents) - len(running) - before.count()} de celles qui attendaient",
    )


def test_a_refusal_leaves_no_file(school, settings, tmp_path):
    settings.IMPORT_MAX_UNFINISHED = 0
    with pytest.raises(NotTaken):
        take_in(BytesIO(b"PK"), filename="a", school=school, kind="student", mode="import", uploaded_by=None)
    assert not (tmp_path / "uploads").exists()
