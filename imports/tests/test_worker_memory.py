"""Every bad or odd file through a real worker: each ends, soon, and none makes the worker large."""

from io import BytesIO
from pathlib import Path

import pytest

from imports.deposit import deposit
from imports.models import Import
from imports.tests.harness import wait_until
from imports.tests.test_odd_files import FILES as ODD_FILES
from imports.tests.test_workbook import FILES
from schools.models import SchoolClass

pytestmark = pytest.mark.django_db(transaction=True)


def peaks_below(pid):
    """Return {pid: peak of resident memory in MiB} of a process and all that it started."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        below = " ".join(task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:
        return {}
    peak = status.partition("VmHWM:")[2].split()  # A process that just ended has none.
    peaks = {pid: int(peak[0]) // 1024 if peak else 0}
    for child in below.split():
        peaks |= peaks_below(int(child))
    return peaks


def test_every_file_ends_and_no_worker_grows(school, class_6a, alice, start_worker, settings):
    settings.IMPORT_MAX_UNFINISHED = 1000
    SchoolClass.objects.create(school=school, code="6B")
    expected = {}
    for case in [*FILES, *ODD_FILES]:
        build, kind, limits, code, *_ = case.values
        import_job = deposit(
            BytesIO(build()),
            filename=f"{case.id}.xlsx",
            school=school,
            kind=kind,
            mode="check",  # Each is judged by itself, not by what the one before has created.
            uploaded_by=alice,
        )
        expected[import_job.pk] = code if not limits else None
    odd = {f"{case.id}.xlsx" for case in ODD_FILES}
    assert len(expected) >= 80

    worker = start_worker(concurrency=2)
    largest = {}

    def all_ended():
        for pid, peak in peaks_below(worker.pid).items():
            largest[pid] = max(peak, largest.get(pid, 0))
        return not Import.objects.unfinished().exists()

    wait_until(all_ended, seconds=240, what="la fin de toutes les importations")
    assert 30 < max(largest.values()) < 400
    for import_job in Import.objects.prefetch_related("problems"):
        codes = {problem.code for problem in import_job.problems.all()}
        told = import_job.filename, import_job.status, codes
        assert "unexpected" not in codes, told
        assert import_job.attempts == 1, told
        assert (import_job.finished_at - import_job.started_at).total_seconds() < 20, told
        if expected[import_job.pk]:
            assert (import_job.status, codes) == ("failed", {expected[import_job.pk]}), told
        if import_job.filename in odd:
            assert (import_job.status, import_job.created_count) == ("done", 2), told
