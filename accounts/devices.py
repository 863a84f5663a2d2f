"""Device cookies: a browser that has signed in to an account before is told apart from strangers who guess.

After OWASP's “Slow Down Online Guessing Attacks with Device Cookies”. The cookie names accounts by a keyed digest and
gives each a random mark, whose failures are counted (throttle.py).
"""

import secrets

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.counters import key_of

NAME = "device"
SECONDS = 180 * 24 * 3600
# A computer of the library is many people's: the last ones of them are remembered.
MOST = 20


def account_tag(user):
    return key_of("device", user.pk)[:16]


def marks(request):
    """Return {account tag: mark} of this browser; nothing of what was made up, altered or is too old."""
    try:
        pairs = signing.loads(request.COOKIES.get(NAME, ""), salt="accounts.devices", max_age=SECONDS)
        return {str(tag): str(mark) for tag, mark in pairs}
    except (signing.BadSignature, TypeError, ValueError):
        return {}


def mark_of(request, user):
    """Return this browser's mark for `user`, or None if it has not signed in to that account before."""
    return marks(request).get(account_tag(user)) if user else None


def remember(request, response, user):
    """Tell the browser that it has signed in to the account of `user`, with a new mark."""
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
