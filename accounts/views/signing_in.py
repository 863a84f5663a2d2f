"""The way in, the way out, and where each role lands."""

from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import devices, throttle
from accounts.forms.signing_in import SignInForm
from accounts.recent_password import mark_password_typed, safe_next
from schools.access import administered_schools, require_safe_or_post


@require_safe
def home(request):
    if request.user.is_staff:
        return redirect("admin:index")
    schools = administered_schools(request.user)[:2]
    if len(schools) == 1:
        return redirect("school_dashboard", schools[0].code)
    return redirect("school_list" if schools else "my_textbooks")


@login_not_required  # It is the way in.
@never_cache
@sensitive_post_parameters()
@require_safe_or_post
def sign_in(request):
    if request.user.is_authenticated:
        return redirect("home")
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        login(request, form.user)
        mark_password_typed(request.session)
        response = redirect(safe_next(request, default="home"))
        devices.remember(request, response, form.user)
        return response
    page = render(request, "accounts/sign_in.html", {"form": form, "next": safe_next(request, default="")})
    return throttle.say_when(page, form.refused)


@login_not_required  # Whoever is out already is welcome to leave again.
@require_safe_or_post
def sign_out(request):
    if request.method == "POST":
        logout(request)
    if not request.user.is_authenticated:
        return redirect("sign_in")
    return render(request, "accounts/sign_out.html")
