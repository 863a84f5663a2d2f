import threading
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.models import Count, Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from imports.models import Import, Status
from schools.disk import free_space

SECONDS = 3
# Held by the one probe under way: a database that hangs is not asked again and again.
probing = threading.Lock()


@login_not_required  # Asked by a load balancer or a monitor, and tells nothing about anybody.
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    queue = waiting_within(SECONDS)
    if queue is None:
        return JsonResponse({"status": "failed", "database": "failed", "queue": None}, status=503)
    space = space_left()
    # Still 200: the site works, and a load balancer must not take it out.
    status = "space_short" if space["status"] == "short" else "ok"
    return JsonResponse({"status": status, "database": "ok", "queue": queue, "space": space})


def space_left() -> dict[str, Any]:
    """Return {"status": "ok", "short" or "unknown", "free_bytes", "short_below_bytes"}, of the tightest disk."""
    least = settings.FREE_SPACE_MIN_BYTES
    try:
        free = free_space()
    except OSError:
        return {"status": "unknown", "free_bytes": None, "short_below_bytes": least}
    return {"status": "short" if free < least else "ok", "free_bytes": free, "short_below_bytes": least}


def waiting_within(seconds: float) -> dict[str, int] | None:
    """Return what waits in the queue, or None when the database cannot tell in time.

    Asked from a thread: no time-out of a driver covers a server that accepts and then says nothing.
    """
    if not probing.acquire(timeout=seconds):
        return None
    answer = SimpleQueue()
    threading.Thread(target=probe, args=[answer], daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except Empty:
        return None


def probe(answer: SimpleQueue[dict[str, int] | None]) -> None:
    try:
        answer.put(waiting())
    except Error:
        answer.put(None)
    finally:
        connection.close()
        probing.release()


def waiting() -> dict[str, int]:
    """Return {"pending": how many imports wait, "oldest_seconds": for how long the oldest has}."""
    found = Import.objects.filter(status=Status.PENDING).aggregate(pending=Count("pk"), oldest=Min("created_at"))
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0
    return {"pending": found["pending"], "oldest_seconds": max(0, round(age))}
