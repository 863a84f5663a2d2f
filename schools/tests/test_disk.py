"""What stays on the disk of what was deleted, and what a backup shows to others."""

import errno
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, OperationalError, connection

from accounts.models import Teacher
from schools import disk

NAME = "Zéphyrine-Introuvable"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite seulement")
def test_a_deleted_name_is_not_in_the_bytes_of_the_database(school):
    for number in range(50):
        Teacher.objects.create(
            school=school, kind="teacher", username=f"z{number}", last_name=NAME, first_name=f"Prénom{number}"
        )
    stored = [Path(connection.settings_dict["NAME"] + suffix) for suffix in ("", "-wal")]

    def found():
        return sum(path.read_bytes().count(NAME.encode()) for path in stored if path.exists())

    assert found() >= 50
    Teacher.objects.all().delete()
    disk.empty_write_ahead_log()
    assert found() == 0


def test_the_backup_of_the_recipe_is_for_its_own_account(tmp_path):
    recipe = re.search(
        r"## Backups\n\n```sh\n(.*?)```", (django_settings.BASE_DIR / "docs/operations.md").read_text(), re.S
    )
    lines = [line for line in recipe[1].splitlines() if "pg_dump" not in line]
    (tmp_path / "var").mkdir()
    with sqlite3.connect(tmp_path / "var" / "db.sqlite3") as database:
        database.execute("CREATE TABLE people (name)")
    database.close()
    umask = os.umask(0o022)
    try:
        subprocess.run(["sh", "-e", "-c", "\n".join(lines)], cwd=tmp_path, check=True)
    finally:
        os.umask(umask)
    assert (tmp_path / "backup.sqlite3").stat().st_mode & 0o777 == 0o600


def database_error(*, of_the_disk=None, **facts):
    """Return what Django raises for an error of the database's driver that has the attributes `facts`."""
    cause = type("DriverError", (Exception,), facts)()
    cause.__cause__ = of_the_disk
    error = OperationalError("…")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "…"), disk.FULL),
        (OSError(errno.EROFS, "…"), disk.READ_ONLY),
        (OSError(errno.ENOENT, "…"), None),
        (database_error(sqlite_errorname="SQLITE_FULL"), disk.FULL),
        (database_error(sqlite_errorname="SQLITE_READONLY_DIRECTORY"), disk.READ_ONLY),
        (database_error(sqlite_errorname="SQLITE_BUSY"), None),
        (database_error(sqlstate="53100"), disk.FULL),
        (database_error(sqlstate="25006"), disk.READ_ONLY),
        (database_error(sqlstate="40001"), None),
        (database_error(of_the_disk=OSError(errno.EDQUOT, "…")), disk.FULL),
        (None, None),
    ],
)
def test_what_the_disk_refused_is_known_from_any_error(error, sentence):
    assert disk.disk_refusal(error) == sentence


def test_a_directory_that_cannot_be_used_says_why():
    assert disk.trouble_with(OSError(errno.EACCES, "Permission denied")) == disk.READ_ONLY
    assert "Not a directory" in disk.trouble_with(OSError(errno.ENOTDIR, "Not a directory"))


@pytest.mark.django_db
def test_what_a_page_notes_in_passing_is_given_up_when_the_disk_refuses(caplog):
    with disk.unless_disk_refuses("the last visit"):
        raise database_error(sqlstate="53100")
    assert "the last visit: not written" in caplog.text
    with pytest.raises(DatabaseError), disk.unless_disk_refuses("the last visit"):
        raise database_error(sqlstate="40001")
