"""Builders of workbooks that go wrong, and of odd ones that must not: real archives, made by openpyxl and surgery."""

import datetime
import re
import struct
import zipfile
from io import BytesIO

from openpyxl import Workbook

HEADINGS = ("Nom", "Prénom", "Code classe")
PUPILS = (("Martin", "Zoé", "6A"), ("Durand", "Ali", "6B"))
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def saved(workbook):
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def book(*rows, headings=HEADINGS, above=(), change=None):
    """Return a workbook made by openpyxl: `above`, `headings`, `rows`; `change(workbook, sheet)` comes last."""
    workbook = Workbook()
    sheet = workbook.active
    for row in (*above, headings, *(rows or PUPILS)):
        sheet.append(row)
    if change:
        change(workbook, sheet)
    return saved(workbook)


def surgery(content, changes=(), *, add=(), drop=()):
    """Return the archive with some parts changed ({name: bytes or function}), added or dropped."""
    changes, result = dict(changes), BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name in drop:
                continue
            part = old.read(name)
            change = changes.pop(name, part)
            new.writestr(name, change(part) if callable(change) else change)
        assert not changes, f"no such part: {list(changes)}"
        for name, part in dict(add).items():
            new.writestr(name, part)
    return result.getvalue()


def replacing(old, new):
    def change(part):
        assert old.encode() in part, part[:2000]
        return part.replace(old.encode(), new.encode())

    return change


def text(reference, value, attributes=""):
    """Return a cell with an inline string; `reference` may be empty."""
    place = f' r="{reference}"' if reference else ""
    return f'<c{place} t="inlineStr"{attributes}><is><t>{value}</t></is></c>'


def row(number, *values):
    """Return a row of inline strings from column A on."""
    cells = (text(f"{letter}{number}", value) for letter, value in zip("ABCDEFGHI", values, strict=False) if value)
    return f'<row r="{number}">{"".join(cells)}</row>'


HEADER = row(1, *HEADINGS)
TWO_ROWS = HEADER + row(2, *PUPILS[0]) + row(3, *PUPILS[1])


def raw(rows=TWO_ROWS, *, shared=(), styles="", workbook="", after="", namespace=MAIN, relations=RELATIONS):
    """Return a hand-made workbook: `rows` is the XML inside sheetData, `shared` the shared strings."""
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{relations}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{namespace}" xmlns:r="{relations}">{workbook}<sheets><sheet name="Élèves" sheetId="1" '
            'r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/>'
            f'<Relationship Id="rId3" Type="{relations}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{namespace}">{"".join(f"<si>{item}</si>" for item in shared)}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{namespace}">{styles}</styleSheet>',
        SHEET: f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData>{after}</worksheet>',
    }
    return archive({name: DECLARATION + part for name, part in parts.items()})


def archive(parts):
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return content.getvalue()


def ole(*streams):
    """Return a compound file (what .xls and encrypted workbooks are) whose directory names `streams`."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 2 * len(name) + 2, 2, 1) + bytes(60)
        for name in ("Root Entry", *streams)
    )
    return header.ljust(512, b"\0") + bytes(100_000) + directory.ljust(512, b"\0")


def encrypted_member(content):
    """Set the "encrypted" flag of every member, as `zip --encrypt` does."""
    content = bytearray(content)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        while start >= 0:
            content[start + flags] |= 1
            start = content.find(signature, start + 4)
    return bytes(content)


def swollen(content, name, mebibytes, *, believed=None):
    """Add blank space to the end of part `name`; `believed`: the unpacked size that the directory then claims."""
    result = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for other in old.namelist():
            with new.open(other, "w") as part:
                part.write(old.read(other))
                if other == name:
                    for _ in range(mebibytes):
                        part.write(b" " * 1024 * 1024)
    data = bytearray(result.getvalue())
    if believed is not None:
        for signature, size, label in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
            start = data.find(signature)
            while start >= 0:
                if data[start + label : start + label + len(name)] == name.encode():
                    struct.pack_into("<I", data, start + size, believed)
                start = data.find(signature, start + 4)
    return bytes(data)


def many_members():
    return archive({f"xl/media/image{number}.xml": b" " * 1024 for number in range(2500)} | parts_of(raw()))


def parts_of(content):
    with zipfile.ZipFile(BytesIO(content)) as old:
        return {name: old.read(name) for name in old.namelist()}


def nested():
    bomb = archive({"again.xml": b" " * 10_000_000})
    return surgery(raw(), add={f"xl/media/{number}.zip": bomb for number in range(20)})


def two_sheets(workbook, sheet):
    sheet.title = "6A"
    other = workbook.create_sheet("6B")
    other.append(HEADINGS)
    other.append(("Autre", "Personne", "6B"))


def help_sheet(workbook, sheet):
    """A second sheet with a full example, and a data sheet before it."""
    two_sheets(workbook, sheet)
    workbook["6B"].title = "Mode d'emploi"


def hidden_sheet(workbook, sheet):
    two_sheets(workbook, sheet)
    sheet.sheet_state = "hidden"
    workbook.active = 1


def hidden_rows(workbook, sheet):
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["C"].hidden = True


def merged_class(workbook, sheet):
    sheet["C3"] = None
    sheet.merge_cells("C2:C3")


def merged_title(workbook, sheet):
    sheet.merge_cells("A1:C1")


def mixed_values(workbook, sheet):
    """Numbers, booleans, spaces and accents as real files have them, from row 4 on."""
    sheet.append(("\u00a0 Le\u00a0\u00a0 Goff\u200b", "Zoe\u0301", 601))
    sheet.append((True, "\ufeffJean\u00a0Luc\n", 601.0))
    sheet.append(("'Abd", "O’Neil", "0601"))
    sheet.append((10**20, 0.1 + 0.2, 6.5))


def dates(workbook, sheet):
    sheet.append(("Martin", "Zoé", datetime.date(2026, 1, 6)))
    sheet.append((datetime.datetime(2026, 3, 2, 8, 30), "Ali", "6A"))  # noqa: DTZ001 (Excel knows no time zone)
    sheet.append(("Durand", "Léa", datetime.time(6, 1)))


def formulas(workbook, sheet):
    sheet["A2"] = '="Mar"&"tin"'


STYLES = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
SHARED = ' t="s"'
RICH_ROWS = HEADER + "".join(
    f'<row r="{n}"><c r="A{n}"{SHARED}><v>0</v></c>{text(f"B{n}", "Zoé")}{text(f"C{n}", "6A")}</row>' for n in (2, 3)
)
DATE_1904 = HEADER + row(2, "Martin", "Zoé")[:-6] + '<c r="C2" s="1"><v>44566</v></c></row>'
CACHED_FORMULAS = (
    HEADER
    + '<row r="2"><c r="A2" t="str"><f>"Mar"&amp;"tin"</f><v>Martin</v></c>'
    + text("B2", "Zoé")
    + '<c r="C2" t="str"><f>D2</f><v>6A</v></c><c r="D2" t="str"><f>Z1</f><v></v></c></row>'
)
ERROR_CELLS = (
    HEADER
    + '<row r="2"><c r="A2" t="e"><v>#NAME?</v></c>'
    + text("B2", "Zoé")
    + "<c t='e' r='C2'><f>VLOOKUP(A2,Z:Z,1,0)</f><v>#N/A</v></c></row>"
    + row(3, *PUPILS[1])
    + '<row r="5"><c r="C5" t="e"><v>#REF!</v></c></row>'
)
STYLED_BLANK_ROW = '<row r="{0}"><c r="A{0}" s="1"/><c r="B{0}" s="1"/><c r="C{0}" s="1"></c></row>'
STYLED_BLANKS = (
    HEADER
    + row(2, *PUPILS[0])
    + "".join(STYLED_BLANK_ROW.format(number) for number in range(3, 200_003))
    + row(200_003, *PUPILS[1])
)
WITHOUT_REFERENCES = "".join(
    f"<row>{''.join(text('', value) for value in values)}</row>" for values in (HEADINGS, *PUPILS)
)
ENTITIES = '<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>'


def cell(reference, value, attributes=""):
    """Return a cell whose value is a number, or what `attributes` say."""
    return f'<c r="{reference}"{attributes}><v>{value}</v></c>'


def one_string_everywhere(string, rows, columns="A"):
    """Return a workbook whose data cells all show the one shared string: small in the file, large when read."""
    lines = (
        f'<row r="{number}">{"".join(cell(f"{letter}{number}", 0, SHARED) for letter in columns)}</row>'
        for number in range(2, rows + 2)
    )
    return raw(HEADER + "".join(lines), shared=[f"<t>{string}</t>"])


def prefixed():
    """A workbook whose worksheet names its elements with a namespace prefix, as some generators do."""

    def prefix(part):
        declaration, xml = part.split(b"?>", 1)
        xml = re.sub(rb"<(/?)(?=\w)", rb"<\1x:", xml).replace(b"xmlns=", b"xmlns:x=")
        return declaration + b"?>" + xml

    return surgery(raw(), {SHEET: prefix})


def spoiled(content):
    """Overwrite some compressed bytes of the sheet."""
    place = content.find(SHEET.encode()) + len(SHEET) + 40
    return content[:place] + b"\xff" * 40 + content[place + 40 :]
