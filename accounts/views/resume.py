"""Where a form that was sent after the session had ended leads, once its user has signed in again."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.recent_password import safe_next


@require_safe
def resume(request):
    messages.warning(
        request,
        "Votre session était terminée : rien n'a été fait. Vérifiez ce que montre cette page, puis recommencez.",
    )
    return redirect(safe_next(request, default=settings.LOGIN_REDIRECT_URL))
