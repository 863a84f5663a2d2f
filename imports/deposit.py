"""Taking a workbook in: the file on the shared storage and its row in the queue, both or neither."""

import hashlib
import unicodedata
import uuid
from functools import partial

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from . import tasks
from .models import Import


def deposit(file, *, filename, school, kind, mode, uploaded_by, announce=True):
    """Store `file` (binary, open) and return its `Import`, which a worker is told of.

    A file that is already waiting for the same purpose is not taken twice: its import is returned. `announce`:
    False leaves the import to the caller, who runs it himself.
    """
    purpose = {"school": school, "kind": kind, "mode": mode, "digest": digest_of(file)}
    waiting = Import.objects.unfinished().filter(**purpose)
    if twin := waiting.first():
        return twin
    # A name of ours: the user's own could be anything, "../" included.
    stored = default_storage.save(f"{uuid.uuid4()}.xlsx", File(file))
    try:
        with transaction.atomic():
            batch = Import.objects.create(
                **purpose,
                uploaded_by=uploaded_by,
                filename=display_name(filename),
                file=stored,
                announced_at=None if announce else timezone.now(),
            )
    except BaseException as error:
        default_storage.delete(stored)
        # The other click was faster.
        if isinstance(error, IntegrityError) and (twin := waiting.first()):
            return twin
        raise
    if announce:
        transaction.on_commit(partial(tasks.ring, batch.pk), robust=True)
    return batch


def digest_of(file):
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


def display_name(filename):
    """Return the user's name for the file, fit to be shown: no folder, nothing invisible, 255 characters."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rpartition("/")[2]
    # Cc: control characters; Cf: invisible ones, such as those that turn the direction of the text; Cs: halves.
    name = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in name).strip()
    if len(name) > 255:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: 254 - len(extension)]}.{extension}" if dot and len(extension) < 20 else name[:255]
    return name or "sans nom.xlsx"
