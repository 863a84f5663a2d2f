"""What the XML of one worksheet says that its reader would hide or die of: errors, merged cells, cells far away.

The XML is searched, not parsed, in pieces as they come.
"""

import re
from collections.abc import Iterator

from imports.tables.problems import Refused, file_problem
from imports.tables.table import Facts, column_index

MAX_COLUMNS = 256
# calamine allocates the whole rectangle of a sheet: rows x columns, some 24 bytes each.
MAX_RECTANGLE = 6_000_000
MAX_CARRIED = 4 * 1024 * 1024
MAX_ERRORS = 200_000  # 20,000 rows of nothing but errors; each is kept until its row is read.
MAX_MERGED = 1000  # Each is a sentence for the user.


class WorksheetScan:
    """Gathers `facts` from the pieces of one worksheet. `feed` each, then `close`."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.error_count = 0
        self.last_row = self.last_column = 0
        self.lowest = self.widest = ""
        self.carried = b""

    def feed(self, piece: bytes) -> None:
        """Look at all rows that end in what has come so far, and carry over the rest."""
        # What is carried over holds no end of a row: only the seam and the new piece are looked at for one.
        window = self.carried[-16:] + piece
        row_end = window.rfind(b"row>")
        self.carried += piece
        if row_end >= 0:
            cut = len(self.carried) - len(window) + row_end + 4
        else:
            cut = len(self.carried) - 65536 if len(self.carried) > MAX_CARRIED else 0
        if cut:
            scan_rows(self.carried[:cut], self)
            self.carried = self.carried[cut:]

    def close(self) -> Facts:
        scan_rows(self.carried, self)
        self.carried = b""
        if self.last_column > MAX_COLUMNS:
            self.facts.far = self.widest
        elif self.last_row * max(self.last_column, 26) > MAX_RECTANGLE:
            self.facts.far = self.lowest
        return self.facts


# Every search below passes over each byte a bounded number of times, whatever the file holds: a tag is looked at once
# (`_tags`), and the patterns only have possessive repetitions (`*+`), which give nothing back to try again.
# Tags may carry a namespace prefix.
_ERROR_TYPE = re.compile(rb"""\st\s*+=\s*+["']e["']""")
_CELL_TAG = re.compile(rb"<(?:\w++:)?c\s")
_FORMULA_WITHOUT_VALUE = re.compile(
    rb"<(?:\w++:)?c\b([^<>]*+)>\s*+<(?:\w++:)?f\b[^<>]*+>(?:(?<=/>)|[^<]*+</(?:\w++:)?f>)\s*+"
    rb"(<(?:\w++:)?v\b[^<>]*+>(?:(?<=/>)|\s*+</(?:\w++:)?v>)\s*+)?</(?:\w++:)?c>"
)
# The value of an error cell, after its tag and perhaps its formula.
_VALUE = re.compile(
    rb"\s*+(?:<(?:\w++:)?f\b[^<>]*+>(?:(?<=/>)|[^<]*+</(?:\w++:)?f>)\s*+)?<(?:\w++:)?v\b[^<>]*+>([^<]{0,40})"
)
_MERGED = re.compile(rb"""\sref=["']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})["']""")
# One for each quote: a search that begins with fixed bytes is three times as fast. Each goes on to the end of its tag,
# so that a second reference there is not looked at; the second group is there if the cell is filled.
_FAR = {
    b'r="': re.compile(rb'r="([A-Z]{2,7}\d++|[A-Z]\d{6,}+)"[^<>]*+((?<!/)>(?!\s*+</))?+'),
    b"r='": re.compile(rb"r='([A-Z]{2,7}\d++|[A-Z]\d{6,}+)'[^<>]*+((?<!/)>(?!\s*+</))?+"),
}
_REFERENCE = re.compile(rb"""\br=["']([A-Za-z]{0,7})(\d{1,9})["']""")


def scan_rows(data: bytes, scan: WorksheetScan) -> None:
    """Note in `scan` what a piece of worksheet XML, cut between two rows, says."""
    _note_errors(data, scan)
    _note_formulas(data, scan)
    _note_merged(data, scan)
    _note_last_cell(data, scan)
    _note_far_cells(data, scan)


def _note_errors(data: bytes, scan: WorksheetScan) -> None:
    for needle in (b't="e"', b"t='e'"):
        for start, end in _tags(data, needle):
            if _CELL_TAG.match(data, start, end) and _ERROR_TYPE.search(data, start, end):
                value = _VALUE.match(data, end + 1)
                _note_error(scan, data[start:end], value[1].decode(errors="replace") if value else "#N/A")


def _note_formulas(data: bytes, scan: WorksheetScan) -> None:
    """Note the formulas that were never calculated."""
    if b"<f" in data or b":f" in data:
        for formula in _FORMULA_WITHOUT_VALUE.finditer(data):
            if b"error" not in formula[1] and not (formula[2] and b't="str"' in formula[1]):
                _note_error(scan, formula[1], None)


def _note_merged(data: bytes, scan: WorksheetScan) -> None:
    for start, end in _tags(data, b"mergeCell "):
        if len(scan.facts.merged) == MAX_MERGED:
            break
        if merged := _MERGED.search(data, start, end):
            scan.facts.merged.append(merged[1].decode())


def _tags(data: bytes, needle: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each tag, from "<" to ">", that holds `needle`: once, however often it does."""
    position = 0
    while (found := data.find(needle, position)) >= 0:
        start = data.rfind(b"<", position, found)
        end = data.find(b">", found)
        if end < 0:
            return
        position = end + 1
        if start >= 0:
            yield start, end


def _note_error(scan: WorksheetScan, attributes: bytes, text: str | None) -> None:
    scan.error_count += 1
    if scan.error_count > MAX_ERRORS:
        raise Refused(file_problem("too_large", _TOO_MANY_ERRORS))
    reference = _REFERENCE.search(attributes)
    if reference is None or not reference[1]:
        scan.facts.unplaced += 1
        return
    scan.facts.errors.setdefault(int(reference[2]), {})[column_index(reference[1].decode())] = text


_TOO_MANY_ERRORS = (
    "Ce classeur contient trop de cellules en erreur ou de formules sans résultat : copiez vos lignes dans le modèle à "
    "télécharger (« Collage spécial », « Valeurs »), puis importez-le."
)


def _note_last_cell(data: bytes, scan: WorksheetScan) -> None:
    """Remember the lowest filled cell. Rows come in order: the last value is the lowest."""
    last = max(data.rfind(b"v>"), data.rfind(b"is>"))
    if last >= 0:
        reference = _REFERENCE.match(data, max(data.rfind(b'r="', 0, last), data.rfind(b"r='", 0, last)))
        if reference:
            _note_cell(scan, reference[1].decode() or "A", int(reference[2]))


def _note_far_cells(data: bytes, scan: WorksheetScan) -> None:
    for start, far in _FAR.items():
        if start not in data:
            continue
        previous = b""
        for found in far.finditer(data):
            reference = found[1]
            if found[2] is None or reference == previous:
                continue
            previous = reference
            letters = reference.rstrip(b"0123456789").decode()
            _note_cell(scan, letters, int(reference[len(letters) :][:9]))


def _note_cell(scan: WorksheetScan, letters: str, row: int) -> None:
    column = column_index(letters) + 1
    if row > scan.last_row:
        scan.last_row, scan.lowest = row, f"{letters}{row}"
    if column > scan.last_column:
        scan.last_column, scan.widest = column, f"{letters}{row}"
