"""Optional texts that schools keep about their people: each is declared once, as a field of User.

The form, the list and the page of a person, imports and exports read them from there (User.details_of).
"""

from collections.abc import Collection
from typing import Any

from django.db import models


class DetailField(models.CharField):
    """A text about people of `kinds`, empty until somebody writes it. `max_length`: as its column in a file."""

    def __init__(self, *args: Any, kinds: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **{"blank": True, "default": "", **kwargs})
        self.kinds = kinds

    def deconstruct(self) -> Any:
        """As a plain text field: whom it is for is nothing to the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
