"""Some pages ask for the password again when it was typed too long ago."""

import time
from functools import wraps
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

SESSION_KEY = "password_typed_at"


def mark_password_typed(session):
    session[SESSION_KEY] = int(time.time())


def password_is_recent(session):
    age = time.time() - session.get(SESSION_KEY, 0)
    return 0 <= age <= settings.PASSWORD_CONFIRMATION_AGE.total_seconds()


def recent_password_required(view):
    """Send to the confirmation page, and back, whoever typed their password over 10 minutes ago (setting)."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if password_is_recent(request.session):
            return view(request, *args, **kwargs)
        query = urlencode({"next": page_to_come_back_to(request)})
        response_class = HttpResponseClientRedirect if request.htmx else HttpResponseRedirect
        return response_class(f"{reverse('password_confirm')}?{query}")

    return guarded


def page_to_come_back_to(request):
    """Return the address to open afterwards: a submitted form cannot be replayed, its page can be shown again."""
    if request.method in ("GET", "HEAD") and not request.htmx:
        return request.get_full_path()
    return page_of_referer(request) or "/"


def page_of_referer(request):
    """Return the page of ours that the request was sent from, or an empty string."""
    try:
        referer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    return referer._replace(scheme="", netloc="").geturl() if referer.netloc == request.get_host() else ""


def safe_next(request, *, default):
    """Return the address asked for by `next` if it is one of ours, else `default`."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours else default
