"""The reader: bad files end in their code, odd ones in the right data, none of them hurts this process."""

import sys
import time

import pytest

from imports.columns import layout_for
from imports.tables import guard
from imports.tables.cells import MAX_CHARACTERS
from imports.tables.problems import Refused, SheetRow
from imports.tests import bad_files as bad
from imports.tests.bad_files import HEADER, HEADINGS, PUPILS, SHEET, TWO_ROWS, book, cell, raw, replacing, row, surgery

LIMITS = {"max_rows": 20_000, "max_bytes": 10 * 1024 * 1024, "max_unpacked_bytes": 100 * 1024 * 1024}
MARTIN, DURAND = PUPILS
BOTH = {2: MARTIN, 3: DURAND}
BROKEN = "<?xml version='1.0'?><worksheet><unclosed"
CSV = "\r\n".join(";".join(line) for line in (HEADINGS, *PUPILS))
ODS = "application/vnd.oasis.opendocument.spreadsheet"
STRICT = {
    "namespace": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "relations": "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
RICH = '<r><t>Mar</t></r><r><rPr><b/></rPr><t>tin</t></r><rPh sb="0" eb="1"><t>X</t></rPh>'


def refused(name, code, build, **limits):
    return pytest.param(build, "student", limits, code, None, None, id=name)


def right(name, rows, build, *codes, kind="student", **limits):
    """`rows`: {row number: (last name, first name, class)}; `codes`: of the problems that go with them."""
    return pytest.param(build, kind, limits, None, rows, sorted(codes), id=name)


def with_part(name, old, new):
    return lambda: surgery(raw(), {name: replacing(old, new)})


def with_rows(xml):
    """Return a builder of the two usual rows and of `xml` after them."""
    return lambda: raw(TWO_ROWS + xml)


NOT_A_WORKBOOK = [
    refused("empty file", "empty", lambda: b""),
    refused("text", "wrong_format", lambda: "Nom Prénom\nMartin Zoé\n".encode("cp1252")),
    refused("csv renamed", "wrong_format", lambda: CSV.encode()),
    refused("csv with BOM", "wrong_format", lambda: CSV.encode("utf-8-sig")),
    refused("csv in UTF-16", "wrong_format", lambda: CSV.encode("utf-16")),
    refused("pdf", "wrong_format", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
    refused("html table", "wrong_format", lambda: b"<html><table><tr><td>Nom</td></tr></table></html>"),
    refused("image", "wrong_format", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100)),
    refused("xls", "wrong_format", lambda: bad.ole("Workbook", "SummaryInformation")),
    refused("encrypted", "encrypted", lambda: bad.ole("EncryptionInfo", "EncryptedPackage")),
    refused("empty zip", "wrong_format", lambda: bad.archive({})),
    refused("zip without parts", "wrong_format", lambda: bad.archive({"liste.csv": CSV})),
    refused("docx", "wrong_format", lambda: bad.archive({"word/document.xml": ""})),
    refused("pptx", "wrong_format", lambda: bad.archive({"ppt/presentation.xml": ""})),
    refused("ods", "wrong_format", lambda: bad.archive({"mimetype": ODS, "content.xml": ""})),
    refused("ods, type last", "wrong_format", lambda: bad.archive({"content.xml": "", "mimetype": ODS})),
    refused("xlsb", "wrong_format", lambda: bad.archive({"xl/workbook.bin": b"\0"})),
    refused("numbers", "wrong_format", lambda: bad.archive({"Index/Document.iwa": b"\0"})),
]

DAMAGED = [
    *(
        refused(f"cut at {percent} %", "unreadable", lambda p=percent: book()[: len(book()) * p // 100])
        for percent in (5, 50, 90, 99)
    ),
    refused("spoiled bytes", "unreadable", lambda: bad.spoiled(book())),
    *(
        refused(f"broken {part}", "unreadable", lambda part=part: surgery(raw(), {part: BROKEN}))
        for part in (
            "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels",
            "xl/sharedStrings.xml",
            "xl/styles.xml",
            SHEET,
        )
    ),
    right("broken content types", BOTH, lambda: surgery(raw(), {"[Content_Types].xml": BROKEN})),
    *(
        refused(f"without {part}", "unreadable", lambda part=part: surgery(raw(), drop=[part]))
        for part in ("xl/_rels/workbook.xml.rels", SHEET)
    ),
    right("utf-16", BOTH, lambda: surgery(raw(), {SHEET: lambda part: part.decode().encode("utf-16")})),
    refused("encrypted members", "encrypted", lambda: bad.encrypted_member(raw())),
    refused("absolute name", "unreadable", lambda: surgery(raw(), add={"/etc/passwd.xml": "x"})),
    refused("climbing name", "unreadable", lambda: surgery(raw(), add={"xl/../../x.xml": "x"})),
    refused("string out of range", "unreadable", with_rows(f'<row r="4">{cell("A4", 9, bad.SHARED)}</row>')),
    refused("row zero", "unreadable", with_rows(f'<row r="0">{cell("A0", 1)}</row>')),
    refused("negative row", "unreadable", with_rows(f'<row r="-2">{cell("A-2", 1)}</row>')),
    refused("column that overflows", "unreadable", with_rows(f'<row r="4">{cell("ZZZZZZZZZ4", 1)}</row>')),
]

BOMBS = [
    refused("swollen sheet", "too_large", lambda: bad.swollen(raw(), SHEET, 110)),
    refused("swollen styles", "too_large", lambda: bad.swollen(raw(), "xl/styles.xml", 110)),
    refused("lying sizes", "too_large", lambda: bad.swollen(raw(), SHEET, 110, believed=1000)),
    refused("slightly lying sizes", "unreadable", lambda: bad.swollen(raw(), SHEET, 1, believed=1000)),
    right("many members", BOTH, bad.many_members),
    right("nested archives", BOTH, bad.nested),
    refused("entity bomb", "unreadable", with_part(SHEET, "<worksheet", bad.ENTITIES + "<worksheet")),
    refused("external entity", "unreadable", with_part(SHEET, "<worksheet", bad.EXTERNAL + "<worksheet")),
    refused("entity, index", "unreadable", with_part("xl/workbook.xml", "<work", bad.EXTERNAL + "<work")),
    refused("one huge string", "unreadable", lambda: bad.one_string_everywhere("x" * 1_000_000, 2000)),
    refused("much text", "too_large", lambda: bad.one_string_everywhere("é" * 1900, 15_000, "AB")),
    refused("endless row", "unreadable", lambda: raw(f"{HEADER}<row>{'<c><v>1</v></c>' * 3_000_000}</row>")),
    refused("wall of opening tags", "unreadable", lambda: raw(HEADER + '<c t="e" ' * 1_000_000)),
    refused("too large", "too_large", book, max_bytes=1000),
    refused("too many rows", "too_many_rows", lambda: raw(HEADER + "".join(row(n, *MARTIN) for n in range(2, 20_003)))),
    refused("one row too many", "too_many_rows", book, max_rows=1),
    right("just enough rows", BOTH, book, max_rows=2),
]

FAR_CELLS = [
    refused("far corner", "too_large", with_rows(f'<row r="1048576">{cell("XFD1048576", 1)}</row>')),
    refused("far corner alone", "too_large", lambda: raw(f'<row r="1048576">{cell("XFD1048576", 1)}</row>')),
    refused("far row", "too_large", with_rows(f'<row r="1048576">{cell("A1048576", 1)}</row>')),
    refused("far column", "too_large", with_rows(f'<row r="4">{bad.text("XFD4", "x")}</row>')),
    refused("far, disguised", "unreadable", with_rows('<row r="4"><c r = "XFD1048576"><v>1</v></c></row>')),
    right("far blank cells", BOTH, with_rows('<row r="1048576"><c r="XFC1048576" s="0"/><c r="XFD1048576"></c></row>')),
    right(
        "wrong dimension",
        BOTH,
        with_part(SHEET, "<sheetData", '<dimension ref="A1:XFD1048576"/><sheetData'),
    ),
    right("200 000 blank rows", {2: MARTIN, 200_003: DURAND}, lambda: raw(bad.STYLED_BLANKS)),
]

HEADERS = [
    right("header on row 5", {6: MARTIN, 7: DURAND}, lambda: book(above=[["Collège"], [], ["Classe : 6A"], []])),
    refused("header on row 25", "missing_column", lambda: book(above=[["Titre"]] * 24)),
    refused("no header", "missing_column", lambda: book(headings=("Petit", "Léo", "6A"))),
    refused("no rows", "empty", lambda: raw(HEADER)),
    refused("nothing", "empty", lambda: raw("")),
    refused("duplicate", "duplicate_column", lambda: book(headings=(*HEADINGS, "NOM de famille"))),
    refused("missing", "missing_column", lambda: book(headings=("Nom", "Identifiant", "Code classe"))),
    refused("teachers for students", "missing_column", lambda: book(headings=("Nom", "Prénom", "Email"))),
    right("students for teachers", {2: MARTIN[:2], 3: DURAND[:2]}, book, "unknown_column", kind="teacher"),
    right(
        "odd headings",
        BOTH,
        lambda: book(headings=("\ufeffNOM\u00a0*", " prenom ", "CODE\u00a0 CLASSE (obligatoire)")),
    ),
    right(
        "any order",
        {2: MARTIN},
        lambda: book(("6A", "x", "Zoé", None, "Martin"), headings=("Classe", "Né(e) le", "Prénom", None, "Nom")),
        "unknown_column",
    ),
    right("ignored dates", {2: MARTIN}, lambda: book((*MARTIN, 45000), headings=(*HEADINGS, "Date de création"))),
    right("two sheets", BOTH | {SheetRow.SPAN + 2: ("Autre", "Personne", "6B")}, lambda: book(change=bad.two_sheets)),
    right("help sheet", BOTH, lambda: book(change=bad.help_sheet)),
    right("hidden sheet", {2: ("Autre", "Personne", "6B")}, lambda: book(change=bad.hidden_sheet)),
    refused(
        "help sheet bears the better header",
        "missing_column",
        lambda: book(headings=("Nom", "Prénom", "Clase"), change=bad.help_sheet),
    ),
]

CELLS = [
    right("hidden rows and columns", BOTH, lambda: book(change=bad.hidden_rows), "hidden_rows"),
    right(
        "blank rows",
        {3: MARTIN, 6: DURAND},
        lambda: book((None,), MARTIN, (" ", "\u00a0", ""), (None,), DURAND, ("  ",)),
    ),
    right(
        "away from the corner",
        {5: MARTIN},
        lambda: book((None, None, *MARTIN), headings=(None, None, *HEADINGS), above=[[], [], []]),
    ),
    right(
        "merged cells",
        {2: MARTIN, 3: ("Durand", "Ali", "")},
        lambda: book(change=bad.merged_class),
        "merged_cells",
    ),
    right("merged title", {3: MARTIN, 4: DURAND}, lambda: book(above=[["Liste"]], change=bad.merged_title)),
    right(
        "values",
        BOTH
        | {
            4: ("Le Goff", "Zoé", "601"),
            5: ("", "Jean Luc", "601"),
            6: ("'Abd", "O’Neil", "0601"),
            7: ("", "0.3", "6.5"),
        },
        lambda: book(change=bad.mixed_values),
        "invalid_value",
        "invalid_value",
    ),
    right(
        "dates",
        BOTH | {4: ("Martin", "Zoé", ""), 5: ("", "Ali", "6A"), 6: ("Durand", "Léa", "")},
        lambda: book(change=bad.dates),
        "date_in_code",
        "date_in_code",
        "invalid_value",
    ),
    right(
        "1904 dates",
        {2: ("Martin", "Zoé", "")},
        lambda: raw(bad.DATE_1904, styles=bad.STYLES, workbook='<workbookPr date1904="1"/>'),
        "date_in_code",
    ),
    right("formulas with values", {2: MARTIN}, lambda: raw(bad.CACHED_FORMULAS)),
    right(
        "formulas without values",
        {2: ("", "Zoé", "6A"), 3: DURAND},
        lambda: book(change=bad.formulas),
        "invalid_value",
    ),
    right(
        "error cells",
        {2: ("", "Zoé", ""), 3: DURAND, 5: ("", "", "")},
        lambda: raw(bad.ERROR_CELLS),
        *["invalid_value"] * 3,
    ),
    right("error without reference", BOTH, with_rows('<row><c t="e"><v>#N/A</v></c></row>'), "invalid_value"),
    right("rich text", {2: MARTIN, 3: MARTIN}, lambda: raw(bad.RICH_ROWS, shared=[RICH])),
    right("no references", BOTH, lambda: raw(bad.WITHOUT_REFERENCES)),
    right(
        "duplicate references",
        {2: ("Martin", "Zoé", "6B")},
        lambda: raw(HEADER + row(2, *MARTIN)[:-6] + bad.text("C2", "6B") + "</row>"),
    ),
    right("rows out of order", BOTH, lambda: raw(row(3, *DURAND) + row(2, *MARTIN) + HEADER)),
    right("prefixed elements", BOTH, bad.prefixed),
    right("strict OOXML", BOTH, lambda: raw(**STRICT)),
    right("very long cell", {2: ("x" * MAX_CHARACTERS, "Zoé", "6A")}, lambda: book(("x" * 32_000, "Zoé", "6A"))),
    right(
        "control characters",
        {2: ("Mar tin", "Zoé", "6A")},
        lambda: raw(HEADER + row(2, "Mar_x0009_tin", "Zo_x0000_é", "6A")),
    ),
]

FILES = [*NOT_A_WORKBOOK, *DAMAGED, *BOMBS, *FAR_CELLS, *HEADERS, *CELLS]


# A small process between: the peak that the kernel tells of a child includes that of the process that started it.
MEASURE = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss // 1024))
"""


@pytest.fixture
def peak(monkeypatch, tmp_path):
    """Return the largest memory, in MiB, of the reading child; 0: it was not needed, or killed before its end."""
    command, result = guard._command, tmp_path / "peak"
    monkeypatch.setattr(
        guard,
        "_command",
        lambda *args: [sys.executable, "-I", "-S", "-c", MEASURE, str(result), *command(*args)],
    )
    return lambda: int(result.read_text()) if result.exists() else 0


def read(tmp_path, content, *, kind="student", **limits):
    path = tmp_path / "liste.xlsx"
    path.write_bytes(content)
    return guard.read(path, layout_for(kind), **{**LIMITS, **limits})


@pytest.mark.parametrize(("build", "kind", "limits", "code", "rows", "codes"), FILES)
def test_file(tmp_path, peak, build, kind, limits, code, rows, codes):
    content = build()
    started = time.monotonic()
    if code:
        with pytest.raises(Refused) as outcome:
            read(tmp_path, content, kind=kind, **limits)
        assert {problem.code for problem in outcome.value.problems} == {code}
        assert all(problem.message.endswith(".") for problem in outcome.value.problems)
    else:
        sheet = read(tmp_path, content, kind=kind, **limits)
        fields = ("last_name", "first_name", "school_class")[: 3 if kind == "student" else 2]
        assert {row.number: tuple(row.values[field] for field in fields) for row in sheet.rows} == rows
        assert sorted(problem.code for problem in sheet.problems) == codes
    assert time.monotonic() - started < 20
    assert peak() < 400


def test_the_peak_is_measured(tmp_path, peak):
    read(tmp_path, raw())
    assert 10 < peak() < 60
