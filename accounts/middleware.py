"""What holds for every page: who must change their password does that first; private pages are not kept."""

from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.recent_password import page_of_referer


class PrivatePagesMiddleware:
    """Keep what a signed-in person sees out of every cache: school computers are shared, and have a Back button.

    When the session has ended, it also makes htmx leave the page instead of swapping the sign-in page into it, and
    whoever sent a form comes back, once signed in, to the page that they sent it from.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
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
    """Let a session live on from its last use: one short write a minute at most, and no failure of its own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        session = request.session
        if session.accessed and not session.modified and request.user.is_authenticated and response.status_code < 500:
            try:
                touched = session.touch()
            except Error:
                if connection.in_atomic_block:
                    raise
                touched = False  # A full disk: the page was read all the same.
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
    ALLOWED = {"password_change", "sign_out"}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.resolver_match.view_name in self.ALLOWED:
            return None
        if not (request.user.is_authenticated and request.user.must_change_password):
            return None
        response_class = HttpResponseClientRedirect if request.htmx else HttpResponseRedirect
        return response_class(reverse("password_change"))


def is_sign_in(url):
    return urlsplit(url).path == reverse("sign_in")


def sign_in_and_resume(request):
    """Return the sign-in address that leads to where the form came from, and says there that nothing was done."""
    page = page_of_htmx(request) if request.htmx else page_of_referer(request) or request.get_full_path()
    return sign_in_then(f"{reverse('resume')}?{urlencode({'next': page})}")


def sign_in_then(address):
    return f"{reverse('sign_in')}?{urlencode({'next': address})}"


def page_of_htmx(request):
    """Return the page from which htmx asked, not the fragment that it asked for."""
    try:
        return request.htmx.current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)
    except ValueError:  # What the header says is no address.
        return resolve_url(settings.LOGIN_REDIRECT_URL)
