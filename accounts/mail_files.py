"""E-mails of an installation without a mail server: files of `var/mail/`, for its own account's eyes, for a week."""

import os
import time
from pathlib import Path

from django.conf import settings
from django.core.mail.backends import filebased


class EmailBackend(filebased.EmailBackend):
    def open(self):
        """Open the file of this connection, 0600 whatever the umask: an e-mail may hold the way into an account."""
        if self.stream is not None:
            return False
        descriptor = os.open(self._get_filename(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)
        self.stream = os.fdopen(descriptor, "ab")
        return True


def delete_old():
    """Destroy the e-mails that are older than the setting MAIL_FILE_DAYS."""
    long_ago = time.time() - settings.MAIL_FILE_DAYS * 24 * 3600
    for path in Path(settings.MAIL_DIR).glob("*.log"):
        if path.stat().st_mtime < long_ago:
            path.unlink(missing_ok=True)
