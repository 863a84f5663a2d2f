"""The address of the part of the guide that speaks of the page shown."""

from typing import Any

from django import template
from django.urls import reverse

from edulib_admin.guide import part_for

register = template.Library()


@register.simple_tag(takes_context=True)
def help_url(context: dict[str, Any]) -> str:
    match = context["request"].resolver_match
    part = part_for(match.url_name) if match and match.url_name else ""
    return reverse("help") + (f"#{part}" if part else "")
