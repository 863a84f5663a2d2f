"""Which table of a file is the list, and where its header stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from imports.tables.columns import Column, Layout, heading_key
from imports.tables.problems import WARNING, Problem, Refused, file_problem
from imports.tables.table import Table, Value, column_letters
from schools.text import tidy

HEADER_ROWS = 20
MAX_UNKNOWN = 50  # A planning of a whole year may stand beside the list.
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
    """A row of headings. `row`: its number. `places`: {Column: [column index, …]}. `unknown`: other headings.
    `missing`: required columns that it does not name."""

    table: Table
    row: int
    places: dict[Column, list[int]]
    unknown: list[str]
    missing: list[Column]

    @property
    def score(self) -> tuple[int, int]:
        return -len(self.missing), len(self.places)


def find_list(tables: Sequence[Table], layout: Layout) -> tuple[Header, list[Problem]]:
    """Return the header of the list to read, and what to tell of it. Raises Refused."""
    header, problems = _best_header(tables, layout)
    if header.missing:
        raise Refused(*(_missing(header, column) for column in header.missing))
    doubles = [
        _double(header, column, places) for column, places in header.places.items() if column.read and len(places) > 1
    ]
    if doubles:
        raise Refused(*doubles)
    foreign = {heading_key(heading): remark for heading, remark in layout.foreign.items()}
    problems += [_unknown(header, heading, foreign) for heading in header.unknown[:MAX_UNKNOWN]]
    if more := header.unknown[MAX_UNKNOWN:]:
        problems.append(_more_unknown(header, len(more)))
    return header, problems


def _best_header(tables: Sequence[Table], layout: Layout) -> tuple[Header, list[Problem]]:
    """Return that of the first visible table with all required headings, else the best guess. Raises Refused."""
    headers: list[Header] = []
    far, all_empty = None, True
    # The sheet that explains and those that nobody sees are looked at last, and only if there is no list before.
    for table in sorted(tables, key=lambda table: (_is_help(table), not table.visible)):
        if (_is_help(table) or not table.visible) and any(not header.missing for header in headers):
            break
        if table.facts.far:
            far = far or _far(table)
        elif table.last_row:
            all_empty = False
            if header := _header_of(table, layout):
                headers.append(header)
    # A sheet that explains, complete with an example, does not replace an incomplete list.
    complete = [
        header for header in headers if not header.missing and (header is headers[0] or not _is_help(header.table))
    ]
    if complete:
        others = [header for header in complete[1:] if header.table.last_row > header.row]
        return complete[0], [_other_sheet(complete[0], other) for other in others]
    if far:
        raise Refused(far)
    if headers:
        return headers[0], []
    if all_empty:
        raise Refused(
            file_problem("empty", "Ce classeur est vide : remplissez le modèle à télécharger, puis importez-le.")
        )
    raise Refused(_no_header(layout))


def _header_of(table: Table, layout: Layout) -> Header | None:
    """Return the best header among the first rows, if one of them names two columns and one of these is required."""
    known = layout.by_heading()
    headers = (_header(table, number, row, layout, known) for number, row in islice(table.rows(), HEADER_ROWS))
    real = [
        header for header in headers if len(header.places) >= 2 and any(column.required for column in header.places)
    ]
    return max(real, key=lambda header: header.score, default=None)  # The first of equals.


def _header(table: Table, number: int, row: Sequence[Value], layout: Layout, known: dict[str, Column]) -> Header:
    places: dict[Column, list[int]] = {}
    unknown = []
    for position, text in _texts(table, row):
        column = known.get(heading_key(text)) or known.get(heading_key(_OPTION.sub("", text)))
        if column:
            places.setdefault(column, []).append(position)
        else:
            unknown.append(text)
    missing = [column for column in layout.columns if column.required and column not in places]
    return Header(table, number, places, unknown, missing)


def _texts(table: Table, row: Sequence[Value]) -> Iterator[tuple[int, str]]:
    """Yield (column index, text) for the cells that may be headings."""
    for position, cell in enumerate(row, table.first_column):
        if isinstance(cell, str):
            text = tidy(cell[:300])
            if heading_key(text):
                yield position, text


def _is_help(table: Table) -> bool:
    return heading_key(table.name).startswith(HELP_SHEETS)


def _no_header(layout: Layout) -> Problem:
    wanted = ", ".join(f"« {column.heading} »" for column in layout.columns if column.required)
    return file_problem(
        "missing_column",
        f"Aucune ligne de titres n'a été trouvée dans les {HEADER_ROWS} premières lignes (il faut au moins "
        f"{wanted}) : {DOWNLOAD}.",
    )


def _missing(header: Header, column: Column) -> Problem:
    message = (
        f"La colonne obligatoire « {column.heading} » est absente de la feuille « {header.table.name} » "
        f"(titres lus à la ligne {header.row}) : {DOWNLOAD}"
    )
    if column.if_missing:
        message += f" ; {column.if_missing}"
    return file_problem("missing_column", f"{message}.", row=header.row, column=column.heading)


def _double(header: Header, column: Column, places: list[int]) -> Problem:
    letters = " et ".join(map(column_letters, places))
    times = "deux" if len(places) == 2 else len(places)
    return file_problem(
        "duplicate_column",
        f"La colonne « {column.heading} » figure {times} fois (colonnes {letters}) : gardez "
        "une seule de ces colonnes, ou changez le titre de celle qui ne doit pas être lue.",
        row=header.row,
        column=column.heading,
    )


def _unknown(header: Header, heading: str, foreign: dict[str, str]) -> Problem:
    remark = foreign.get(heading_key(heading), "n'est pas connue : elle a été ignorée")
    message = f"La colonne « {heading[:100]} » {remark}."
    return Problem(header.row, heading[:100], "", "unknown_column", message, WARNING)


def _more_unknown(header: Header, count: int) -> Problem:
    message = (
        "Une autre colonne n'est pas connue : elle a été ignorée."
        if count == 1
        else f"{count} autres colonnes ne sont pas connues : elles ont été ignorées."
    )
    return Problem(header.row, "", "", "unknown_column", message, WARNING)


def _other_sheet(best: Header, other: Header) -> Problem:
    return Problem(
        None,
        "",
        "",
        "other_sheet",
        f"La feuille « {other.table.name} » porte aussi les titres attendus mais n'a pas été lue (seule "
        f"« {best.table.name} » l'a été) : copiez ses lignes dans la première feuille si elles doivent être importées.",
        WARNING,
    )


def _far(table: Table) -> Problem:
    message = (
        f"La feuille « {table.name} » est trop étendue pour être lue : elle est remplie jusqu'en {table.facts.far}. "
        "Copiez les seules lignes et colonnes de votre liste dans le modèle à télécharger, puis importez-le."
    )
    if table.facts.is_alone:
        message = (
            f"La feuille « {table.name} » contient une valeur isolée très loin des autres, en {table.facts.far} : "
            "effacez-la (la touche F5 mène à une cellule), ou copiez vos lignes dans le modèle à télécharger, puis "
            "importez à nouveau."
        )
    return file_problem("too_large", message)
