"""Mails kept in files: for their own account's eyes, and for a week."""

import os
import time

import pytest
from django.core import mail

from imports.tasks import clean_up


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "accounts.mail_files.EmailBackend"
    (tmp_path / "uploads").mkdir()
    settings.MAIL_DIR = settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def test_a_mail_is_for_its_own_account_whoever_starts_the_process(folder):
    umask = os.umask(0o022)
    try:
        mail.send_mail("Objet", "le lien", None, ["a@example.org"])
    finally:
        os.umask(umask)
    (written,) = folder.iterdir()
    assert written.stat().st_mode & 0o777 == 0o600
    assert "le lien" in written.read_text()


@pytest.mark.django_db
def test_a_mail_is_destroyed_after_a_week(folder):
    mail.send_mail("Objet", "le lien", None, ["a@example.org"])
    (first,) = folder.iterdir()
    first = first.rename(folder / "first.log")
    mail.send_mail("Objet", "autre lien", None, ["a@example.org"])
    for days, left in ((6.9, 2), (7.1, 1)):
        os.utime(first, (0, time.time() - days * 86400))
        clean_up()
        assert len(list(folder.iterdir())) == left
    assert not first.exists()
