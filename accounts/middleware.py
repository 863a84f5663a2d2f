"""What holds for every page: who must change their password does that first; private pages are not kept."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect


class PrivatePagesMiddleware:
    """Keep what a signed-in person sees out of every cache: school computers are shared, and have a Back button.

    It also makes htmx leave the page, instead of swapping the sign-in page into it, when the session has ended.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.htmx and response.status_code == 302 and is_sign_in(response.url):
            return HttpResponseClientRedirect(with_page_of(request))
        if request.session.accessed and request.user.is_authenticated:
            add_never_cache_headers(response)
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


def with_page_of(request):
    """Return the sign-in address that comes back to the page from which htmx asked, not to the fragment."""
    try:
        page = request.htmx.current_url_abs_path or reverse("home")
    except ValueError:  # What the header says is no address.
        page = reverse("home")
    return f"{reverse('sign_in')}?{urlencode({'next': page})}"
