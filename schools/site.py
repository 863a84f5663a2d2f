"""The site's own address: mails and absolute links name it, whatever the request called it."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


def absolute_url(path: str) -> str:
    """Return the whole address of `path` ("/connexion/"): SITE_URL, never the Host header of a request."""
    return f"{settings.SITE_URL}{path}"


@register(Tags.urls, deploy=True)
def site_has_a_name(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn that mails would lead to the reader's own machine."""
    if urlsplit(settings.SITE_URL).hostname not in ("localhost", "127.0.0.1", "::1"):
        return []
    return [
        Warning(
            f"The links in mails would begin with {settings.SITE_URL}.",
            hint="Set SITE_URL, or name the site first in ALLOWED_HOSTS.",
            id="edulib.W001",
        )
    ]
