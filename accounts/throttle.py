"""Guessing is slow: after too many failures for one name from one address, both wait.

Counted per name *and* address, so that neither one pupil's failures nor a stranger's shut out a whole school that
shares one address. Without a cache nobody is kept from signing in.
"""

import hashlib
import logging

from django.conf import settings
from django.core.cache import cache

LIMIT = 10
SECONDS = 5 * 60
MESSAGE = "Trop d'essais en peu de temps. Attendez cinq minutes, puis essayez de nouveau."
logger = logging.getLogger(__name__)


def visitor_address(request):
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def key_for(request, login):
    # Hashed: no personal data in the cache, no odd characters in its keys.
    text = f"{login.strip().lower()}\n{visitor_address(request)}"
    return "sign-in:" + hashlib.sha256(text.encode()).hexdigest()


def may_try(request, login):
    """Count one attempt, before it is made, and tell whether it may be made at all."""
    key = key_for(request, login)
    try:
        if cache.get(key, 0) >= LIMIT:
            return False  # Uncounted: the wait does not begin anew.
        cache.add(key, 0, SECONDS)
        # Adds and reads in one step: many attempts at the same moment count as many.
        return cache.incr(key) <= LIMIT
    except ValueError:
        pass  # Forgotten between the two lines.
    except Exception:
        logger.exception("sign-in attempts are not counted: the cache does not answer")
    return True


def forget(request, login):
    """Forget the failures: the right password came."""
    try:
        cache.delete(key_for(request, login))
    except Exception:
        logger.exception("sign-in attempts are not forgotten: the cache does not answer")
