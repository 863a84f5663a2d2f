"""Two people changed the same thing at once, and the database broke off one of the two: that one is tried again."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# PostgreSQL: deadlock, serialization failure, lock time-out.
SQLSTATES = {"40P01", "40001", "55P03"}
SQLITE_BUSY, SQLITE_LOCKED = 5, 6
SENTENCE = "Quelqu'un modifie les mêmes données en ce moment. Revenez à la page précédente, vérifiez, puis recommencez."

logger = logging.getLogger(__name__)


def is_contention(error: BaseException) -> bool:
    """Tell whether `error` says that another transaction was in the way, and nothing else is wrong."""
    cause = error.__cause__
    if not isinstance(error, OperationalError) or cause is None:
        return False
    if getattr(cause, "sqlstate", None) in SQLSTATES:
        return True
    return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in (SQLITE_BUSY, SQLITE_LOCKED)


class Effects:
    """Notices, as an execute wrapper, whether something that was written has been kept (committed)."""

    def __init__(self):
        self.kept = False

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            transaction.on_commit(self.note)  # At once outside a transaction; never when it is rolled back.
        return result

    def note(self) -> None:
        self.kept = True


class SecondTryMiddleware:
    """Run a submitted form again, once, when contention threw away all that it did; then say so in a sentence.

    Not again when a part of it was kept, or when it brought a file, which has been read.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method != "POST":
            return self.get_response(request)
        request.effects = Effects()
        with connection.execute_wrapper(request.effects):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        request.view = view, args, kwargs
        request.messages_before = len(request._messages._queued_messages)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not is_contention(error):
            return None
        # SQLite has waited half a minute already.
        waited = connection.vendor == "sqlite"
        if request.method == "POST" and not (request.effects.kept or request.FILES or waited):
            logger.warning("contention, trying again: %s", request.resolver_match.view_name)
            # What was announced did not happen.
            del request._messages._queued_messages[request.messages_before :]
            view, args, kwargs = request.view
            try:
                return view(request, *args, **kwargs)
            except OperationalError as again:
                if not is_contention(again):
                    raise
        logger.warning("contention, given up: %s", request.resolver_match.view_name)
        return render(request, "503.html", {"sentence": SENTENCE}, status=503)
