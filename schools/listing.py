"""What every list page shares: order, pages, and the answer with or without htmx."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

PAGE_SIZE = 50
AnyQuerySet = TypeVar("AnyQuerySet", bound=QuerySet)
# Tag of the message that tells what was done to the lines ticked: they need not be kept any longer (app.js).
SELECTION_DONE = "selection-done"


def sorted_by(
    request: HttpRequest, queryset: AnyQuerySet, orders: Mapping[str, list[str]], *, default: str
) -> tuple[AnyQuerySet, str]:
    """Return `queryset` in the order that `?tri=` asks for, and that order's name ("key" or "-key").

    `orders`: for each key the fields to sort by, most important first; the primary key breaks ties. Anything
    else in `?tri=` means `default`.
    """
    sort = request.GET.get("tri", default)
    if sort.removeprefix("-") not in orders or sort.startswith("--"):
        sort = default
    fields = [*orders[sort.removeprefix("-")], "pk"]
    if sort.startswith("-"):
        fields = [field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in fields]
    return queryset.order_by(*fields), sort


def page_of(request: HttpRequest, queryset: QuerySet, *, size: int = PAGE_SIZE) -> Page:
    """Return the page that `?page=` asks for; the nearest one when it asks for nonsense."""
    return Paginator(queryset, size).get_page(request.GET.get("page"))


def ticked(request: HttpRequest) -> list[int]:
    """Return the primary keys that a list's form sent: one a box, and in one field (`12,15`) those of other pages."""
    texts = (text for value in request.POST.getlist("selection") for text in value.split(","))
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def render_list(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render `x_list.html`, or only the `x_list_results.html` that it includes when htmx asks."""
    if request.htmx and not request.htmx.history_restore_request:
        template = template.replace(".html", "_results.html")
    response = render(request, template, context)
    # One address has two bodies: the browser must not show the partial when one comes back to the page.
    patch_vary_headers(response, ["HX-Request"])
    return response
