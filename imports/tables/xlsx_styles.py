"""How a workbook shows its numbers, as far as somebody types what the sheet shows and the cell holds something else."""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

MAX_ELEMENTS = 300_000  # Excel allows 65,490 formats of cells.
SCIENTIFIC = {"11", "48"}  # Excel's own: what it gives to a cell in which somebody types 6E1.

_LITERAL = r'"[^"]*"|\\.|[-\s/.()+_:]'
_ZEROS = re.compile(rf"((?:{_LITERAL})*)(0+)((?:{_LITERAL})*)")
_SCIENTIFIC = re.compile(r"[#0]+(?:\.[#0]+)?E[+-]0+", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(rb"\d{1,15}")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(slots=True)
class Styles:
    """Of the styles of cells, by number: `zeros`: (before, digits, after) of formats such as 000000 or "EL"0000;
    `scientific`: formats such as 0.00E+00."""

    zeros: dict[bytes, tuple[bytes, int, bytes]] = field(default_factory=dict)
    scientific: set[bytes] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.zeros or self.scientific)

    def __contains__(self, style: bytes) -> bool:
        return style in self.zeros or style in self.scientific

    def shown(self, style: bytes, number: bytes) -> bytes:
        """Return a number as its cell shows it, as XML; empty: as it is."""
        if not _WHOLE_NUMBER.fullmatch(number):
            return b""
        before, digits, after = self.zeros[style]
        return before + number.rjust(digits, b"0") + after


class StylesScan:
    """Makes `styles` of the pieces of styles.xml. What it cannot read is left to calamine to refuse."""

    def __init__(self) -> None:
        self.styles = Styles()
        self.formats: dict[str, str] = {}
        self.in_cells = False
        self.elements = self.cells = 0
        self.parser: expat.XMLParserType | None = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.on_start
        self.parser.EndElementHandler = self.on_end

    def feed(self, piece: bytes) -> bytes:
        """Look at a piece, and return it."""
        if self.parser:
            try:
                self.parser.Parse(piece, False)
            except (expat.ExpatError, ValueError):
                self.parser = None
            if self.elements > MAX_ELEMENTS:
                self.parser = None
        return piece

    def on_start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        tag = tag.rpartition(":")[2]
        if tag == "numFmt":
            self.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self.in_cells = True
        elif tag == "xf" and self.in_cells:
            self.note(str(self.cells).encode(), attributes.get("numFmtId", ""))
            self.cells += 1

    def on_end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "cellXfs":
            self.in_cells = False

    def note(self, style: bytes, number_format: str) -> None:
        code = self.formats.get(number_format, "").partition(";")[0]
        if number_format in SCIENTIFIC or _SCIENTIFIC.fullmatch(code):
            self.styles.scientific.add(style)
        elif (zeros := _ZEROS.fullmatch(code)) and _literal(code) != b"0":
            self.styles.zeros[style] = _literal(zeros[1]), len(zeros[2]), _literal(zeros[3])


def _literal(code: str) -> bytes:
    """Return what a part of a format, such as "EL" or \\-, shows, as XML."""
    text = re.sub(r'"([^"]*)"|\\(.)|_.', r"\1\2", code)
    return "".join(_ESCAPED.get(char, char) for char in text).encode()
