"""The cards and actions that other apps add to a page (schools/hooks.py)."""

from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from schools import hooks
from schools.models import School

register = template.Library()


@register.simple_tag(takes_context=True)
def cards(context: Context, page: str, school: School, *shown: Any) -> SafeString:
    """Show the cards of `page`; `shown`: what the page is about."""
    parts = (
        render_to_string(card.template, card.context(school, *shown), request=context["request"])
        for card in hooks.cards
        if card.page == page
    )
    return mark_safe("".join(parts))  # noqa: S308 - rendered templates.


@register.simple_tag
def actions(page: str, school: School, *shown: Any) -> list[dict[str, Any]]:
    """Return the actions of `page` as {label, url, name, keeps_filters}."""
    return [
        {
            "label": action.label,
            "url": action.url(school, *shown),
            "name": action.name,
            "keeps_filters": action.keeps_filters,
        }
        for action in hooks.actions
        if action.page == page
    ]
