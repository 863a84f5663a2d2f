"""Where the header of a table stands, and what it says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from imports.tables.columns import Column, Layout, heading_key
from imports.tables.evidence import Evidence
from imports.tables.problems import WARNING, Problem, file_problem
from imports.tables.table import Table, Value, column_letters
from schools.text import tidy

HEADER_ROWS = 20
HELP_SHEETS = (
    "modedemploi",
    "aide",
    "exemple",
    "explication",
    "instruction",
    "consigne",
    "notice",
    "legende",
    "lisezmoi",
)
DOWNLOAD = "partez du modèle à télécharger, ou donnez ces titres à vos colonnes"

_OPTION = re.compile(r"[(\[]\s*(obligatoire|facultatif|facultative|optionnel|optionnelle)\s*[)\]]", re.IGNORECASE)


@dataclass(slots=True)
class Header:
    """A row of headings.

    `row`: its number. `places`: {Column: [column index, …]}. `unknown`: other headings. `missing`: required columns
    that it does not name. `evidence`: what says of which kind the list is. `foreign`: index of the first column of the
    other kind. `first_row`: of several sheets that are one list, what to add to the numbers of the rows of this one
    (see SheetRow).
    """

    table: Table
    row: int
    places: dict[Column, list[int]]
    unknown: list[str]
    missing: list[Column]
    evidence: Evidence
    foreign: int | None = None
    first_row: int = 0

    @property
    def shown_row(self) -> int:
        return self.first_row + self.row

    @property
    def score(self) -> tuple[int, int]:
        return -len(self.missing), len(self.places)


def header_of(table: Table, layout: Layout) -> Header | None:
    """Return the best header among the first rows, if one of them names two columns and one of these is required."""
    known = layout.by_heading()
    evidence = Evidence.of_name(layout, f"le nom de la feuille « {table.name} »", table.name)
    best = None
    for number, row in islice(table.rows(), HEADER_ROWS):
        texts = list(_texts(table, row))
        header = _header(table, number, texts, layout, known)
        if len(header.places) >= 2 and any(column.required for column in header.places):
            header.evidence = evidence + header.evidence
            if best is None or header.score > best.score:
                best = header
        else:
            for _, text in texts:
                evidence += Evidence.of_name(layout, f"le titre en ligne {number}", text)
    return best


def _header(
    table: Table, number: int, texts: list[tuple[int, str]], layout: Layout, known: dict[str, Column]
) -> Header:
    places: dict[Column, list[int]] = {}
    unknown = []
    evidence = Evidence()
    foreign = None
    for position, text in texts:
        column = known.get(heading_key(text)) or known.get(heading_key(_OPTION.sub("", text)))
        if column:
            places.setdefault(column, []).append(position)
            if column.required:
                evidence += Evidence.of_heading(layout, text)
        else:
            unknown.append(text)
            if foreign is None and layout.is_foreign(text):
                foreign = position
    missing = [column for column in layout.columns if column.required and column not in places]
    if foreign is None and len(places) == len(layout.columns):
        evidence += Evidence(own=("les titres du modèle",))
    return Header(table, number, places, unknown, missing, evidence, foreign)


def _texts(table: Table, row: Sequence[Value]) -> Iterator[tuple[int, str]]:
    """Yield (column index, text) for the cells that may be headings."""
    for position, cell in enumerate(row, table.first_column):
        if isinstance(cell, str):
            text = tidy(cell[:300])
            if heading_key(text):
                yield position, text


def is_help(table: Table) -> bool:
    return heading_key(table.name).startswith(HELP_SHEETS)


def no_header(layout: Layout) -> Problem:
    wanted = ", ".join(f"« {column.heading} »" for column in layout.columns if column.required)
    return file_problem(
        "missing_column",
        f"Aucune ligne de titres n'a été trouvée dans les {HEADER_ROWS} premières lignes (il faut au moins "
        f"{wanted}) : {DOWNLOAD}.",
    )


def missing_column(header: Header, column: Column) -> Problem:
    message = (
        f"La colonne obligatoire « {column.heading} » est absente de la feuille « {header.table.name} » "
        f"(titres lus à la ligne {header.row}) : {DOWNLOAD}"
    )
    if column.if_missing and not header.evidence.own:
        message += f" ; {column.if_missing}"
    return file_problem("missing_column", f"{message}.", row=header.shown_row, column=column.heading)


def double_column(header: Header, column: Column, places: list[int]) -> Problem:
    letters = " et ".join(map(column_letters, places))
    times = "deux" if len(places) == 2 else len(places)
    return file_problem(
        "duplicate_column",
        f"La colonne « {column.heading} » figure {times} fois (colonnes {letters}) : gardez "
        "une seule de ces colonnes, ou changez le titre de celle qui ne doit pas être lue.",
        row=header.shown_row,
        column=column.heading,
    )


def unknown_column(header: Header, heading: str, foreign: dict[str, str]) -> Problem:
    remark = foreign.get(heading_key(heading), "n'est pas connue : elle a été ignorée")
    message = f"La colonne « {heading[:100]} » {remark}."
    return Problem(header.shown_row, heading[:100], "", "unknown_column", message, WARNING)
