"""What holds for every page: the use of a session is noted, private pages are not cached, a new password may be due."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.recent_password import page_of_referer


class PrivatePagesMiddleware:
    """Keeps what a signed-in person sees out of every cache: school computers are shared, and have a Back button.

    When the session has ended, htmx opens the sign-in page instead of swapping it into the page. Whoever sent a form
    comes back, once signed in, to the page of that form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 302 and is_sign_in(response.url):
            if request.method == "POST" and "next" in parse_qs(urlsplit(response.url).query):
                response = HttpResponseRedirect(sign_in_and_resume(request))
            elif request.htmx:
                response = HttpResponseRedirect(sign_in_then(page_of_htmx(request)))
            return HttpResponseClientRedirect(response.url) if request.htmx else response
        if request.session.accessed and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response


class SessionUseMiddleware:
    """Notes the last use of a session, at most once a minute. A failure to do so is none of the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        if session.accessed and not session.modified and request.user.is_authenticated and response.status_code < 500:
            try:
                touched = session.touch()
            except Error:
                if connection.in_atomic_block:
                    raise
                touched = False  # A full disk.
            if touched and not session.get_expire_at_browser_close():
                response.set_cookie(
                    settings.SESSION_COOKIE_NAME,
                    session.session_key,
                    max_age=session.get_expiry_age(),
                    path=settings.SESSION_COOKIE_PATH,
                    domain=settings.SESSION_COOKIE_DOMAIN,
                    secure=settings.SESSION_COOKIE_SECURE,
                    httponly=True,
                    samesite=settings.SESSION_COOKIE_SAMESITE,
                )
        return response


class ForcedPasswordChangeMiddleware:
    """Sends whoever must change their password to the page that does it."""

    ALLOWED = {"password_change", "sign_out"}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.resolver_match.view_name in self.ALLOWED:
            return None
        if not (request.user.is_authenticated and request.user.must_change_password):
            return None
        response_class = HttpResponseClientRedirect if request.htmx else HttpResponseRedirect
        return response_class(reverse("password_change"))


def is_sign_in(url: str) -> bool:
    return urlsplit(url).path == reverse("sign_in")


def sign_in_and_resume(request: HttpRequest) -> str:
    """Return the sign-in address that leads back to the page of the form, where a message says what happened."""
    page = page_of_htmx(request) if request.htmx else page_of_referer(request) or request.get_full_path()
    return sign_in_then(f"{reverse('resume')}?{urlencode({'next': page})}")


def sign_in_then(address: str) -> str:
    return f"{reverse('sign_in')}?{urlencode({'next': address})}"


def page_of_htmx(request: HttpRequest) -> str:
    """Return the address of the page that htmx was on, not that of the fragment that it asked for."""
    try:
        return request.htmx.current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)
    except ValueError:  # The header holds no address.
        return resolve_url(settings.LOGIN_REDIRECT_URL)
