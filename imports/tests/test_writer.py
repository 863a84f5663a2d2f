"""What the writer of all workbooks makes of values."""

import datetime
from io import BytesIO

from openpyxl import load_workbook

from imports.tables import writer
from imports.tables.columns import DATE, NUMBER, Column

COLUMNS = (Column("name", "Nom"), Column("count", "Nombre", value=NUMBER), Column("seen", "Vu le", value=DATE))
DAY = datetime.date(2026, 9, 1)
MOMENT = datetime.datetime(2026, 9, 1, 23, 59, 58)  # noqa: DTZ001 (a cell has no time zone)


def test_each_value_keeps_its_kind_in_each_sheet():
    file = BytesIO()
    count = writer.write(
        file,
        writer.List("Un", COLUMNS, [("=1+1", 0, DAY), ("", None, None), ("6-1", 2.5, MOMENT)]),
        writer.Help("Aide", ["Titre"], COLUMNS, [["seul"], ["titre", "suite"]]),
        writer.List("Deux", COLUMNS, [("007", 7, None)]),
    )
    assert count == 4
    book = load_workbook(file)
    assert book.sheetnames == ["Un", "Aide", "Deux"]
    first, blank, last = book["Un"].iter_rows(min_row=2)
    assert [cell.value for cell in first] == ["=1+1", 0, datetime.datetime(2026, 9, 1)]  # noqa: DTZ001
    assert [cell.data_type for cell in first] == ["s", "n", "d"]
    assert [cell.number_format for cell in first] == ["@", "General", "DD/MM/YYYY"]
    assert [cell.value for cell in blank] == [None] * 3
    assert [cell.value for cell in last] == ["6-1", 2.5, MOMENT]
    assert [cell.value for cell in book["Deux"][2]][:2] == ["007", 7]


def test_only_columns_of_numbers_are_not_text():
    sheet = load_workbook(BytesIO(writer.build(writer.List("Un", COLUMNS)))).worksheets[0]
    assert [sheet.column_dimensions[letter].number_format for letter in "ABC"] == ["@", "General", "@"]
    assert all(cell.font.bold for cell in sheet[1]), "where no column is required, all headings are bold"
