"""What apps above add to pages of apps below: three plain lists, filled as Django starts (AppConfig.ready).

A page asks for what stands under its name (templatetags/hooks.py) and knows no more of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms
from django.db.models import QuerySet

from schools.models import School


class PeopleFilter(Protocol):
    """What narrows a list of people of `school` and `kind`, by fields of its own (none: nothing to choose from)."""

    fields: dict[str, forms.Field]

    def __init__(self, school: School, kind: str) -> None: ...

    def narrow(self, people: QuerySet, chosen: dict[str, Any]) -> QuerySet: ...


@dataclass(frozen=True)
class Card:
    """A part at the end of a page; `context(school, *shown)` is what its template gets."""

    page: str
    template: str
    context: Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Action:
    """A link of a page, to `url(school, *shown)`. `keeps_filters`: it is about the list as it is filtered on screen."""

    page: str
    label: str
    url: Callable[..., str]
    name: str = ""
    keeps_filters: bool = False


filters: list[type[PeopleFilter]] = []
cards: list[Card] = []
actions: list[Action] = []
