"""Help and declarations, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from edulib_admin import guide


@login_not_required  # For those who cannot sign in.
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "edulib_admin/help.html", {"guide": guide.html()})


@login_not_required  # A duty towards everybody.
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "edulib_admin/accessibility.html")
