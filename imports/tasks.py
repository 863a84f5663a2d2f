"""Celery's side: thin shells. Whatever is rung twice, or never, the `Import` rows decide."""

import logging
from datetime import timedelta

from celery import shared_task
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import mail_files
from imports import pipeline
from imports.models import Import
from schools import disk

logger = logging.getLogger(__name__)

BELL_SECONDS = 600  # What nobody heard by then, the sweep has rung again.


@shared_task
def process_import(pk):
    """Wake up for import `pk`: the one whose turn it is may be another school's, which has waited longer."""
    pipeline.process_next()


@shared_task
def sweep():
    """Ring again for imports whose bell was lost or whose worker died; give up on those that failed too often."""
    for batch in Import.objects.exhausted():
        pipeline.give_up(batch)
    for pk in Import.objects.to_ring().values_list("pk", flat=True):
        if not ring(pk):
            break


@shared_task
def clean_up():
    """Destroy what has had its time: uploaded workbooks, mails in files (passwords, sessions: accounts.tasks)."""
    for batch in Import.objects.with_old_file():
        batch.delete_file()
    delete_orphans()
    mail_files.delete_old()
    disk.empty_write_ahead_log()


def delete_orphans():
    """Destroy workbooks that no import knows: a process was killed between storing one and writing its row."""
    long_ago = timezone.now() - timedelta(days=1)
    _, stored = default_storage.listdir("")
    for name in set(stored) - set(Import.objects.exclude(file="").values_list("file", flat=True)):
        if name.endswith(".xlsx") and default_storage.get_modified_time(name) < long_ago:
            default_storage.delete(name)


def ring(pk):
    """Tell a worker that import `pk` waits; return whether the broker took the message.

    Never raises: the row is safe, and the sweep rings again. Bounded by the broker's socket time-outs.
    """
    try:
        process_import.apply_async([str(pk)], expires=BELL_SECONDS)
        Import.objects.filter(pk=pk).update(announced_at=timezone.now())
    except Exception as error:
        logger.warning("import %s: not announced (%s), the sweep will ring", pk, type(error).__name__)
        return False
    return True
