"""The page after signing in again, for whoever sent a form when the session had ended."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.recent_password import safe_next


@require_safe
def resume(request: HttpRequest) -> HttpResponse:
    messages.warning(
        request,
        "Votre session était terminée : rien n'a été fait. Vérifiez ce que montre cette page, puis recommencez.",
    )
    return redirect(safe_next(request, default=settings.LOGIN_REDIRECT_URL))
