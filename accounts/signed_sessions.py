"""Keeps a session in a signed cookie while the disk is full, so that people can still sign in and read.

Such a session lasts one hour from its last use, or until a new password. It becomes a row as soon as the disk accepts
one: unlike a row, a signed cookie cannot be ended before its hour is over.
"""

import logging
import re
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.core import signing
from django.db import DatabaseError

from schools.disk import disk_refusal

PREFIX = "signed:"
SECONDS = 3600
SIGNED = re.compile(re.escape(PREFIX) + r"[\w.:=-]+", re.ASCII)
logger = logging.getLogger(__name__)


class SignedWhenDiskRefuses:
    """A mixin for a SessionStore that keeps rows."""

    @property
    def is_signed(self) -> bool:
        return bool(self.session_key) and self.session_key.startswith(PREFIX)

    def _validate_session_key(self, key):
        return bool(key and SIGNED.fullmatch(key)) or super()._validate_session_key(key)

    def load(self) -> dict[str, Any]:
        if not self.is_signed:
            return super().load()
        try:
            data = signing.loads(self.session_key.removeprefix(PREFIX), salt=PREFIX, max_age=SECONDS)
            self.modified = True  # Have it saved: the disk may accept a row again.
            return data
        except signing.BadSignature:
            self._session_key = None
            return {}

    def save(self, must_create: bool = False) -> None:
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

    def exists(self, session_key: str) -> bool:
        return not session_key.startswith(PREFIX) and super().exists(session_key)

    def delete(self, session_key: str | None = None) -> None:
        if (session_key or self.session_key or PREFIX).startswith(PREFIX):
            return
        try:
            super().delete(session_key)
        except DatabaseError as error:
            if not (reason := disk_refusal(error)):
                raise
            logger.warning("session not deleted, its cookie is: %s", reason)
