"""The way in and the way out."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import devices, throttle
from accounts.forms.signing_in import SignInForm
from accounts.recent_password import mark_password_typed, safe_next
from schools.access import require_safe_or_post


@login_not_required  # It is the way in.
@never_cache
@sensitive_post_parameters()
@require_safe_or_post
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        login(request, form.user)
        mark_password_typed(request.session)
        response = redirect(safe_next(request, default=settings.LOGIN_REDIRECT_URL))
        devices.remember(request, response, form.user)
        return response
    page = render(request, "accounts/sign_in.html", {"form": form, "next": safe_next(request, default="")})
    return throttle.say_when(page, form.refused)


@login_not_required  # After a second click, the session is over already.
@require_safe_or_post
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        logout(request)
    if not request.user.is_authenticated:
        return redirect("sign_in")
    return render(request, "accounts/sign_out.html")
