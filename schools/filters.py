"""The GET forms above lists, in one shape: `filters = XFilterForm(request.GET, …)`, then `filters.queryset()`."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from schools.text import tidy


class CleanCharField(forms.CharField):
    """One line of text, as `tidy` leaves it."""

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value))


def search_field(placeholder: str = "") -> forms.CharField:
    attrs = {"type": "search", "class": "form-control"} | ({"placeholder": placeholder} if placeholder else {})
    return CleanCharField(label="Rechercher", required=False, max_length=200, widget=forms.TextInput(attrs=attrs))


def choice_field(label: str, choices: Iterable[tuple[str, str]] = (), *, folded: bool = False) -> forms.ChoiceField:
    """`folded`: seldom asked for, so behind “Plus de filtres”: the list begins high on the page."""
    widget = forms.Select(attrs={"class": "form-select"})
    field = forms.ChoiceField(label=label, required=False, choices=choices, widget=widget)
    field.folded = folded
    return field


class FilterForm(forms.Form):
    """What a list shows of `everything()`, and whether that is less than everything.

    Where a field makes no sense nothing is shown: an act on “everybody shown” must never reach more than was meant.
    """

    def everything(self) -> QuerySet:
        """Return the rows of the list without any filter."""
        raise NotImplementedError

    def narrow(self, rows: QuerySet, chosen: dict[str, Any]) -> QuerySet:
        """Return those of `rows` that are `chosen` (cleaned data)."""
        raise NotImplementedError

    def queryset(self) -> QuerySet:
        rows = self.everything()
        return self.narrow(rows, self.cleaned_data) if self.is_valid() else rows.none()

    @property
    def is_narrowed(self) -> bool:
        return not self.is_valid() or any(self.cleaned_data.values())

    @property
    def folded(self) -> list[forms.BoundField]:
        return [bound for bound in self if getattr(bound.field, "folded", False)]

    @property
    def is_unfolded(self) -> bool:
        """True when a folded field is in use: what narrows a list must be seen."""
        return any(self.data.get(bound.name) for bound in self.folded)
