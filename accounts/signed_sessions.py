"""While the disk refuses to write a session, a signed cookie holds it, so that people sign in and read.

Such a session lasts an hour without use, ends with a new password like any other, and becomes a row as soon as one can
be written. Its cookie opens for an hour whatever happens, which is why there is none while there is room.
"""

import logging
import re

from django.contrib.sessions.backends.base import UpdateError
from django.core import signing
from django.db import DatabaseError

from schools.disk import disk_refusal

PREFIX = "signed:"
SECONDS = 3600
SIGNED = re.compile(re.escape(PREFIX) + r"[\w.:=-]+", re.ASCII)
logger = logging.getLogger(__name__)


class SignedWhenDiskRefuses:
    """Mixed into a SessionStore that keeps rows."""

    @property
    def is_signed(self):
        return bool(self.session_key) and self.session_key.startswith(PREFIX)

    def _validate_session_key(self, key):
        return bool(key and SIGNED.fullmatch(key)) or super()._validate_session_key(key)

    def load(self):
        if not self.is_signed:
            return super().load()
        try:
            data = signing.loads(self.session_key.removeprefix(PREFIX), salt=PREFIX, max_age=SECONDS)
            self.modified = True  # To be saved: there may be room again.
            return data
        except signing.BadSignature:
            self._session_key = None
            return {}

    def save(self, must_create=False):
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)
        if self.is_signed:
            self._session_key = self._get_new_session_key()
            must_create = True
        try:
            return super().save(must_create=must_create)
        except (DatabaseError, UpdateError) as error:
            if not (reason := disk_refusal(error)):
                raise
            logger.warning("session kept in a signed cookie: %s", reason)
            self._session_key = PREFIX + signing.dumps(data, salt=PREFIX, compress=True)

    def exists(self, session_key):
        return not session_key.startswith(PREFIX) and super().exists(session_key)

    def delete(self, session_key=None):
        if (session_key or self.session_key or PREFIX).startswith(PREFIX):
            return
        try:
            super().delete(session_key)
        except DatabaseError as error:
            if not (reason := disk_refusal(error)):
                raise
            logger.warning("session not deleted, its cookie is: %s", reason)
