"""French plurals: Django's `pluralize` writes “0 classes”, French writes “0 classe”."""

from django import template

register = template.Library()


@register.filter
def plural(count, ending="s"):
    """Return `ending` where French wants a plural: from two on."""
    return ending if count >= 2 else ""


@register.filter
def counted(count, words):
    """Return the number with its words, each in the plural from two on: `3|counted:"licence affectée"`."""
    return f"{count} {' '.join(word + plural(count) for word in words.split())}"
