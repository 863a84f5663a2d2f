"""From a workbook to its rows: which sheet, which header, which cells. Runs in the reading child; no Django."""

import re
from operator import itemgetter

import python_calamine as calamine

from imports.columns import TEACHER, column_by_heading, columns_for, heading_key
from imports.tables import cells
from imports.tables.archive import column_index, column_letters, encrypted, file_problem
from imports.tables.problems import WARNING, Problem, Refused
from schools.text import tidy

HEADER_ROWS = 20
MAX_SHEETS = 50
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


class Found:
    """A sheet and its header. `row`: index from 0; `places`: {Column: [column indexes]}; `unknown`: headings."""

    def __init__(self, name, grid, row, places, unknown, missing):
        self.name, self.grid, self.row = name, grid, row
        self.places, self.unknown, self.missing = places, unknown, missing

    @property
    def score(self):
        return -len(self.missing), len(self.places)


class Grid:
    """The cells of one sheet, row by row, without the blank columns that calamine drops on the left."""

    def __init__(self, sheet):
        self.sheet = sheet
        self.offset = sheet.start[1] if sheet.start else 0

    @property
    def is_empty(self):
        return self.sheet.start is None

    def rows(self):
        return iter(self.sheet.iter_rows())

    def head(self):
        return [row for row, _ in zip(self.rows(), range(HEADER_ROWS), strict=False)]


class Reader:
    """Reads the one sheet that bears the header of `kind`; `facts`: what archive.scan said of each sheet."""

    def __init__(self, path, kind, facts, *, max_rows):
        try:
            self.book = calamine.CalamineWorkbook.from_path(path)
        except calamine.PasswordError:
            raise encrypted() from None
        self.kind, self.facts, self.max_rows = kind, facts, max_rows
        self.columns = columns_for(kind)
        self.known = column_by_heading(kind)
        self.problems = []

    def choose(self):
        """Find the sheet and its header; set `found`, `fields`. Raises Refused."""
        self.found = self._find()
        if self.found.missing:
            raise Refused(*self._missing())
        doubles = list(self._doubles())
        if doubles:
            raise Refused(*doubles)
        self.read_columns = [column for column in self.columns if column.read and column in self.found.places]
        self.fields = [column.field for column in self.read_columns]
        self.problems += self._unknown()

    def _find(self):
        """Return the Found to read: the first visible sheet with all mandatory headings, else the best guess."""
        sheets = [
            (index, sheet.name, sheet.visible == calamine.SheetVisibleEnum.Visible)
            for index, sheet in enumerate(self.book.sheets_metadata)
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ][:MAX_SHEETS]
        # The sheet that explains and those that nobody sees are looked at last.
        sheets.sort(key=lambda sheet: (_is_help(sheet[1]), not sheet[2]))
        best, far, all_empty = None, None, True
        for index, name, visible in sheets:
            if best and not best.missing and (_is_help(name) or not visible):
                break
            facts = self.facts.get(name)
            if facts and facts.far:
                all_empty = False
                far = far or _far(name, facts.far)
                continue
            grid = Grid(self.book.get_sheet_by_index(index))
            if grid.is_empty:
                continue
            all_empty = False
            found = self._header(name, grid)
            if found is None:
                continue
            if best is None or (best.missing and not found.missing and not _is_help(name)):
                best = found
            elif not best.missing and not found.missing and _has_rows(found):
                self.problems.append(_other_sheet(best, found))
        if best and not (best.missing and far):
            return best
        if far:
            raise Refused(far)
        if all_empty:
            raise Refused(
                file_problem("empty", "Ce classeur est vide : remplissez le modèle à télécharger, puis importez-le.")
            )
        raise Refused(self._no_header())

    def _header(self, name, grid):
        """Return the Found of the best header among the first rows, or None."""
        best = None
        for index, row in enumerate(grid.head()):
            places, unknown = {}, []
            for position, cell in enumerate(row, grid.offset):
                text = tidy(cell[:300]) if isinstance(cell, str) else ""
                key = heading_key(text)
                if not key:
                    continue
                column = self.known.get(key) or self.known.get(heading_key(_OPTION.sub("", text)))
                if column:
                    places.setdefault(column, []).append(position)
                else:
                    unknown.append(text)
            missing = [column for column in self.columns if column.required and column not in places]
            found = Found(name, grid, index, places, unknown, missing)
            named = sum(column.required for column in places)
            if len(places) >= 2 and named and (best is None or found.score > best.score):
                best = found
        return best

    def _no_header(self):
        wanted = ", ".join(f"« {column.heading} »" for column in self.columns if column.required)
        return file_problem(
            "missing_column",
            f"Aucune ligne de titres n'a été trouvée dans les {HEADER_ROWS} premières lignes (il faut au moins "
            f"{wanted}) : {DOWNLOAD}.",
        )

    def _missing(self):
        for column in self.found.missing:
            message = (
                f"La colonne obligatoire « {column.heading} » est absente de la feuille « {self.found.name} » "
                f"(titres lus à la ligne {self.found.row + 1}) : {DOWNLOAD}."
            )
            if column.field == "school_class":
                message = f"{message[:-1]} ; si c'est la liste des enseignants, importez-la depuis « Enseignants »."
            yield file_problem("missing_column", message, row=self.found.row + 1, column=column.heading)

    def _doubles(self):
        for column, positions in self.found.places.items():
            if column.read and len(positions) > 1:
                letters = " et ".join(column_letters(position) for position in positions)
                yield file_problem(
                    "duplicate_column",
                    f"La colonne « {column.heading} » figure {len(positions)} fois (colonnes {letters}) : gardez "
                    "une seule de ces colonnes, ou changez le titre de celle qui ne doit pas être lue.",
                    row=self.found.row + 1,
                    column=column.heading,
                )

    def _unknown(self):
        pupils_only = column_by_heading("student") if self.kind == TEACHER else {}
        for heading in self.found.unknown:
            message = f"La colonne « {heading[:100]} » n'est pas connue : elle a été ignorée."
            if heading_key(heading) in pupils_only:
                message = (
                    f"La colonne « {heading[:100]} » n'existe que pour les élèves : elle a été ignorée ; vérifiez "
                    "que ce fichier est bien celui des enseignants."
                )
            yield Problem(self.found.row + 1, heading[:100], "", "unknown_column", message, WARNING)

    def rows(self):
        """Yield [row number, text, text…] (the order of `fields`) for rows that are not blank. Raises Refused."""
        found = self.found
        positions = [found.places[column][0] for column in self.read_columns]
        errors = self._errors(positions)
        # Two places at least (names are mandatory): itemgetter of one would return the cell, not a tuple.
        pick = itemgetter(*(position - found.grid.offset for position in positions))
        blank = ("",) * len(positions)
        is_password = [column.field == "password" for column in self.read_columns]
        count = 0
        for number, row in enumerate(found.grid.rows(), 1):
            if number <= found.row + 1:
                continue
            values = pick(row)
            row_errors = errors.pop(number, None)
            if values == blank and not row_errors:
                continue
            texts = [
                value
                if type(value) is str and (not value or (value.isalnum() and value.isascii()))
                else self._text(value, number, place, is_password[place])
                for place, value in enumerate(values)
            ]
            if row_errors:
                self.problems += row_errors
            elif not any(texts) and not any(map(cells.is_moment, values)):
                continue
            count += 1
            if count > self.max_rows:
                raise Refused(self._too_many_rows())
            yield [number, *(text[: cells.MAX_CHARACTERS] for text in texts)]
        # Rows whose only content is an error: calamine may end before them.
        for number in sorted(errors):
            self.problems += errors[number]
            count += 1
            if count > self.max_rows:
                raise Refused(self._too_many_rows())
            yield [number, *blank]
        if not count:
            raise Refused(
                file_problem(
                    "empty",
                    f"La feuille « {found.name} » ne contient aucune ligne sous les titres : ajoutez une ligne par "
                    "personne, enregistrez, puis importez à nouveau.",
                )
            )
        self.problems += self._merged(positions)

    def _text(self, value, number, place, is_password):
        if type(value) is not str and cells.is_moment(value):
            shown = "" if is_password else cells.moment_text(value)
            self._flag(number, place, shown, *_moment(self.read_columns[place], value, shown))
            return ""
        text = cells.as_text(value, is_password=is_password)
        if text is None:
            message = "Ce nombre n'est pas lisible : retapez la valeur de la cellule."
            self._flag(number, place, "", "invalid_value", message)
            return ""
        return text

    def _flag(self, number, place, value, code, message):
        self.problems.append(Problem(number, self.read_columns[place].heading, value, code, message))

    def _errors(self, positions):
        """Return {row number: [Problem]} for the error cells below the header, in the columns that are read."""
        facts = self.facts.get(self.found.name)
        if facts is None:
            return {}
        if facts.unplaced:
            self.problems.append(
                file_problem(
                    "invalid_value",
                    "La feuille contient des cellules en erreur ou des formules sans résultat : remplacez-les par leur "
                    "valeur, enregistrez, puis importez à nouveau.",
                )
            )
        places = {position: place for place, position in enumerate(positions)}
        errors = {}
        for number, cells_of_row in facts.errors.items():
            if number <= self.found.row + 1:
                continue
            problems = [
                Problem(number, self.read_columns[places[position]].heading, *_cell_error(text))
                for position, text in sorted(cells_of_row.items())
                if position in places
            ]
            if problems:
                errors[number] = problems
        return errors

    def _merged(self, positions):
        """Warn of cells merged over several rows: only the first one bears the value."""
        facts = self.facts.get(self.found.name)
        for merged in facts.merged[:1000] if facts else []:
            first, last = (_CELL.fullmatch(corner) for corner in merged.split(":"))
            top, bottom = int(first[2]), int(last[2])
            span = range(column_index(first[1]), column_index(last[1]) + 1)
            for place, position in enumerate(positions):
                if position in span and bottom > top > self.found.row + 1:
                    heading = self.read_columns[place].heading
                    yield Problem(
                        None,
                        heading,
                        "",
                        "merged_cells",
                        f"Colonne « {heading} » : les cellules {merged} sont fusionnées, seule la ligne {top} a reçu "
                        "leur valeur. Annulez la fusion et recopiez la valeur sur chaque ligne.",
                        WARNING,
                    )

    def _too_many_rows(self):
        limit = f"{self.max_rows:,}".replace(",", " ")
        return file_problem(
            "too_many_rows",
            f"Ce fichier contient plus de {limit} lignes : partagez-le en plusieurs fichiers, puis importez-les l'un "
            "après l'autre.",
        )


_OPTION = re.compile(r"[(\[]\s*(obligatoire|facultatif|facultative|optionnel|optionnelle)\s*[)\]]", re.IGNORECASE)
_CELL = re.compile(r"([A-Z]+)(\d+)")


def _is_help(name):
    return heading_key(name).startswith(HELP_SHEETS)


def _has_rows(found):
    return found.grid.sheet.end[0] > found.row


def _other_sheet(best, other):
    return Problem(
        None,
        "",
        "",
        "other_sheet",
        f"La feuille « {other.name} » porte aussi les titres attendus mais n'a pas été lue (seule « {best.name} » "
        "l'a été) : copiez ses lignes dans la première feuille si elles doivent être importées.",
        WARNING,
    )


def _far(name, reference):
    return file_problem(
        "too_large",
        f"La feuille « {name} » contient une valeur isolée très loin des autres, en {reference} : effacez-la (la "
        "touche F5 mène à une cellule), ou copiez vos lignes dans le modèle à télécharger, puis importez à nouveau.",
    )


def _moment(column, value, shown):
    """Return (code, message) for a date, an hour or a duration in a column that holds text."""
    if not column.is_code:
        return "invalid_value", (
            f"Excel a enregistré ici une date ou une heure{shown and f' ({shown})'} : mettez la colonne au format "
            "Texte, puis retapez la valeur."
        )
    typed = ""
    if hasattr(value, "day") and hasattr(value, "month"):
        typed = f" (peut-être « {value.day}-{value.month} »)"
    kind = "date" if typed else "heure"
    return "date_in_code", (
        f"Excel a transformé le code que vous avez tapé{typed} en {kind} : {shown}. Mettez la colonne au format "
        "Texte, puis retapez le code."
    )


def _cell_error(text):
    """Return (value, code, message) for an error cell; `text` None: a formula that was never calculated."""
    if text is None:
        return (
            "",
            "invalid_value",
            (
                "Cette cellule contient une formule sans résultat : ouvrez le fichier dans Excel, enregistrez-le, ou "
                "remplacez la formule par sa valeur."
            ),
        )
    shown = cells.french_error(text)
    return (
        shown,
        "invalid_value",
        (f"Cette cellule contient l'erreur {shown} : corrigez la formule ou tapez la valeur."),
    )
