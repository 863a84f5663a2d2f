"""The workbooks of Excel and of all who write them: .xlsx, .xlsm.

Each member that is needed is unpacked once: looked through as it comes, and put into a package in memory that holds
nothing else, which calamine reads.
"""

import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING
from xml.parsers import expat

from imports.tables.archive import Archive
from imports.tables.problems import Problem, Refused, damaged, file_problem
from imports.tables.sight import Sight
from imports.tables.table import Facts, Value
from imports.tables.unread import ODS
from imports.tables.worksheet_xml import WorksheetScan

if TYPE_CHECKING:
    import python_calamine as calamine

INDEX, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
NEEDED = {"_rels/.rels", "xl/sharedstrings.xml", "xl/styles.xml"}
MAX_INDEX_BYTES = 4 * 1024 * 1024  # The index and its relationships are read whole.
MAX_SHEETS = 50


def recognises(sight: Sight) -> bool:
    if sight.members is None:
        return sight.is_zip and ODS not in sight.start[:200]
    return INDEX in sight.members


def tables(path: str, *, max_unpacked_bytes: int) -> Sequence["Worksheet"]:
    """Return the worksheets of the workbook, at most MAX_SHEETS. Raises Refused."""
    import python_calamine as calamine

    with Archive(path, max_unpacked_bytes=max_unpacked_bytes) as archive:
        package, facts = _unpack(archive)
    book = calamine.CalamineWorkbook.from_filelike(package)
    return [
        Worksheet(book, index, sheet.name, sheet.visible == calamine.SheetVisibleEnum.Visible, facts.get(sheet.name))
        for index, sheet in enumerate(book.sheets_metadata)
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ][:MAX_SHEETS]


class Worksheet:
    """A Table; its cells are read when they are first asked for."""

    def __init__(
        self, book: "calamine.CalamineWorkbook", index: int, name: str, visible: bool, facts: Facts | None
    ) -> None:
        self.book, self.index, self.name, self.visible = book, index, name, visible
        self.facts = facts or Facts()

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


def _unpack(archive: Archive) -> tuple[Package, dict[str, Facts]]:
    """Return the package that calamine reads, and {name of a sheet: Facts}."""
    package = Package()
    facts = {}
    with zipfile.ZipFile(package, "w") as target:

        def keep(key: str, look: Callable[[bytes], None]) -> None:
            with target.open(archive.members[key].filename, "w") as part:
                for piece in _xml_pieces(archive, key):
                    look(piece)
                    part.write(piece)

        sheets = _sheet_parts(archive, keep)
        for key in archive.members:
            if key in NEEDED:
                keep(key, lambda piece: None)
            elif key in sheets:
                scan = WorksheetScan()
                keep(key, scan.feed)
                facts[sheets[key]] = scan.close()
    return package, facts


def _xml_pieces(archive: Archive, key: str) -> Iterator[bytes]:
    """Yield the pieces of a member that is looked through as UTF-8 without DOCTYPE. Raises Refused for others."""
    tail = b""
    for number, piece in enumerate(archive.pieces(key)):
        if number == 0 and (piece.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in piece[:64]):
            raise damaged()
        window = tail + piece
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            raise Refused(_doctype())
        tail = window[-16:]
        yield piece


def _doctype() -> Problem:
    return file_problem(
        "unreadable",
        "Ce fichier contient du code XML interdit : copiez vos lignes dans le modèle à télécharger, "
        "enregistrez, puis importez à nouveau.",
    )


def _sheet_parts(archive: Archive, keep: Callable[[str, Callable[[bytes], None]], None]) -> dict[str, str]:
    """Keep the index and its relationships; return {key of a member: name of the sheet that it holds}."""
    sheets: dict[str, str] = {}
    targets: dict[str, str] = {}

    def on_sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet":
            for name, value in attributes.items():
                if name.endswith(":id"):
                    sheets[value] = attributes.get("name", "")

    def on_relationship(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    for key, on_element in ((INDEX, on_sheet), (LINKS, on_relationship)):
        if key in archive.members:
            content = bytearray()
            keep(key, partial(_grow, content))
            _parse(bytes(content), on_element)
    return {_part(targets[identifier]).lower(): name for identifier, name in sheets.items() if identifier in targets}


def _grow(content: bytearray, piece: bytes) -> None:
    content += piece
    if len(content) > MAX_INDEX_BYTES:
        raise Refused(file_problem("too_large", TOO_LARGE_INDEX))


TOO_LARGE_INDEX = (
    "Ce classeur est trop volumineux une fois décompressé, par la seule liste de ses feuilles : copiez vos lignes dans "
    "le modèle à télécharger, puis importez-le."
)


def _parse(content: bytes, on_element: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = on_element
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise damaged() from None


def _part(target: str) -> str:
    target = target.replace("\\", "/")
    return target[1:] if target.startswith("/") else f"xl/{target.removeprefix('./')}"
