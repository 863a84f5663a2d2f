"""Workbooks that a spreadsheet program opens and that readers stumble over, each as its program writes it."""

import struct
import zipfile
from io import BytesIO

from openpyxl import Workbook
from openpyxl.chart import BarChart

from imports.tests.bad_files import (
    DECLARATION,
    HEADER,
    HEADINGS,
    MAIN,
    PUPILS,
    RELATIONS,
    SHEET,
    TWO_ROWS,
    archive,
    book,
    cell,
    parts_of,
    raw,
    replacing,
    row,
    saved,
    surgery,
    text,
)

INDEX = "xl/workbook.xml"
INDEX_RELATIONS = "xl/_rels/workbook.xml.rels"
SVG = (
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
    '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg xmlns="http://www.w3.org/2000/svg"/>'
)
MASHUP = (
    '<?xml version="1.0" encoding="utf-16"?><DataMashup xmlns="http://schemas.microsoft.com/DataMashup">'
    "AAAAABQDAABQSwMEFAACAAgA</DataMashup>"
)


# --- Parts that nobody reads -----------------------------------------------------------------------------------
def power_query():
    """Données › À partir d'un fichier CSV leaves a customXml in UTF-16."""
    return surgery(raw(), add={"customXml/item1.xml": MASHUP.encode("utf-16")})


def picture_with_doctype():
    return surgery(raw(), add={"xl/media/image1.svg": SVG, "xl/drawings/drawing1.xml": SVG})


def broken_part():
    return surgery(raw(), add={"docProps/app.xml": "<Properties><unclosed", "xl/theme/theme1.xml": b"\xff\xfe\0x"})


def many_pictures():
    """A trombinoscope: 2,600 pictures of some bytes."""
    return archive(parts_of(raw()) | {f"xl/media/image{n}.jpeg": b"\xff\xd8\xff\xe0JFIF" for n in range(2600)})


def empty_deflated_member():
    """A member of no bytes at all that claims to be deflated: not even the two bytes that end a deflated stream."""
    return _with_member_of_no_bytes("xl/printerSettings/printerSettings1.bin")


def _with_member_of_no_bytes(name):
    result = BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr(zipfile.ZipInfo(name), b"")  # Stored; then called deflated, in both places.
        for other, part in parts_of(raw()).items():
            new.writestr(other, part)
    data = bytearray(result.getvalue())
    struct.pack_into("<H", data, 8, zipfile.ZIP_DEFLATED)
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 10, zipfile.ZIP_DEFLATED)
    return bytes(data)


# --- Sheets ----------------------------------------------------------------------------------------------------
def with_sheet_part(before="", after="", rows=TWO_ROWS):
    """Return a workbook whose sheet has more elements before and after its rows."""
    return surgery(raw(rows, after=after), {SHEET: replacing("<sheetData", f"{before}<sheetData")})


def beside(element, *, kind="worksheet", part="worksheets/sheet2.xml", content=None, attributes=""):
    """Return a workbook with a second sheet: its entry `element`, and `content` (a sheet with `attributes`)."""
    content = content or f'<worksheet xmlns="{MAIN}">{attributes}<sheetData>{row(1, "Note")}</sheetData></worksheet>'
    relation = f'<Relationship Id="rId9" Type="{RELATIONS}/{kind}" Target="{part}"/>'
    return surgery(
        raw(),
        {
            INDEX: replacing("</sheets>", f"{element}</sheets>"),
            INDEX_RELATIONS: replacing("</Relationships>", f"{relation}</Relationships>"),
        },
        add={f"xl/{part}": DECLARATION + content},
    )


SECOND = '<sheet name="Notes" sheetId="2" r:id="rId9"/>'


def other_sheet_with(xml, *, after=False):
    """Return a workbook with `xml` on a sheet that is not the list's."""
    rows = f"<sheetData>{row(1, 'Note')}</sheetData>"
    return beside(SECOND, content=f'<worksheet xmlns="{MAIN}">{rows + xml if after else xml + rows}</worksheet>')


def macro_sheet():
    xml = f'<xm:macrosheet xmlns="{MAIN}" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"/>'
    return beside(
        '<sheet name="Macro1" sheetId="2" state="veryHidden" r:id="rId9"/>',
        kind="xlMacrosheet",
        part="macrosheets/sheet1.xml",
        content=xml,
    )


def dialog_sheet():
    return beside(
        '<sheet name="Boîte1" sheetId="2" r:id="rId9"/>',
        kind="dialogsheet",
        part="dialogsheets/sheet1.xml",
        content=f'<dialogsheet xmlns="{MAIN}"/>',
    )


def chart_sheet():
    """Made by openpyxl: the chart stands first, as Excel's F11 puts it."""
    workbook = Workbook()
    sheet = workbook.active
    for line in (HEADINGS, *PUPILS):
        sheet.append(line)
    workbook.create_chartsheet("Graphique1", 0).add_chart(BarChart())
    return saved(workbook)


def relation_without_id():
    """A sheet that leads nowhere."""
    return surgery(raw(), {INDEX: replacing("</sheets>", '<sheet name="Vide" sheetId="2" r:id=""/></sheets>')})


def relation_to_nothing():
    return surgery(raw(), {INDEX: replacing("</sheets>", '<sheet name="Vide" sheetId="2" r:id="rId77"/></sheets>')})


def shown():
    return surgery(raw(), {INDEX: replacing('sheetId="1"', 'sheetId="1" state="show"')})


def in_utf_16(*parts):
    """Return a workbook with these parts in UTF-16, and an honest declaration of it."""

    def change(part):
        return part.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")

    return surgery(raw(), dict.fromkeys(parts, change))


def in_latin_1():
    """A worksheet in Windows-1252, as its declaration says."""

    def change(part):
        return part.decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("latin-1")

    return surgery(raw(), {SHEET: change})


# --- Parts elsewhere -------------------------------------------------------------------------------------------
def moved(folder):
    """Return a workbook whose parts stand in `folder` ("" or "content/"), as the relationships say."""
    parts = parts_of(raw())
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"xl/workbook.xml", f"{folder}workbook.xml".encode())
    return archive({name.replace("xl/", folder, 1): part for name, part in parts.items()})


def other_names():
    """The index is workbook22.xml, the sheet feuille.xml, the strings texts.xml; strings and styles in use."""
    rows = HEADER + "".join(
        f'<row r="{n}">{cell(f"A{n}", n - 2, SHARED)}{text(f"B{n}", first)}{text(f"C{n}", code)}</row>'
        for n, (_, first, code) in enumerate(PUPILS, 2)
    )
    parts = parts_of(raw(rows, shared=[f"<t>{last}</t>" for last, *_ in PUPILS]))
    names = {
        INDEX: "xl/workbook22.xml",
        INDEX_RELATIONS: "xl/_rels/workbook22.xml.rels",
        SHEET: "xl/data/feuille.xml",
        "xl/sharedStrings.xml": "xl/data/texts.xml",
        "xl/styles.xml": "xl/data/looks.xml",
    }
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"/xl/workbook22.xml")
    relations = parts[INDEX_RELATIONS]
    for old, new in names.items():
        relations = relations.replace(old.removeprefix("xl/").encode(), new.removeprefix("xl/").encode())
    parts[INDEX_RELATIONS] = relations
    return archive({names.get(name, name): part for name, part in parts.items()})


def named_by_content_types():
    """No _rels/.rels: only [Content_Types].xml says which part is the workbook."""
    parts = parts_of(moved("book/"))
    del parts["_rels/.rels"]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", f'<Override PartName="/book/workbook.xml" ContentType="{kind}"/></Types>'.encode()
    )
    return archive(parts)


def backslashes():
    """Names as a program of Windows wrote them."""
    return archive({name.replace("/", "\\"): part for name, part in parts_of(raw()).items()})


# --- Cells -----------------------------------------------------------------------------------------------------
SHARED = ' t="s"'


def with_error(error, column="D"):
    """Return a workbook with `error` in row 2 of a column, read or not."""
    bad = cell(f"{column}2", error, ' t="e"')
    cells = text("A2", "Martin") + text("B2", "Zoé") + text("C2", "6A")
    if column < "D":
        place = "ABC".index(column)
        cells = "".join(bad if n == place else text(f"{'ABC'[n]}2", PUPILS[0][n]) for n in range(3))
        bad = ""
    header = row(1, *HEADINGS, "Moyenne")
    return raw(header + f'<row r="2">{cells}{bad}</row>' + row(3, *PUPILS[1]))


def padded(number_format="000000", *, heading="Identifiant"):
    """Return a list whose column `heading` holds the number 410, shown as `number_format` says."""

    def change(workbook, sheet):
        sheet["D2"] = 410
        sheet["D2"].number_format = number_format

    return book(headings=(*HEADINGS, heading), change=change)


def scientific(value=60, number_format="0.00E+00", heading="Code groupe"):
    """Return a list with a cell that Excel has turned into a number in scientific notation, as it does with 6E1."""

    def change(workbook, sheet):
        sheet["D2"] = value
        sheet["D2"].number_format = number_format

    return book(headings=(*HEADINGS, heading), change=change)


def logical(workbook, sheet):
    sheet["A2"] = True


def filtered(workbook, sheet):
    """A filter on the class 6B hides row 2."""
    sheet.auto_filter.ref = "A1:C3"
    sheet.auto_filter.add_filter_column(2, ["6B"])
    sheet.row_dimensions[2].hidden = True


def wide():
    """A list with a wide planning beside it: 300 filled columns are no cell that stands alone."""
    lines = [(*HEADINGS, *(f"S{n}" for n in range(300)))]
    lines += [(*pupil, *range(300)) for pupil in PUPILS]
    workbook = Workbook()
    for line in lines:
        workbook.active.append(line)
    return saved(workbook)


# --- Several sheets --------------------------------------------------------------------------------------------
def sheets(**named):
    """Return a workbook with these sheets: {name: rows}."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in named.items():
        sheet = workbook.create_sheet(name)
        for line in rows:
            sheet.append(line)
    return saved(workbook)


TEACHERS = (("Nom", "Prénom", "Email"), ("Bernard", "Anne", "anne@example.org"), ("Petit", "Luc", "luc@example.org"))


def pupils_and_teachers():
    return sheets(Élèves=(HEADINGS, *PUPILS), Enseignants=TEACHERS)


def one_sheet_a_class(*, headings=HEADINGS):
    """Return sheets 6A and 6B of one heading; without the column of the class where `headings` has none."""
    width = len(headings)
    return sheets(
        **{"6A": (headings, PUPILS[0][:width]), "6B": (headings, PUPILS[1][:width], ("Roux", "Léa", "6B")[:width])}
    )


# --- What must come out ----------------------------------------------------------------------------------------
BOTH = {2: PUPILS[0], 3: PUPILS[1]}
ALL_PARTS = (
    SHEET,
    INDEX,
    INDEX_RELATIONS,
    "xl/styles.xml",
    "xl/sharedStrings.xml",
    "[Content_Types].xml",
    "_rels/.rels",
)


def merged(reference):
    return f'<mergeCells count="1"><mergeCell ref="{reference}"/></mergeCells>'


# {name: (builder, codes of the problems that go with the two usual pupils)}
PUPILS_COME_OUT = {
    "power query": (power_query, []),
    "picture with a DOCTYPE": (picture_with_doctype, []),
    "broken parts that nobody reads": (broken_part, []),
    "2,600 pictures": (many_pictures, []),
    "deflated member of no bytes": (empty_deflated_member, []),
    "dimension 1:4": (lambda: with_sheet_part('<dimension ref="1:4"/>'), []),
    "dimension A:C": (lambda: with_sheet_part('<dimension ref="A:C"></dimension>'), []),
    "dimension 1:4, other sheet": (lambda: other_sheet_with('<dimension ref="1:4"/>'), []),
    "dimension A:C, other sheet": (lambda: other_sheet_with('<dimension ref="A:C"/>'), []),
    "merged row": (lambda: with_sheet_part(after=merged("1:1")), []),
    "merged column": (lambda: with_sheet_part(after=merged("A:A")), []),
    "merged row, other sheet": (lambda: other_sheet_with(merged("1:1"), after=True), []),
    "merged column, other sheet": (lambda: other_sheet_with(merged("A:A"), after=True), []),
    "macro sheet": (macro_sheet, []),
    "dialog sheet": (dialog_sheet, []),
    "chart sheet": (chart_sheet, []),
    "sheet without relationship": (relation_without_id, []),
    "sheet that leads nowhere": (relation_to_nothing, []),
    "state show": (shown, []),
    "UTF-16 sheet": (lambda: in_utf_16(SHEET), []),
    "UTF-16 everywhere": (lambda: in_utf_16(*ALL_PARTS), []),
    "Latin-1 sheet": (in_latin_1, []),
    "parts at the root": (lambda: moved(""), []),
    "parts in another folder": (lambda: moved("content/"), []),
    "parts under other names": (other_names, []),
    "parts named by their types": (named_by_content_types, []),
    "backslashes": (backslashes, []),
    **{
        f"{error} in a column that is not read": (lambda error=error: with_error(error), ["unknown_column"])
        for error in ("#SPILL!", "#CALC!", "#GETTING_DATA", "#BLOCKED!", "#FIELD!", "#PYTHON!", "#N/A")
    },
    "filtered": (lambda: book(change=filtered), ["hidden_rows"]),
    "wide": (wide, ["unknown_column"] * 51),
}
