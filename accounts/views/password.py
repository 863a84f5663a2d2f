"""Passwords as their owner handles them: change, forgotten, confirm."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import devices, mail, throttle
from accounts.forms.password import (
    ChoosePasswordForm,
    PasswordChangeForm,
    PasswordConfirmForm,
    PasswordForgottenForm,
)
from accounts.recent_password import mark_password_typed, safe_next
from schools.access import require_safe_or_post


@sensitive_post_parameters()
@require_safe_or_post
def password_change(request):
    form = PasswordChangeForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        form.save()
        # This session goes on; those opened elsewhere with the former password end.
        update_session_auth_hash(request, request.user)
        mark_password_typed(request.session)
        messages.success(request, "Votre mot de passe est changé.")
        return redirect(settings.LOGIN_REDIRECT_URL)
    page = render(
        request,
        "accounts/password_change.html",
        {"form": form, "must_change": request.user.must_change_password},
    )
    return throttle.say_when(page, form.refused)


@sensitive_post_parameters()
@require_safe_or_post
def password_confirm(request):
    form = PasswordConfirmForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        mark_password_typed(request.session)
        address = safe_next(request, default=settings.LOGIN_REDIRECT_URL)
        if urlsplit(address).path.endswith("/exporter/"):
            # A download leaves the browser where it is: here, unless we show something else.
            listed = address.replace("/exporter/", "/", 1)
            return render(request, "accounts/password_confirmed.html", {"download": address, "listed": listed})
        return redirect(address)
    page = render(request, "accounts/password_confirm.html", {"form": form, "next": safe_next(request, default="")})
    return throttle.say_when(page, form.refused)


@login_not_required  # For those who cannot sign in.
@require_safe_or_post
def password_forgotten(request):
    """Answer the same, in the same time, whatever was typed: an e-mail to nobody waits and goes as any other."""
    form = PasswordForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # Counted apart from the sign-ins: asking for an e-mail must not shut anyone out.
        user = form.user()
        if throttle.may_write(request, user, form.cleaned_data["email"]):
            mail.enqueue("password_reset", user=user)
        return redirect("password_reset_sent")
    return render(request, "accounts/password_forgotten.html", {"form": form})


@login_not_required  # For those who cannot sign in.
@require_safe
def password_reset_sent(request):
    return render(request, "accounts/password_reset_sent.html")


class ResetByEmail(PasswordResetConfirmView):
    """Django's own handling of the link: valid 24 hours, once, kept out of the Referer header."""

    form_class = ChoosePasswordForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("password_reset_done")

    def get_user(self, uidb64):
        user = super().get_user(uidb64)
        return user if user and user.is_active else None

    def form_valid(self, form):
        # Who reads the mailbox is the owner: those who guess, at this address too, are not in the way any more.
        response = super().form_valid(form)
        if self.request.session.get(SESSION_KEY) == str(self.user.pk):
            self.request.session.flush()  # Ended with all the others of this account.
        devices.remember(self.request, response, self.user)
        return response


@login_not_required  # For those who cannot sign in.
@require_safe_or_post
def password_reset_confirm(request, uidb64, token):
    return ResetByEmail.as_view()(request, uidb64=uidb64, token=token)


@login_not_required  # For those who cannot sign in.
@require_safe
def password_reset_done(request):
    return render(request, "accounts/password_reset_done.html")
