"""Sessions with an owner: “Mon compte” shows them; a click, a new password or disuse ends them.

They are Django's database sessions, extended as its documentation says (AbstractBaseSession). They expire some time
after their last use, which is written once a minute at most.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from accounts.counters import key_of
from accounts.signed_sessions import SignedWhenDiskRefuses

MARK = "signed_in"  # The key, in a session, of where and how its owner signed in.
TOUCH = timedelta(minutes=1)
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


class SessionQuerySet(models.QuerySet):
    def of(self, user: Any) -> Self:
        """The open sessions of `user`, the one used last first."""
        return self.filter(user=user, expire_date__gt=timezone.now()).order_by("-last_used_at", "pk")


class Session(AbstractBaseSession):
    # Without a constraint: a session may be saved while its account is deleted.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, db_constraint=False, related_name="sessions"
    )
    last_used_at = models.DateTimeField(default=timezone.now)

    objects = SessionQuerySet.as_manager()

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore

    @property
    def handle(self) -> str:
        """Its name in pages. Its key must not be shown: it opens the session."""
        return key_of("session", self.session_key)[:24]


class RowStore(DatabaseStore):
    """Django's, with the owner and the last use of each session."""

    used_at = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key):
        # A cookie may hold anything: what cannot be a key is not looked up in the database.
        return super()._validate_session_key(key) and re.fullmatch("[a-z0-9]+", key) is not None

    def _get_session_from_db(self):
        row = super()._get_session_from_db()
        self.used_at = row.last_used_at if row else None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row

    def get_session_cookie_age(self) -> int:
        return self.get(MARK, {}).get("idle_seconds", settings.SESSION_COOKIE_AGE)

    def get_expire_at_browser_close(self) -> bool:
        return self.get(MARK, {}).get("ends_with_browser", True)

    def touch(self) -> bool:
        """Write that the session is used, if TOUCH has passed; return whether it was written."""
        now = timezone.now()
        if self.used_at is None or now - self.used_at < TOUCH:
            return False
        unused = self.model.objects.filter(pk=self.session_key, last_used_at=self.used_at)
        return bool(unused.update(last_used_at=now, expire_date=self.get_expiry_date()))


class SessionStore(SignedWhenDiskRefuses, RowStore):
    pass


def note_sign_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Set how long the session lasts, and what its owner will recognise it by (receives `user_logged_in`)."""
    from accounts.throttle import visitor_address

    is_longer = user.is_staff or user.memberships.exists()
    request.session[MARK] = {
        "since": timezone.now().isoformat(),
        "address": visitor_address(request),
        "agent": summary(request.headers.get("User-Agent", "")),
        "idle_seconds": 60 * (settings.ADMIN_SESSION_MINUTES if is_longer else settings.SESSION_MINUTES),
        "ends_with_browser": not is_longer,
    }


def summary(agent: str) -> str:
    """Return "Firefox, Windows" for the header User-Agent."""
    found = [next((name for sign, name in names if sign in agent), "") for names in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or "Appareil inconnu"


def end_all(pks: Iterable[int], *, but: str | None = None) -> None:
    """End every session of the accounts `pks`, except the one whose key is `but`."""
    Session.objects.filter(user_id__in=pks).exclude(pk=but or "").delete()
