"""Every address of the URLconf, with something in place of its arguments."""

import re

from django.urls import get_resolver
from django.urls.resolvers import RoutePattern

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
EXAMPLES = {
    "code": "0750001A",
    "pk": "1",
    "rule_pk": "1",
    "uidb64": "MQ",
    "token": "a-b",
    "object_id": "1",
    "content_type_id": "1",
    "app_label": "accounts",
    "url": "",
}


def routes(patterns=None, prefix=""):
    """Yield every route, as written: "etablissements/<slug:code>/classes/<int:pk>/"."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        part = str(pattern.pattern)
        if not isinstance(pattern.pattern, RoutePattern):  # Django's admin has a few in regular expressions.
            part = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", part).strip("^$")
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, prefix + part)
        else:
            yield prefix + part


def filled(route, **values):
    """Return the path of `route`; `values`: for some arguments, what stands there."""

    def value(match):
        if match[1] == "pk" and "<uuid:" in match[0]:
            return values.get("uuid", "6a1ee7fb-4b55-4a3c-8f0a-3a6a1d1c2b11")
        return str(values.get(match[1], EXAMPLES.get(match[1], "1")))

    return "/" + ARGUMENT.sub(value, route)


def every_address():
    """Return [(route, path)]."""
    return [(route, filled(route)) for route in routes()]
