"""Writes e-mails into `var/mail/`, where there is no mail server. The files are private and kept for a week."""

import os
import time
from pathlib import Path

from django.conf import settings
from django.core.mail.backends import filebased


class EmailBackend(filebased.EmailBackend):
    def open(self) -> bool:
        """Open the file of this connection, with mode 0600 whatever the umask: a link in an e-mail opens an account."""
        if self.stream is not None:
            return False
        descriptor = os.open(self._get_filename(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)
        self.stream = os.fdopen(descriptor, "ab")
        return True


def delete_old() -> None:
    """Delete the e-mails that are older than MAIL_FILE_DAYS (setting)."""
    long_ago = time.time() - settings.MAIL_FILE_DAYS * 24 * 3600
    for path in Path(settings.MAIL_DIR).glob("*.log"):
        if path.stat().st_mtime < long_ago:
            path.unlink(missing_ok=True)
