"""Which members of the archive are the parts of a workbook, whatever their names, folders and encodings."""

import codecs
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from imports.tables.archive import Archive
from imports.tables.problems import Problem, Refused, damaged, file_problem

ROOT_LINKS, TYPES, USUAL_INDEX = "_rels/.rels", "[content_types].xml", "xl/workbook.xml"
MAX_INDEX_BYTES = 4 * 1024 * 1024  # The index and its relationships are read whole.
MAX_SHEETS = 50
NO_CELLS = ("chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet")
ENCODINGS = ("utf-16", "iso8859-1", "iso8859-15", "cp1252")

_DECLARATION = re.compile(rb"""\s*+<\?xml\s[^<>?]*+\?>""")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([\w.-]{1,40})["']""")

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet. `key`: of its member."""

    name: str
    key: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """What calamine needs of a workbook. `strings`, `styles`: keys of members; None: there is none."""

    sheets: list[SheetPart]
    strings: str | None
    styles: str | None
    since_1904: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship. `kind`: the last word of its type, such as "worksheet"; `target`: key of a member."""

    kind: str
    target: str


def find_parts(archive: Archive) -> Parts | None:
    """Return the parts of the workbook in `archive`; None if it holds none. Raises Refused."""
    types = _types(archive)
    index = _index(archive, types)
    if index is None:
        return None
    elements: list[Attributes] = []
    settings: Attributes = {}

    def on_element(tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            elements.append(attributes)
        elif tag == "workbookPr":
            settings.update(attributes)

    _parse(_whole(archive, index), on_element)
    folder, name = posixpath.split(index)
    links = _links(archive, posixpath.join(folder, "_rels", f"{name}.rels"), folder)
    sheets = {part.key: part for part in _sheets(archive, elements, links)}
    if not sheets and not any(link.kind in NO_CELLS for link in links.values()):
        raise damaged()
    return Parts(
        sheets=list(sheets.values())[:MAX_SHEETS],
        strings=_part(archive, links, types, "sharedStrings"),
        styles=_part(archive, links, types, "styles"),
        since_1904=settings.get("date1904") in ("1", "true"),
    )


def _index(archive: Archive, types: dict[str, str]) -> str | None:
    """Return the member that lists the sheets: as the archive says, else under its usual name."""
    try:
        links = _links(archive, ROOT_LINKS, "")
    except Refused:
        links = {}  # Not needed where the usual name is there.
    keys = [link.target for link in links.values() if link.kind == "officeDocument"]
    keys += [key for key, kind in types.items() if "sheet" in kind and kind.endswith(".main+xml")]
    return next((key for key in (*keys, USUAL_INDEX) if key in archive.members and _is_index(archive, key)), None)


def _is_index(archive: Archive, key: str) -> bool:
    """Tell a workbook from the document of another program: by its name, or by its first element."""
    return key == USUAL_INDEX or b"workbook" in _whole(archive, key)[:1000]


def _sheets(archive: Archive, elements: list[Attributes], links: dict[str, Link]) -> Iterator[SheetPart]:
    for attributes in elements:
        identifier = next((value for name, value in attributes.items() if name.endswith(":id")), "")
        link = links.get(identifier)
        # A sheet that leads nowhere is nobody's list.
        if link and link.kind not in NO_CELLS and link.target in archive.members:
            hidden = attributes.get("state") in ("hidden", "veryHidden")
            yield SheetPart(attributes.get("name", ""), link.target, not hidden)


def _part(archive: Archive, links: dict[str, Link], types: dict[str, str], kind: str) -> str | None:
    """Return the member with the strings or the styles of the workbook; None if there is none, or nothing in it."""
    keys = [link.target for link in links.values() if link.kind == kind]
    keys += [key for key, content_type in types.items() if content_type.endswith(f".{kind}+xml")]
    keys.append(f"xl/{kind.lower()}.xml")
    return next((key for key in keys if key in archive.members and archive.members[key].file_size), None)


def _types(archive: Archive) -> dict[str, str]:
    """Return {member: content type} of those that are named in [Content_Types].xml."""
    types: dict[str, str] = {}

    def on_element(tag: str, attributes: Attributes) -> None:
        if tag == "Override":
            types[attributes.get("PartName", "").lstrip("/").lower()] = attributes.get("ContentType", "")

    if TYPES in archive.members:
        try:
            _parse(_whole(archive, TYPES), on_element)
        except Refused:
            types.clear()  # Hardly anybody needs it.
    return types


def _links(archive: Archive, key: str, folder: str) -> dict[str, Link]:
    """Return {identifier: Link} of the relationships in a member; targets stand below `folder`."""
    links: dict[str, Link] = {}

    def on_element(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            target = attributes.get("Target", "").replace("\\", "/")
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            links[attributes.get("Id", "")] = Link(kind, posixpath.normpath(path).lower())

    if key in archive.members:
        _parse(_whole(archive, key), on_element)
    return links


def _whole(archive: Archive, key: str) -> bytes:
    content = bytearray()
    for piece in xml_pieces(archive, key):
        content += piece
        if len(content) > MAX_INDEX_BYTES:
            raise Refused(file_problem("too_large", TOO_LARGE_INDEX))
    return bytes(content)


TOO_LARGE_INDEX = (
    "Ce classeur est trop volumineux une fois décompressé, par la seule liste de ses feuilles : copiez vos lignes dans "
    "le modèle à télécharger, puis importez-le."
)


def _parse(content: bytes, on_element: Callable[[str, Attributes], None]) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda tag, attributes: on_element(tag.rpartition(":")[2], attributes)
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise damaged() from None


def xml_pieces(archive: Archive, key: str) -> Iterator[bytes]:
    """Yield the XML of a member in UTF-8, without its declaration. Raises Refused for a DOCTYPE."""
    tail = b""
    for piece in _as_utf_8(archive.pieces(key)):
        window = tail + piece
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            raise Refused(_doctype())
        tail = window[-16:]
        yield piece


def _as_utf_8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    start = next(pieces, b"")
    while len(start) < 200 and (more := next(pieces, b"")):
        start += more
    encoding = _encoding(start)
    if encoding is None:
        start = start.removeprefix(codecs.BOM_UTF8)
        yield _DECLARATION.sub(b"", start, count=1) if _DECLARATION.match(start) else start
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        start = decoder.decode(start).encode()
        yield _DECLARATION.sub(b"", start, count=1) if _DECLARATION.match(start) else start
        for piece in pieces:
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        raise damaged() from None


def _encoding(start: bytes) -> str | None:
    """Return the encoding of XML by its first bytes, as Python names it; None: UTF-8."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(b"<\0"):
        return "utf-16-le"
    if start.startswith(b"\0<"):
        return "utf-16-be"
    declared = _DECLARATION.match(start)
    named = declared and _ENCODING.search(declared[0])
    if not named:
        return None
    try:
        name = codecs.lookup(named[1].decode()).name
    except LookupError:
        return None
    # XML whose first bytes are no UTF-16 is not in it, whatever it says.
    return name if name in ENCODINGS and name != "utf-16" else None


def _doctype() -> Problem:
    return file_problem(
        "unreadable",
        "Ce fichier contient du code XML interdit : copiez vos lignes dans le modèle à télécharger, "
        "enregistrez, puis importez à nouveau.",
    )
