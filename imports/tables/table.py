"""What every format makes of a file: tables, with what matters about them."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Moment = datetime.date | datetime.time | datetime.timedelta
Value = str | float | bool | Moment  # An empty cell is "".


@dataclass(slots=True)
class Facts:
    """What a table tells beside the values of its cells.

    `errors`: {row number: {column index from 0: error text, or None for a formula without a value}}. `unplaced`: how
    many errors stand in cells without a reference. `merged`: ranges such as "A2:A9". `hidden`: numbers of rows.
    `scientific`: (row number, column index) of numbers shown as 6.00E+01. `far`: a filled cell, such as "XFD1048576",
    that makes the table too large to be read, or None; `is_alone`: no other stands near it.
    """

    errors: dict[int, dict[int, str | None]] = field(default_factory=dict)
    unplaced: int = 0
    merged: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    scientific: set[tuple[int, int]] = field(default_factory=set)
    far: str | None = None
    is_alone: bool = False


class Table(Protocol):
    """One sheet of a file.

    Only `name`, `visible` and `facts` are there before the cells are read. `first_column`: index from 0 of the column
    of the first cell of each row. `last_row`: number of the last row, 0 if the table is empty.
    """

    @property
    def name(self) -> str: ...

    @property
    def visible(self) -> bool: ...

    @property
    def facts(self) -> Facts: ...

    @property
    def first_column(self) -> int: ...

    @property
    def last_row(self) -> int: ...

    def rows(self) -> Iterator[tuple[int, Sequence[Value]]]:
        """Yield (number of the row as the user sees it, cells), in order; all rows have the same length."""
        ...


def column_index(letters: str) -> int:
    """Return 0 for "A", 26 for "AA"."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def column_letters(index: int) -> str:
    """Return "A" for 0, "AA" for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
