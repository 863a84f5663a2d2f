"""Rows in, a workbook out: the template, the exported list, the reports.

openpyxl makes the workbook with its styles and headers; the rows are streamed into its sheets: four times faster than
cell by cell, and a text can only be text, whatever it looks like (=1+1, #N/A, 6-1).
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import zip_longest
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from imports.tables.columns import NUMBER, Column
from imports.tables.table import column_letters

TEXT_FORMAT, DAY_FORMAT, MOMENT_FORMAT = "@", "DD/MM/YYYY", "DD/MM/YYYY HH:MM"
CHOICES_SHEET = "Listes"
HEADER_FILL = PatternFill("solid", start_color="FFDCE6F5")
HEADER_BORDER = Border(bottom=Side("medium", color="FF1F4B99"))
DAY_ZERO = datetime.date(1899, 12, 30).toordinal()
# What a spreadsheet would read as the escape of one character (ECMA-376 part 1, 22.4.2.4) and not as itself.
ESCAPE_ALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

Written = str | float | datetime.date | None  # A moment has no time zone; nothing is written for "" and None.


@dataclass(frozen=True)
class Choices:
    """What a drop-down offers. `warning`: title and text for another value; None: any is accepted."""

    texts: Sequence[str]
    warning: tuple[str, str] | None = None


@dataclass(frozen=True)
class List:
    """A sheet with one row for each of `rows`, whose values stand in the order of `columns`.

    `choices`: {field: Choices}, offered down to row `last_row`. The headings of required columns are bold, or all of
    them where none is required.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Written]] = ()
    choices: Mapping[str, Choices] = field(default_factory=dict)
    last_row: int = 1


@dataclass(frozen=True)
class Help:
    """A sheet that explains: lines, a table of the columns, blocks of lines whose first is bold if others follow."""

    title: str
    lines: Sequence[str]
    columns: Sequence[Column]
    blocks: Sequence[Sequence[str]]


def write(file: IO[bytes], *sheets: List | Help) -> int:
    """Write a workbook of `sheets` into `file`; return how many rows of lists it holds."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in sheets:
        made = workbook.create_sheet(sheet.title)
        if isinstance(sheet, List):
            _style_list(made, sheet)
        else:
            _explain(made, sheet)
    _add_choices(workbook, [sheet for sheet in sheets if isinstance(sheet, List)])
    row_writer = RowWriter(workbook)
    empty = BytesIO()
    workbook.save(empty)
    parts = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, 1)}
    with ZipFile(empty) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            written = parts.get(member.filename)
            if not isinstance(written, List):
                target.writestr(member.filename, content)
                continue
            before, after = content.split(b"</sheetData>")
            with target.open(member.filename, "w", force_zip64=True) as part:
                # The extent that openpyxl has noted is that of the header alone; it may be left out.
                part.write(re.sub(rb"<dimension [^>]*>", b"", before))
                for row in written.rows:
                    part.write(row_writer.xml(row))
                part.write(b"</sheetData>" + after)
                row_writer.number = 1
    return row_writer.count


def build(*sheets: List | Help) -> bytes:
    """Return the bytes of what `write` writes."""
    file = BytesIO()
    write(file, *sheets)
    return file.getvalue()


class RowWriter:
    """Makes the XML of the rows of a sheet, from row 2 on. `number`: of the last row. `count`: in all sheets."""

    def __init__(self, workbook: Workbook) -> None:
        self.number, self.count = 1, 0
        self.letters: list[str] = []
        text, day, moment = (_style_id(workbook, each) for each in (TEXT_FORMAT, DAY_FORMAT, MOMENT_FORMAT))
        self.text = f's="{text}" t="inlineStr"><is><t xml:space="preserve">'
        self.day, self.moment = f's="{day}"><v>', f's="{moment}"><v>'

    def xml(self, values: Sequence[Written]) -> bytes:
        self.number += 1
        self.count += 1
        self.letters += map(column_letters, range(len(self.letters), len(values)))
        cells = "".join(
            f'<c r="{letter}{self.number}" {self._inside(value)}</c>'
            for letter, value in zip(self.letters, values, strict=False)
            if value is not None and value != ""
        )
        return f'<row r="{self.number}">{cells}</row>'.encode()

    def _inside(self, value: str | float | datetime.date) -> str:
        """Return what stands in the cell after its reference."""
        if isinstance(value, str):
            return f"{self.text}{_as_xml(value)}</t></is>"
        if isinstance(value, datetime.date):
            style = self.moment if isinstance(value, datetime.datetime) else self.day
            return f"{style}{_serial(value)}</v>"
        return f"><v>{value}</v>"


def _serial(value: datetime.date) -> float:
    """Return a day, or a moment without time zone, as Excel counts: in days."""
    days = value.toordinal() - DAY_ZERO
    if isinstance(value, datetime.datetime):
        return days + (value.hour * 3600 + value.minute * 60 + value.second) / 86400
    return days


def _as_xml(text: str) -> str:
    return escape(ESCAPE_ALIKE.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("", text)))


def _style_id(workbook: Workbook, number_format: str) -> int:
    cell = WriteOnlyCell(workbook.worksheets[0])
    cell.number_format = number_format
    return int(cell.style_id)


def _text_cell(sheet: Worksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"  # After the value, from which openpyxl has just guessed a formula or an error.
    cell.number_format = TEXT_FORMAT
    return cell


def _heading_cell(sheet: Worksheet, text: str, *, bold: bool) -> Cell:
    cell = _text_cell(sheet, text)
    cell.font = Font(bold=bold)
    cell.fill = HEADER_FILL
    cell.border = HEADER_BORDER
    cell.alignment = Alignment(vertical="center")
    return cell


def _style_list(sheet: Worksheet, plan: List) -> None:
    """Give an empty sheet its header, and make all its columns text.

    The style belongs to the whole column, so it also holds for the rows that the user types: Excel never makes a
    date of 6-1 nor drops the zero of 0612.
    """
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for number, column in enumerate(plan.columns):
        dimension = sheet.column_dimensions[column_letters(number)]
        dimension.width = column.width
        if column.value != NUMBER:
            dimension.number_format = TEXT_FORMAT
    none_required = not any(column.required for column in plan.columns)
    sheet.append(
        [_heading_cell(sheet, column.heading, bold=column.required or none_required) for column in plan.columns]
    )


def _add_choices(workbook: Workbook, lists: Sequence[List]) -> None:
    """Add the drop-downs. Their texts stand on a hidden sheet: a rule itself may hold 255 characters."""
    offered = [
        (plan, number, plan.choices[column.field])
        for plan in lists
        for number, column in enumerate(plan.columns)
        if column.field in plan.choices and plan.choices[column.field].texts
    ]
    if not offered:
        return
    hidden = workbook.create_sheet(CHOICES_SHEET)
    hidden.sheet_state = "hidden"
    for texts in zip_longest(*(choices.texts for _, _, choices in offered)):
        hidden.append([text and _text_cell(hidden, text) for text in texts])
    for position, (plan, number, choices) in enumerate(offered):
        letter = column_letters(position)
        source = f"{CHOICES_SHEET}!${letter}$1:${letter}${len(choices.texts)}"
        rule = DataValidation("list", formula1=source, allow_blank=True, showErrorMessage=bool(choices.warning))
        if choices.warning:
            rule.errorStyle = "warning"
            rule.errorTitle, rule.error = choices.warning
        rule.add(f"{column_letters(number)}2:{column_letters(number)}{plan.last_row}")
        workbook[plan.title].add_data_validation(rule)


def _explain(sheet: Worksheet, plan: Help) -> None:
    for line in (*plan.lines, ""):
        sheet.append([line])
    sheet["A1"].font = Font(bold=True, size=14)
    headings = ("Colonne", "Obligatoire ?", "Que saisir", "Exemple")
    sheet.append([_heading_cell(sheet, heading, bold=True) for heading in headings])
    for texts, required in _explained(plan.columns):
        sheet.append(texts)
        row = sheet[sheet.max_row]
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        row[0].font = Font(bold=required)
        row[3].number_format = TEXT_FORMAT
    for first, *others in plan.blocks:
        sheet.append([])
        sheet.append([first])
        sheet.cell(sheet.max_row, 1).font = Font(bold=bool(others))
        for line in others:
            sheet.append([line])
    for letter, width in zip("ABCD", (26, 14, 70, 26), strict=True):
        sheet.column_dimensions[letter].width = width


def _explained(columns: Sequence[Column]) -> Iterator[tuple[list[str], bool]]:
    """Yield (what the row of a column says, whether it is required)."""
    for number, column in enumerate(columns):
        # With its letter in front, so that nobody, reader included, takes it for the heading itself.
        name = f"{column_letters(number)} – {column.heading}"
        yield [name, "oui" if column.required else "non", column.help, column.example], column.required
