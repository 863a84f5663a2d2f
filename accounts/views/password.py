"""The pages of one's own password: change, forgotten, confirm."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
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
from accounts.models import User
from accounts.recent_password import is_download, mark_password_typed, page_above, safe_next
from schools.access import require_safe_or_post


@sensitive_post_parameters()
@require_safe_or_post
def password_change(request: HttpRequest) -> HttpResponse:
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
def password_confirm(request: HttpRequest) -> HttpResponse:
    form = PasswordConfirmForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        mark_password_typed(request.session)
        address = safe_next(request, default=settings.LOGIN_REDIRECT_URL)
        if is_download(address):
            context = {"download": address, "listed": page_above(address)}
            return render(request, "accounts/password_confirmed.html", context)
        return redirect(address)
    page = render(request, "accounts/password_confirm.html", {"form": form, "next": safe_next(request, default="")})
    return throttle.say_when(page, form.refused)


@login_not_required  # For those who cannot sign in.
@require_safe_or_post
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Answer the same, in the same time, whether the account exists or not: an e-mail to nobody is queued too."""
    form = PasswordForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # Not counted as a try to sign in: asking for an e-mail must not shut anyone out.
        user = form.user()
        if throttle.may_write(request, user, form.cleaned_data["email"]):
            mail.enqueue("password_reset", user=user)
        return redirect("password_reset_sent")
    return render(request, "accounts/password_forgotten.html", {"form": form})


@login_not_required  # For those who cannot sign in.
@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_sent.html")


class ResetByEmail(PasswordResetConfirmView):
    """Django's own handling of the link: valid 24 hours, once, kept out of the Referer header."""

    form_class = ChoosePasswordForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("password_reset_done")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user and user.is_active else None

    def form_valid(self, form: ChoosePasswordForm) -> HttpResponse:
        # Whoever reads the mailbox is the owner: a device cookie keeps the tries of others from stopping them.
        response = super().form_valid(form)
        if self.request.session.get(SESSION_KEY) == str(self.user.pk):
            self.request.session.flush()  # The new password has ended it, as all sessions of this account.
        devices.remember(self.request, response, self.user)
        return response


@login_not_required  # For those who cannot sign in.
@require_safe_or_post
def password_reset_confirm(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    return ResetByEmail.as_view()(request, uidb64=uidb64, token=token)


@login_not_required  # For those who cannot sign in.
@require_safe
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_done.html")
