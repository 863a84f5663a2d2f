"""Device cookies: they show that a browser has signed in to an account before, so that it is no stranger who guesses.

See OWASP, “Slow Down Online Guessing Attacks with Device Cookies”. The cookie names each account by a keyed digest and
gives it a random mark; throttle.py counts the failures of a mark.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from accounts.counters import key_of
from accounts.models import User

NAME = "device"
SECONDS = 180 * 24 * 3600
# Many people sign in on a computer of the library: the cookie keeps the last ones.
MOST = 20


def account_tag(user: User) -> str:
    return key_of("device", user.pk)[:16]


def marks(request: HttpRequest) -> dict[str, str]:
    """Return {account tag: mark} of this browser; nothing from a forged, altered or expired cookie."""
    try:
        pairs = signing.loads(request.COOKIES.get(NAME, ""), salt="accounts.devices", max_age=SECONDS)
        return {str(tag): str(mark) for tag, mark in pairs}
    except (signing.BadSignature, TypeError, ValueError):
        return {}


def mark_of(request: HttpRequest, user: User | None) -> str | None:
    """Return this browser's mark for `user`, or None if it has not signed in to that account before."""
    return marks(request).get(account_tag(user)) if user else None


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Set the cookie: this browser has signed in as `user`; the mark is new."""
    known = marks(request)
    known.pop(account_tag(user), None)
    known[account_tag(user)] = secrets.token_urlsafe(9)
    response.set_cookie(
        NAME,
        signing.dumps(list(known.items())[-MOST:], salt="accounts.devices", compress=True),
        max_age=SECONDS,
        path=reverse("sign_in"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
