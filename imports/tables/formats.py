"""The formats that are read: one module each, recognised by what a file holds, whatever its name."""

from collections.abc import Sequence
from typing import Protocol

from imports.tables import xlsx
from imports.tables.problems import Problem, Refused
from imports.tables.sight import Sight, look
from imports.tables.table import Table
from imports.tables.unread import why_unread


class Format(Protocol):
    """What a module of a format has. It imports its parser in `tables` only, which runs in the reading child."""

    def recognises(self, sight: Sight) -> bool:
        """Tell whether the file is of this format; where `members` are unknown, whether it may be."""
        ...

    def tables(self, path: str, *, max_unpacked_bytes: int) -> Sequence[Table]:
        """Return the tables of the file at `path`, in its order. Raises Refused."""
        ...


FORMATS: tuple[Format, ...] = (xlsx,)


def sniff(first_bytes: bytes, filename: str = "") -> Problem | None:
    """Return the Problem that the first bytes of an upload (SNIFFED_BYTES) already show, or None.

    `filename` is the user's own name for it; only its ending helps to choose the sentence.
    """
    sight = Sight(first_bytes, filename)
    return None if any(each.recognises(sight) for each in FORMATS) else why_unread(sight)


def open_tables(path: str, *, filename: str, max_unpacked_bytes: int) -> Sequence[Table]:
    """Return the tables of the file at `path`, whatever its format. Raises Refused."""
    sight = look(path, filename)
    for each in FORMATS:
        if each.recognises(sight):
            return each.tables(path, max_unpacked_bytes=max_unpacked_bytes)
    raise Refused(why_unread(sight))
