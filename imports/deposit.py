"""Taking a workbook in: the file on the shared storage and its row in the queue, both or neither."""

import contextlib
import hashlib
import unicodedata
import uuid
from functools import partial
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.models import User
from imports import tasks
from imports.models import Import, lock_queue, new_lease
from schools.disk import disk_refusal
from schools.models import School

LATER = "Rien n'a été modifié. Prévenez l'assistance, et réessayez plus tard."


class NotTaken(Exception):
    """The file cannot be taken now; says why in French. `status`: of HTTP."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def deposit(
    file: BinaryIO,
    *,
    filename: str,
    school: School,
    kind: str,
    mode: str,
    uploaded_by: User | None,
    run_here: bool = False,
) -> Import:
    """Store `file` (binary, open) and return its `Import`, which a worker is told of.

    A file that is already waiting for the same purpose is not taken twice: its import is returned. `run_here`: this
    process claims the import (`claimed_here`) and runs it; no worker is told. Raises NotTaken.
    """
    purpose = {"school": school, "kind": kind, "mode": mode, "digest": digest_of(file)}
    waiting = Import.objects.unfinished().filter(**purpose)
    if duplicate := waiting.first():
        return duplicate
    refuse_too_many(school)  # Before anything is stored.
    # A name of ours: the user's own could be anything, "../" included.
    stored = f"{uuid.uuid4()}.xlsx"
    try:
        stored = default_storage.save(stored, File(file))
        with transaction.atomic():
            lock_queue(school.pk)  # Many uploads at the same moment count as many.
            refuse_too_many(school)
            import_job = Import.objects.create(
                **purpose,
                uploaded_by=uploaded_by,
                filename=display_name(filename),
                file=stored,
                size=default_storage.size(stored),
                **({**new_lease(), "attempts": 1} if run_here else {}),
            )
    except BaseException as error:
        with contextlib.suppress(OSError):
            default_storage.delete(stored)  # Half of it, maybe.
        # The other click was faster.
        if isinstance(error, IntegrityError) and (duplicate := waiting.first()):
            return duplicate
        if reason := disk_refusal(error):
            raise NotTaken(f"Votre fichier n'a pas pu être enregistré : {reason}. {LATER}", 507) from error
        raise
    import_job.claimed_here = run_here
    if not run_here:
        transaction.on_commit(partial(tasks.dispatch, import_job.pk), robust=True)
    return import_job


def refuse_too_many(school: School) -> None:
    """Raise NotTaken if the school has as many unfinished imports as it may."""
    if Import.objects.unfinished().filter(school=school).count() >= settings.IMPORT_MAX_UNFINISHED:
        raise NotTaken(
            f"Votre établissement a déjà {settings.IMPORT_MAX_UNFINISHED} importations en cours ou en attente : "
            "attendez que l'une d'elles soit terminée, puis déposez de nouveau ce fichier.",
            429,
        )


def digest_of(file: BinaryIO) -> str:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


def display_name(filename: str) -> str:
    """Return the user's name for the file, fit to be shown: no folder, nothing invisible, 255 characters."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rpartition("/")[2]
    # Cc: control characters; Cf: invisible ones, such as those that turn the direction of the text; Cs: halves.
    name = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in name).strip()
    if len(name) > 255:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: 254 - len(extension)]}.{extension}" if dot and len(extension) < 20 else name[:255]
    return name or "sans nom.xlsx"
