"""Pages that ask for the password again when it was typed too long ago."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

SESSION_KEY = "password_typed_at"


def mark_password_typed(session: SessionBase) -> None:
    session[SESSION_KEY] = int(time.time())


def password_is_recent(session: SessionBase) -> bool:
    age = time.time() - session.get(SESSION_KEY, 0)
    return 0 <= age <= settings.PASSWORD_CONFIRMATION_AGE.total_seconds()


def recent_password_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Show `view` to whoever typed their password in the last 10 minutes (setting); the others confirm it first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if password_is_recent(request.session):
            return view(request, *args, **kwargs)
        query = urlencode({"next": page_to_come_back_to(request)})
        response_class = HttpResponseClientRedirect if request.htmx else HttpResponseRedirect
        return response_class(f"{reverse('password_confirm')}?{query}")

    return guarded


def sends_file(view: Callable) -> Callable:
    """Mark a view whose answer is a download: the browser stays where it is, so a page has to be shown there."""
    view.sends_file = True
    return view


def is_download(address: str) -> bool:
    """Tell whether a view that `sends_file` answers at `address`."""
    try:
        return getattr(resolve(urlsplit(address).path).func, "sends_file", False)
    except Resolver404:
        return False


def page_above(address: str) -> str:
    """Return the page that `address` stands below, with the same filters: /eleves/exporter/?classe=6A → /eleves/?…"""
    parts = urlsplit(address)
    return parts._replace(path=parts.path.rstrip("/").rpartition("/")[0] + "/").geturl()


def page_to_come_back_to(request: HttpRequest) -> str:
    """Return the address to open afterwards: this one, or for a submitted form the page that holds it."""
    if request.method in ("GET", "HEAD") and not request.htmx:
        return request.get_full_path()
    return page_of_referer(request) or "/"


def page_of_referer(request: HttpRequest) -> str:
    """Return the page of this site that sent the request, or an empty string."""
    try:
        referer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    return referer._replace(scheme="", netloc="").geturl() if referer.netloc == request.get_host() else ""


def safe_next(request: HttpRequest, *, default: str) -> str:
    """Return the address in `next` if it is one, and of this site, else `default`."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    # Without a slash, `redirect` takes it for the name of a page.
    ours = "/" in address and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours else default
