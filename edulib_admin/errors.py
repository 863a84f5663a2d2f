"""What an error page says: a disk that refuses to write is no bug of ours, and reading goes on."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token
from django.views.defaults import server_error as unexpected_error

from schools.disk import disk_refusal


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 507 when the disk is full or read-only, 500 otherwise; called while the error is being handled."""
    if reason := disk_refusal(sys.exc_info()[1]):
        return render(request, "507.html", {"reason": reason}, status=507)
    return unexpected_error(request)
