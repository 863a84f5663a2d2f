"""One import from claim to outcome: the steps in their order, and what is recorded when one fails."""

import contextlib
import gc
import logging
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, InterfaceError, OperationalError

from imports.columns import layout_for
from imports.forecast import forecast
from imports.models import Import, LeaseLost, Mode
from imports.steps.apply import apply_plan
from imports.steps.checks import RowChecker
from imports.steps.other_kind import refuse_other_kind
from imports.steps.person import Person
from imports.steps.plan import Plan, make_plan
from imports.tables import guard
from imports.tables.problems import ERROR, Problem, Refused
from schools.contention import is_contention
from schools.models import code_key
from schools.turns import turn

logger = logging.getLogger(__name__)

WRITE_ATTEMPTS = 5
UNEXPECTED = (
    "L'importation s'est arrêtée sur une erreur inattendue ; rien n'a été modifié. Réessayez, puis écrivez à "
    "l'assistance avec la référence {pk}."
)
EXHAUSTED = (
    "L'importation a été interrompue plusieurs fois ; rien n'a été modifié. Déposez de nouveau votre fichier, un peu "
    "plus tard."
)
TOO_SLOW = (
    "L'importation a duré trop longtemps ; rien n'a été modifié. Partagez la liste en plusieurs fichiers, puis "
    "déposez-les l'un après l'autre."
)
FILE_LOST = "Le fichier déposé n'est plus disponible ; rien n'a été modifié. Déposez-le de nouveau."


def process(pk: uuid.UUID | str) -> None:
    """Claim import `pk` and run it to its end in this process. Does nothing if it is not to be had."""
    if import_job := Import.objects.claim(pk):
        process_claimed(import_job)


def process_next() -> None:
    """Do the same for the import whose turn it is, if one waits."""
    if import_job := Import.objects.claim_next():
        process_claimed(import_job)


def process_claimed(import_job: Import) -> None:
    try:
        if problems := why_it_stopped(import_job):
            import_job.end(problems)
    except LeaseLost:
        logger.warning("import %s: taken over by another worker", import_job.pk)


def why_it_stopped(import_job: Import) -> list[Problem]:
    """Run the import to its end; return what to tell of one that stopped before. Raises LeaseLost."""
    pk = import_job.pk
    try:
        with rare_collections():
            run(import_job)
    except LeaseLost:
        raise
    except Refused as refused:
        return refused.problems
    except (OperationalError, InterfaceError):
        # The database is in trouble, not the file: the lease runs out and the sweep dispatches it again.
        logger.exception("import %s: database trouble, attempt %s", pk, import_job.attempts)
    except SoftTimeLimitExceeded:
        logger.warning("import %s: stopped after %s s", pk, settings.CELERY_TASK_SOFT_TIME_LIMIT)
        return [Problem(None, "", "", "interrupted", TOO_SLOW)]
    except Exception as error:
        # What a constraint refused is somebody's name or e-mail: PostgreSQL would put it into the log.
        logger.error(
            "import %s: unexpected %s", pk, type(error).__name__, exc_info=not isinstance(error, IntegrityError)
        )
        return [Problem(None, "", "", "unexpected", UNEXPECTED.format(pk=pk))]
    return []


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for garbage rarely: what an import makes lives until its end. Saves up to a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.collect(1)  # The young ones: accounts and their initial passwords point at each other.


def run(import_job: Import) -> None:
    """Read, check, plan and write; look again where somebody else changed the school in between."""
    sheet = read(import_job)
    import_job.heartbeat(30)
    for attempt in range(1, WRITE_ATTEMPTS + 1):
        people, problems = check(import_job, sheet)
        import_job.heartbeat(90)
        if import_job.mode == Mode.CHECK or has_errors(problems):
            return report(import_job, people, problems)
        try:
            return write(import_job, people, problems)
        except (IntegrityError, OperationalError) as error:
            # Somebody took an identifiant or an e-mail, or deleted a class or a group, between our reading and our
            # writing, or writes the same as we do.
            if attempt == WRITE_ATTEMPTS or (isinstance(error, OperationalError) and not is_contention(error)):
                raise
            logger.info("import %s: overtaken by another change, checking again", import_job.pk)


def read(import_job: Import) -> guard.Sheet:
    """Return the guard.Sheet of the uploaded file."""
    with local_path(import_job.file.name) as path:
        return guard.read(
            path,
            layout_for(import_job.kind),
            max_rows=settings.IMPORT_MAX_ROWS,
            max_bytes=settings.IMPORT_MAX_BYTES,
            max_unpacked_bytes=settings.IMPORT_MAX_UNPACKED_BYTES,
            filename=import_job.filename,
            may_name=lambda sheet: import_job.school.schoolclass_set.filter(code_key=code_key(sheet)).exists(),
            on_wait=lambda: import_job.heartbeat(10),
        )


@contextmanager
def local_path(name: str | None) -> Iterator[str]:
    """Yield the path of an uploaded file; that of a passing copy only where the storage holds it elsewhere.

    A worker that is killed leaves its copy behind, with everybody's names.
    """
    if not name or not default_storage.exists(name):
        raise Refused(Problem(None, "", "", "unreadable", FILE_LOST))
    try:
        path = default_storage.path(name)
    except NotImplementedError:
        path = ""
    if os.path.isfile(path):  # Django's storage in memory names paths where nothing is.
        yield path
        return
    with default_storage.open(name) as uploaded, tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
        for chunk in uploaded.chunks():
            copy.write(chunk)
        copy.flush()
        yield copy.name


def check(import_job: Import, sheet: guard.Sheet) -> tuple[list[Person], list[Problem]]:
    """Return (people, problems): the rows that are right by themselves, and everything to tell so far.

    Raises Refused for what is not the list that it is taken for.
    """
    school = import_job.school
    checker = RowChecker(
        import_job.kind,
        classes={code_key(code): pk for pk, code in school.schoolclass_set.order_by().values_list("pk", "code")},
        groups={code_key(code): pk for pk, code in school.group_set.order_by().values_list("pk", "code")},
    )
    people = [person for person in map(checker.check, sheet.rows) if person]
    refuse_other_kind(school, import_job.kind, sheet, people, checker.classes)
    return people, sheet.all_problems(checker.problems)


def report(import_job: Import, people: list[Person], problems: list[Problem]) -> None:
    """Tell what an import would do, or all that is wrong with its file: one round of corrections, not two."""
    plan = plan_of(import_job, people)
    problems = [*problems, *plan.problems]
    if not has_errors(problems):
        problems += forecast(import_job.school, import_job.kind, plan)
    import_job.end(problems, **plan.counts)


def write(import_job: Import, people: list[Person], problems: list[Problem]) -> None:
    """Plan when it is our turn at the school, and write people and outcome together."""
    with turn(import_job.school_id):
        import_job.lock()
        plan = plan_of(import_job, people)
        if not plan.errors:
            apply_plan(import_job, plan)
        import_job.end([*problems, *plan.problems], **plan.counts)


def plan_of(import_job: Import, people: list[Person]) -> Plan:
    return make_plan(import_job.school, import_job.kind, people, uploader=import_job.uploaded_by)


def give_up(import_job: Import) -> None:
    """Fail an import that was attempted too often, unless a worker has ended it meanwhile."""
    with contextlib.suppress(LeaseLost):
        import_job.end([Problem(None, "", "", "interrupted", EXHAUSTED)], held=Import.objects.exhausted())


def has_errors(problems: list[Problem]) -> bool:
    return any(problem.severity == ERROR for problem in problems)
