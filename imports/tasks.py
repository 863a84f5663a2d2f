"""Celery's side: thin shells. Whatever message comes twice, or never, the `Import` rows decide."""

import logging
import uuid
from datetime import timedelta

from celery import shared_task
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import mail_files
from imports import pipeline
from imports.models import Import
from schools import disk

logger = logging.getLogger(__name__)

MESSAGE_SECONDS = 600  # What no worker took by then, the sweep has dispatched again.


@shared_task
def process_import(pk: str) -> None:
    """Wake up for import `pk`: the one whose turn it is may be another school's, which has waited longer."""
    pipeline.process_next()


@shared_task
def sweep() -> None:
    """Dispatch again what was lost or whose worker died; give up on imports that failed too often."""
    for import_job in Import.objects.exhausted():
        pipeline.give_up(import_job)
    for pk in Import.objects.to_dispatch().values_list("pk", flat=True):
        if not dispatch(pk):
            break


@shared_task
def clean_up() -> None:
    """Destroy what has had its time: uploaded workbooks, mails in files (passwords, sessions: accounts.tasks)."""
    for import_job in Import.objects.with_old_file():
        import_job.delete_file()
    delete_orphans()
    mail_files.delete_old()
    disk.empty_write_ahead_log()


def delete_orphans() -> None:
    """Destroy workbooks that no import knows: a process was killed between storing one and writing its row."""
    long_ago = timezone.now() - timedelta(days=1)
    _, stored = default_storage.listdir("")
    for name in set(stored) - set(Import.objects.exclude(file="").values_list("file", flat=True)):
        if name.endswith(".xlsx") and default_storage.get_modified_time(name) < long_ago:
            default_storage.delete(name)


def dispatch(pk: uuid.UUID) -> bool:
    """Tell a worker that import `pk` waits; return whether the broker took the message.

    Never raises: the row is safe, and the sweep tries again. Bounded by the broker's socket time-outs.
    """
    try:
        process_import.apply_async([str(pk)], expires=MESSAGE_SECONDS)
        Import.objects.filter(pk=pk).update(dispatched_at=timezone.now())
    except Exception as error:
        logger.warning("import %s: not dispatched (%s), the sweep will", pk, type(error).__name__)
        return False
    return True
