"""The rows of a list, from the cells under its header to texts."""

import datetime
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from operator import itemgetter

from imports.tables import cells
from imports.tables.columns import CODE, DATE, PASSWORD, TEXT, Column, Layout
from imports.tables.headings import Header
from imports.tables.problems import WARNING, Problem, file_problem
from imports.tables.table import Moment, column_index
from schools.text import tidy

Row = list[int | str | list[str]]

_CELL = re.compile(r"([A-Z]+)(\d+)")


class RowReader:
    """Reads the rows under `header`. `columns`: those that are read and present. `problems`: filled while reading.

    Of the rows read so far, `hidden`: how many are hidden; `foreign`: {value: how many} of the first column of the
    other kind of list.
    """

    def __init__(self, header: Header, layout: Layout, named: Column | None = None) -> None:
        self.header, self.table = header, header.table
        self.columns = [column for column in layout.columns if column.read and column in header.places]
        self.positions = [header.places[column][0] for column in self.columns]
        # The columns that every row has in common.
        self.fields = [column.field for column in self.columns] + ([named.field] if named else [])
        self.common = [tidy(self.table.name)] if named else []
        self.problems: list[Problem] = []
        self.hidden = 0
        self.foreign: Counter[str] = Counter()

    def rows(self) -> Iterator[Row]:
        """Yield [row number, text, text…] (the order of `fields`) for rows that are not blank.

        A row ends in one list more, the fields of codes that the sheet holds as numbers, if there are such.
        """
        errors = self._errors()
        # Two places at least (a header names two columns): itemgetter of one would return the cell, not a tuple.
        pick = itemgetter(*(position - self.table.first_column for position in self.positions))
        blank = ("",) * len(self.positions)
        cleaners = [_cleaner(column) for column in self.columns]
        codes = [(column.field, place) for place, column in enumerate(self.columns) if column.value == CODE]
        hidden = self.table.facts.hidden
        foreign = None if self.header.foreign is None else self.header.foreign - self.table.first_column
        for number, row in self.table.rows():
            if number <= self.header.row:
                continue
            values = pick(row)
            wrong = errors.pop(number, None)
            if values == blank and not wrong:
                continue
            texts = [
                (value if not value or (value.isalnum() and value.isascii()) else cleaners[place](value))
                if type(value) is str
                else self._text(value, number, place)
                for place, value in enumerate(values)
            ]
            if wrong:
                self.problems += wrong
            elif not any(texts) and all(isinstance(value, str) for value in values):
                continue
            self.hidden += number in hidden
            if foreign is not None and isinstance(code := row[foreign], str | float):
                self.foreign[cells.as_text(code) or ""] += 1
            numbers = [field for field, place in codes if isinstance(values[place], int | float) and texts[place]]
            yield [
                self.header.first_row + number,
                *(text[: cells.MAX_CHARACTERS] for text in texts),
                *self.common,
                *([numbers] if numbers else []),
            ]
        # Rows whose only content is an error: the table may end before them.
        for number in sorted(errors):
            self.problems += errors[number]
            yield [self.header.first_row + number, *blank, *self.common]
        self.problems += self._merged()

    def _text(self, value: float | bool | Moment, number: int, place: int) -> str:
        """Return the text of a cell that holds something else; what cannot be read is a problem, and empty."""
        column = self.columns[place]
        if column.value == DATE and isinstance(value, datetime.date):
            return cells.day_text(value)
        shown = "" if column.value == PASSWORD and not isinstance(value, int | float) else cells.as_text(value) or ""
        is_scientific = (number, self.positions[place]) in self.table.facts.scientific
        problem = _unreadable(column, value, shown, is_scientific=is_scientific)
        if problem is None:
            return shown
        self.problems.append(
            Problem(self.header.first_row + number, column.heading, "" if column.value == PASSWORD else shown, *problem)
        )
        return ""

    def _errors(self) -> dict[int, list[Problem]]:
        """Return {row number: [Problem]} for the error cells below the header, in the columns that are read."""
        facts = self.table.facts
        if facts.unplaced:
            self.problems.append(
                file_problem(
                    "invalid_value",
                    "La feuille contient des cellules en erreur ou des formules sans résultat : remplacez-les par leur "
                    "valeur, enregistrez, puis importez à nouveau.",
                )
            )
        headings = {position: column.heading for position, column in zip(self.positions, self.columns, strict=True)}
        errors = {}
        for number, errors_of_row in facts.errors.items():
            problems = [
                Problem(self.header.first_row + number, headings[position], *_cell_error(text))
                for position, text in sorted(errors_of_row.items())
                if position in headings
            ]
            if problems and number > self.header.row:
                errors[number] = problems
        return errors

    def _merged(self) -> Iterator[Problem]:
        """Warn of cells merged over several rows: only the first one bears the value."""
        for merged in self.table.facts.merged:
            corners = [_CELL.fullmatch(corner) for corner in merged.split(":")]
            (left, top), (right, bottom) = ((column_index(found[1]), int(found[2])) for found in corners if found)
            for position, column in zip(self.positions, self.columns, strict=True):
                if left <= position <= right and bottom > top > self.header.row:
                    yield _merged_cells(column, merged, top)


_LOGICAL = (
    "Excel a enregistré ici la valeur logique {}, pas un texte : mettez la colonne au format Texte, puis retapez la "
    "valeur."
)
_SPOILT = (
    "Excel a transformé en nombre ce qui a été tapé ici, et n'en a pas tout gardé : mettez la colonne au format Texte, "
    "puis retapez la valeur."
)


def _cleaner(column: Column) -> Callable[[str], str]:
    if column.value == PASSWORD:
        return cells.clean_password
    return cells.clean_lines if column.several else cells.clean_text


def _unreadable(
    column: Column, value: float | bool | Moment, shown: str, *, is_scientific: bool
) -> tuple[str, str] | None:
    """Return (code, message) if nobody can tell what was typed in the cell. `is_scientific`: see `cells.is_spoilt`."""
    if isinstance(value, cells.MOMENTS):
        return _moment(column, value, shown)
    if isinstance(value, bool):
        return "invalid_value", _LOGICAL.format("VRAI" if value else "FAUX")
    if not math.isfinite(value):
        return "invalid_value", "Ce nombre n'est pas lisible : retapez la valeur de la cellule."
    if column.value in (TEXT, PASSWORD) and cells.is_spoilt(value, is_scientific=is_scientific):
        return "invalid_value", _SPOILT
    return None


def _moment(column: Column, value: Moment, shown: str) -> tuple[str, str]:
    """Return (code, message) for a date, an hour or a duration in a column that holds text."""
    if column.value != CODE:
        return "invalid_value", (
            f"Excel a enregistré ici une date ou une heure{shown and f' ({shown})'} : mettez la colonne au format "
            "Texte, puis retapez la valeur."
        )
    is_date = isinstance(value, datetime.date)
    typed = f" (peut-être « {value.day}-{value.month} »)" if isinstance(value, datetime.date) else ""
    return "date_in_code", (
        f"Excel a transformé le code que vous avez tapé{typed} en {'date' if is_date else 'heure'} : {shown}. Mettez "
        "la colonne au format Texte, puis retapez le code."
    )


def _cell_error(text: str | None) -> tuple[str, str, str]:
    """Return (value, code, message) for an error cell; `text` None: a formula that was never calculated."""
    if text is None:
        message = (
            "Cette cellule contient une formule sans résultat : ouvrez le fichier dans Excel, enregistrez-le, ou "
            "remplacez la formule par sa valeur."
        )
        return "", "invalid_value", message
    shown = cells.french_error(text)
    message = f"Cette cellule contient l'erreur {shown} : corrigez la formule ou tapez la valeur."
    return shown, "invalid_value", message


def _merged_cells(column: Column, merged: str, top: int) -> Problem:
    return Problem(
        None,
        column.heading,
        "",
        "merged_cells",
        f"Colonne « {column.heading} » : les cellules {merged} sont fusionnées, seule la ligne {top} a reçu "
        "leur valeur. Annulez la fusion et recopiez la valeur sur chaque ligne.",
        WARNING,
    )
