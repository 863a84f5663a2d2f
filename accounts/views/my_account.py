"""“Mon compte”: one's identifiant, e-mail and password, and one's open sessions."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.sessions import MARK, Session, end_all
from schools.access import require_safe_or_post


@require_safe
def my_account(request: HttpRequest) -> HttpResponse:
    sessions = [facts_of(session, request) for session in Session.objects.of(request.user)]
    return render(request, "accounts/my_account.html", {"sessions": sessions})


@require_safe_or_post  # The address of an act leads back to its page.
def session_end(request: HttpRequest, handle: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("my_account")
    for session in Session.objects.of(request.user):
        if session.handle != handle:
            continue
        if session.session_key == request.session.session_key:
            logout(request)
            return redirect("sign_in")
        session.delete()
    messages.success(request, "Cette session est terminée.")
    return redirect("my_account")


@require_safe_or_post
def session_end_others(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("my_account")
    end_all([request.user.pk], but=request.session.session_key)
    messages.success(request, "Toutes vos autres sessions sont terminées.")
    return redirect("my_account")


def facts_of(session: Session, request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows of one session."""
    mark = session.get_decoded().get(MARK, {})
    return {
        "handle": session.handle,
        "agent": mark.get("agent", "Appareil inconnu"),
        "address": mark.get("address", ""),
        "since": datetime.fromisoformat(mark["since"]) if "since" in mark else None,
        "last_used_at": session.last_used_at,
        "is_this_one": session.session_key == request.session.session_key,
    }
