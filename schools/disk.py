"""A disk that is full or read-only: known from any other error, and said in French.

Reading goes on: what a page only notes in passing is given up (`unless_disk_refuses`), what its user wanted written
becomes a sentence (edulib_admin/errors.py).
"""

import errno
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

FULL = "il n'y a plus de place sur le disque de la plateforme"
READ_ONLY = "le disque de la plateforme n'accepte aucune écriture (lecture seule, ou droits du dossier)"
PHRASES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), FULL),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), READ_ONLY),
}
# PostgreSQL: disk_full, read_only_sql_transaction.
SQL_STATES = {"53100": FULL, "25006": READ_ONLY}
# SQLite's files beside the database cannot be made, or made longer, once the disk is full.
SQLITE_ERRORS = {
    **dict.fromkeys(("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE"), FULL),
    "SQLITE_IOERR_SHMOPEN": FULL,
}
logger = logging.getLogger(__name__)


def disk_refusal(error: BaseException | None) -> str | None:
    """Return why the disk refused to write, in French, if that is what `error` or its cause says; else None."""
    while error is not None:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith("SQLITE_READONLY") or (name.startswith("SQLITE_CANTOPEN") and not is_writable()):
            return READ_ONLY
        if phrase := SQLITE_ERRORS.get(name):
            return phrase
        if phrase := SQL_STATES.get(getattr(error, "sqlstate", None)):
            return phrase
        if isinstance(error, OSError) and (phrase := PHRASES.get(error.errno)):
            return phrase
        error = error.__cause__ or error.__context__
    return None


def is_writable() -> bool:
    """Tell whether SQLite could make its files beside the database: it says only that it cannot open it."""
    return os.access(os.path.dirname(settings.DATABASES["default"]["NAME"]), os.W_OK)


def trouble_with(error: OSError) -> str:
    """Return what an OSError means for a directory that is to be written to, in French."""
    return disk_refusal(error) or f"ce dossier n'est pas utilisable ({error.strerror})"


@contextmanager
def unless_disk_refuses(what: str) -> Iterator[None]:
    """Give up writing `what`, with a line in the log, if the disk refuses it: the page does not depend on it."""
    try:
        with transaction.atomic():
            yield
    except (DatabaseError, OSError) as error:
        if not (reason := disk_refusal(error)):
            raise
        logger.warning("%s: not written, %s", what, reason)


def free_space() -> int:
    """Return the bytes that are left where this installation writes, at the tightest place."""
    return min(
        shutil.disk_usage(place).free for place in (settings.VAR_DIR, settings.UPLOAD_DIR) if os.path.isdir(place)
    )


def empty_write_ahead_log() -> None:
    """Write SQLite's log into the database and cut it: what was deleted still stands in it (`secure_delete`)."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=2000")  # A busy moment: the next hour will do.
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except OperationalError as error:
            logger.warning("write-ahead log not emptied: %s", error)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={1000 * connection.settings_dict['OPTIONS']['timeout']}")
