"""One's own e-mail: the form that changes it, and the link that confirms it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from accounts import email_change, throttle
from accounts.forms.email import EmailForm
from schools.access import require_safe_or_post


@sensitive_post_parameters("current_password")
@require_safe_or_post
def email_edit(request: HttpRequest) -> HttpResponse:
    form = EmailForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_bound and form.is_valid() and (done := form.save()):
        messages.success(request, done)
        return redirect("email_edit")
    page = render(request, "accounts/email_edit.html", {"form": form})
    return throttle.say_when(page, form.refused)


@require_safe_or_post
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then confirm: a mail filter or a preview may open the link too."""
    address = email_change.address_of(token, request.user)
    if address and request.method == "POST":
        try:
            email_change.change(request.user, address, confirmed=True)
        except email_change.EmailTaken:
            messages.error(request, "Cet e-mail est entre-temps celui d'un autre compte.")
        else:
            messages.success(request, f"L'adresse {address} est confirmée.")
        return redirect("email_edit")
    return render(request, "accounts/email_confirm.html", {"address": address}, status=200 if address else 410)
