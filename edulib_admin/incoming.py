"""What a request must be before anything reads it: UTF-8, of a bounded size, with files only where one is expected.

`Gate` stands before Django, which stumbles over some headers before it can answer; `IncomingMiddleware` answers.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string

from imports.upload_limit import FileRefused, body_max_bytes

VERDICT = "edulib.verdict"
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
# LookupError, ValueError: a header of one part of the body names an encoding that Python has not, or has not for text.
UNREADABLE = (MultiPartParserError, BadRequest, SuspiciousOperation, UnreadablePostError, LookupError, ValueError)
PLAIN = re.compile(r"[\x20-\x7e]*")


class Gate:
    """WSGI: leave a refused Content-Type out of what Django sees, with the answer that it deserves beside it."""

    def __init__(self, handler):
        self.handler = handler

    def __call__(self, environ, start_response):
        environ[VERDICT] = verdict(environ)
        if environ[VERDICT]:
            environ["CONTENT_TYPE"] = ""
            environ["CONTENT_LENGTH"] = ""
        return self.handler(environ, start_response)


def verdict(environ: Mapping[str, Any]) -> int:
    """Return the status with which the headers are to be refused, or 0."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit() and len(length) < 19):
        return 400
    if not length and environ.get("HTTP_TRANSFER_ENCODING"):
        return 411  # A body without a size: no browser sends one, and a buffering proxy knows the size.
    return verdict_of_type(environ.get("CONTENT_TYPE") or "")


def verdict_of_type(content_type: str) -> int:
    """Return 415 for any charset but UTF-8, however it is written, 400 for what no browser writes, or 0.

    Cut at every semicolon, quoted or not: that sees each parameter that Django's parser sees, and more.
    """
    if not PLAIN.fullmatch(content_type):
        return 400
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        name, star, _ = name.strip().lower().partition("*")
        if name == "charset" and (star or value.strip(' "').lower() not in ("utf-8", "utf8")):
            return 415
        if star:
            return 400  # RFC 2231: a parameter in pieces, or in a charset of its own.
    return 0


class IncomingMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        status = request.META[VERDICT] if VERDICT in request.META else verdict(request.META)
        if status:
            return error_page(status)
        # None of our cookies looks otherwise, and a database may not even be asked about a NUL.
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if PLAIN.fullmatch(value)}
        request.POST = QueryDict()  # The pages that answer before any view is found have no use for a body.
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Read a submitted form here, under the bounds of its address: whoever comes after finds it read."""
        file_max_bytes = getattr(view, "file_max_bytes", None)
        if int(request.META.get("CONTENT_LENGTH") or 0) > body_max_bytes(file_max_bytes):
            return error_page(413)
        if file_max_bytes:
            # Nothing of a stranger's file is kept; the page that asks to sign in answers as to any other form.
            request.file_max_bytes = file_max_bytes() if request.user.is_authenticated else 0
        try:
            request.encoding = "utf-8"  # It also forgets the POST from above: the next line reads the true one.
            request.POST  # noqa: B018
        except TOO_MUCH:
            return error_page(413)
        except FileRefused:
            return error_page(400, "400_file.html")
        except UNREADABLE:
            return error_page(400)
        return None


def error_page(status: int, template: str | None = None) -> HttpResponse:
    """Return a page in the site's dress that asks nothing of body, database or session."""
    template = template or (f"{status}.html" if status in (413, 415) else "400.html")
    return HttpResponse(render_to_string(template), status=status)
