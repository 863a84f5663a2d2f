"""One file read: its list found, its rows turned into texts. Runs in the reading child."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from imports.tables.choice import Choice, find_list
from imports.tables.columns import Layout
from imports.tables.formats import open_tables
from imports.tables.problems import WARNING, Problem, Refused, file_problem
from imports.tables.rows import Row, RowReader


@dataclass(slots=True)
class Reading:
    """`fields`: of the columns that are read. `rows`: [row number, text of each field]. `problems`: whole once the
    rows are. `foreign` (whole then too): see guard.Sheet. `sheets`: names. `missing`: what is wrong unless they
    may be the values of the column that is not there."""

    fields: list[str]
    rows: Iterator[Row]
    problems: list[Problem]
    sheets: list[str]
    missing: list[Problem]
    foreign: Counter[str]


def read(path: str, layout: Layout, *, filename: str, max_rows: int, max_unpacked_bytes: int) -> Reading:
    """Open the file at `path` and find the list of `layout` in it. Raises Refused, here and while rows are read."""
    tables = open_tables(path, filename=filename, max_unpacked_bytes=max_unpacked_bytes)
    choice = find_list(tables, layout, filename)
    readers = [RowReader(header, layout, choice.named) for header in choice.headers]
    sheets = [header.table.name for header in choice.headers]
    foreign: Counter[str] = Counter()
    rows = _rows(readers, choice, foreign, max_rows)
    return Reading(readers[0].fields, rows, choice.problems, sheets, choice.missing, foreign)


def _rows(readers: list[RowReader], choice: Choice, foreign: Counter[str], max_rows: int) -> Iterator[Row]:
    """Yield the rows of all sheets, and fill the problems of the choice. Raises Refused."""
    count = 0
    for reader in readers:
        for row in reader.rows():
            count += 1
            if count > max_rows:
                raise Refused(_too_many_rows(max_rows))
            yield row
        choice.problems += reader.problems
        foreign += reader.foreign
    if not count:
        raise Refused(_no_rows(readers[0].table.name))
    if hidden := sum(reader.hidden for reader in readers):
        choice.problems.append(_hidden_rows(hidden))


def _no_rows(name: str) -> Problem:
    return file_problem(
        "empty",
        f"La feuille « {name} » ne contient aucune ligne sous les titres : ajoutez vos lignes, enregistrez, puis "
        "importez à nouveau.",
    )


def _too_many_rows(max_rows: int) -> Problem:
    limit = f"{max_rows:,}".replace(",", " ")
    return file_problem(
        "too_many_rows",
        f"Ce fichier contient plus de {limit} lignes : partagez-le en plusieurs fichiers, puis importez-les l'un "
        "après l'autre.",
    )


def _hidden_rows(count: int) -> Problem:
    if count == 1:
        message = (
            "1 ligne masquée ou filtrée a été lue comme les autres : supprimez-la si elle ne doit pas être importée."
        )
    else:
        message = (
            f"{count} lignes masquées ou filtrées ont été lues comme les autres : supprimez-les si elles ne doivent "
            "pas être importées."
        )
    return Problem(None, "", "", "hidden_rows", message, WARNING)
