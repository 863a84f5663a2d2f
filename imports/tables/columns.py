"""What the columns of a list are, for whoever reads or writes one."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

# Kinds of value. A code is a text that Excel likes to take for a number or a date.
TEXT, CODE, PASSWORD, DATE, NUMBER = "text", "code", "password", "date", "number"


@dataclass(frozen=True)
class Column:
    """Everything about one field of a list.

    `field`: name in code. `heading`: what the template shows. `synonyms`: other headings that mean it. `kinds`: the
    lists that have it (empty: all). `value`: TEXT, CODE, PASSWORD, DATE or NUMBER; `several` of them, a line each, may
    stand in a cell. `width`: in characters. `read`: False for what is only written. `if_missing`: what else to say
    when a required column is not there; `is_sheet_name`: then the name of each sheet may be the value of its rows.
    """

    field: str
    heading: str
    help: str = ""
    synonyms: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    required: bool = False
    value: str = TEXT
    several: bool = False
    max_length: int = 100
    width: int = 20
    example: str = ""
    read: bool = True
    if_missing: str = ""
    is_sheet_name: bool = False


@dataclass(frozen=True)
class Layout:
    """What a list looks like. `foreign`: {heading: remark} for headings that belong to another kind of list.

    `own`, `other`: patterns of the folded words by which a title, or the name of a sheet or a file, says that a list
    is of this kind, or of the other; `if_other`: what to say then, with `{}` for where it stands.
    """

    columns: tuple[Column, ...]
    foreign: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    other: str = ""
    if_other: str = ""

    def by_heading(self) -> dict[str, Column]:
        """Return {heading key: Column} for headings and synonyms."""
        return by_heading(self.columns)

    def is_foreign(self, heading: str) -> bool:
        return heading_key(heading) in map(heading_key, self.foreign)

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def layout_from_json(text: str) -> Layout:
    """Return the Layout that `as_json` wrote."""
    values = json.loads(text)
    columns = (
        Column(**{**column, "synonyms": tuple(column["synonyms"]), "kinds": tuple(column["kinds"])})
        for column in values["columns"]
    )
    return Layout(**{**values, "columns": tuple(columns)})


def heading_key(heading: str) -> str:
    """Return the form in which two headings are compared: letters and digits only, no case, no accents."""
    text = unicodedata.normalize("NFKD", heading.casefold())
    return re.sub(r"[^a-z0-9]+", "", text)


def by_heading(columns: tuple[Column, ...] | list[Column]) -> dict[str, Column]:
    """Return {heading key: Column} for headings and synonyms of `columns`."""
    return {heading_key(name): column for column in columns for name in (column.heading, *column.synonyms)}
