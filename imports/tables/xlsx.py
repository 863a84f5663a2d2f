"""The workbooks of Excel and of all who write them: .xlsx, .xlsm.

Each part that is needed is unpacked once: looked through as it comes, mended, and put under its usual name into a
package in memory that holds nothing else, which calamine reads. What nobody needs is never unpacked.
"""

import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from imports.tables.archive import Archive
from imports.tables.problems import Refused
from imports.tables.sight import Sight, look
from imports.tables.table import Facts, Value
from imports.tables.unread import ODS, why_unread
from imports.tables.worksheet_xml import WorksheetScan
from imports.tables.xlsx_parts import TYPES, USUAL_INDEX, Parts, SheetPart, find_parts, xml_pieces
from imports.tables.xlsx_styles import Styles, StylesScan

if TYPE_CHECKING:
    import python_calamine as calamine

OTHER_PROGRAMS = ("word/", "ppt/", "xl/workbook.bin")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


def recognises(sight: Sight) -> bool:
    if sight.members is None:
        return sight.is_zip and ODS not in sight.start[:200]
    return USUAL_INDEX in sight.members or (
        TYPES in sight.members and not any(name.startswith(OTHER_PROGRAMS) for name in sight.members)
    )


def tables(path: str, *, max_unpacked_bytes: int) -> Sequence["Worksheet"]:
    """Return the worksheets of the workbook, at most MAX_SHEETS. Raises Refused."""
    import python_calamine as calamine

    with Archive(path, max_unpacked_bytes=max_unpacked_bytes) as archive:
        parts = find_parts(archive)
        if parts is None:
            raise Refused(why_unread(look(path)))
        package, facts = _unpack(archive, parts)
    book = calamine.CalamineWorkbook.from_filelike(package)
    return [Worksheet(book, index, sheet, facts[index]) for index, sheet in enumerate(parts.sheets)]


class Worksheet:
    """A Table; its cells are read when they are first asked for."""

    def __init__(self, book: "calamine.CalamineWorkbook", index: int, part: SheetPart, facts: Facts) -> None:
        self.book, self.index, self.facts = book, index, facts
        self.name, self.visible = part.name, part.visible

    @cached_property
    def sheet(self) -> "calamine.CalamineSheet":
        return self.book.get_sheet_by_index(self.index)

    @property
    def first_column(self) -> int:
        return self.sheet.start[1] if self.sheet.start else 0

    @property
    def last_row(self) -> int:
        return self.sheet.end[0] + 1 if self.sheet.end else 0

    def rows(self) -> Iterator[tuple[int, Sequence[Value]]]:
        # calamine drops the blank columns on the left, but not the blank rows above.
        return enumerate(self.sheet.iter_rows(), 1)


class Package:
    """A file in memory, written once from end to end, then read so: what has been read is let go."""

    def __init__(self) -> None:
        self.pieces: deque[memoryview] = deque()

    def write(self, data: bytes) -> int:
        if data:  # An empty piece would read as the end.
            self.pieces.append(memoryview(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError  # calamine wants to see it, and does not call it.

    def read(self, size: int = -1) -> bytes:
        if not self.pieces:
            return b""
        piece = self.pieces.popleft()
        if 0 <= size < len(piece):
            self.pieces.appendleft(piece[size:])
            piece = piece[:size]
        return bytes(piece)


def _unpack(archive: Archive, parts: Parts) -> tuple[Package, list[Facts]]:
    """Return the package that calamine reads, and the Facts of each sheet."""
    package, styles, facts = Package(), Styles(), []
    with zipfile.ZipFile(package, "w") as target:

        def write(name: str, pieces: Iterable[bytes]) -> None:
            with target.open(name, "w") as part:
                for piece in pieces:
                    part.write(piece)

        sheets = [f"worksheets/sheet{number}.xml" for number, _ in enumerate(parts.sheets, 1)]
        write("_rels/.rels", [_links("officeDocument", ["xl/workbook.xml"])])
        write("xl/workbook.xml", [_index(parts)])
        write("xl/_rels/workbook.xml.rels", [_links("worksheet", sheets)])
        if parts.strings:
            write("xl/sharedStrings.xml", xml_pieces(archive, parts.strings))
        if parts.styles:
            scan_of_styles = StylesScan()
            write("xl/styles.xml", map(scan_of_styles.feed, xml_pieces(archive, parts.styles)))
            styles = scan_of_styles.styles
        for name, sheet in zip(sheets, parts.sheets, strict=True):
            scan = WorksheetScan(styles)
            write(f"xl/{name}", scan.mended(xml_pieces(archive, sheet.key)))
            facts.append(scan.facts)
    return package, facts


def _index(parts: Parts) -> bytes:
    """Return the list of the sheets, under names of ours: calamine needs to know no others."""
    numbers = range(1, len(parts.sheets) + 1)
    sheets = "".join(f'<sheet name="{number}" sheetId="{number}" r:id="rId{number}"/>' for number in numbers)
    settings = f'<workbookPr date1904="{int(parts.since_1904)}"/>'
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{settings}<sheets>{sheets}</sheets></workbook>'.encode()


def _links(kind: str, targets: list[str]) -> bytes:
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, target in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{LINKS}">{links}</Relationships>'.encode()
