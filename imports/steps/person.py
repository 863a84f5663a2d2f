"""What one right row of a file says."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class Person:
    """A person as a row describes them.

    `values`: {field: text} of every column that is read, "" where the cell is empty or the column absent.
    `school_class`, `groups`: primary keys (an unknown code stays itself, so that two of them still differ); `groups`
    is None where the cell is empty.
    """

    row: int
    values: Mapping[str, str]
    name_key: str
    school_class: int | str | None
    groups: frozenset[int | None] | None

    @property
    def last_name(self) -> str:
        return self.values["last_name"]

    @property
    def first_name(self) -> str:
        return self.values["first_name"]

    @property
    def username(self) -> str:
        return self.values.get("username", "")

    @property
    def email(self) -> str:
        return self.values.get("email", "")

    @property
    def password(self) -> str:
        return self.values.get("password", "")

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}"
