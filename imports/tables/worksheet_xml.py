"""What the XML of one worksheet says that calamine would hide is noted, what calamine would die of is mended.

The XML is searched, not parsed, in pieces as they come.
"""

import re
from collections.abc import Iterable, Iterator

from imports.tables.problems import Refused, file_problem
from imports.tables.table import Facts, column_index
from imports.tables.xlsx_styles import Styles

MAX_COLUMNS = 256  # A value further to the right stands there by mistake, unless it has neighbours.
MAX_GAP = 64
# calamine allocates the whole rectangle of a sheet: rows x columns, some 24 bytes each.
MAX_RECTANGLE = 6_000_000
MAX_CARRIED = 4 * 1024 * 1024
MAX_ERRORS = 200_000  # 20,000 rows of nothing but errors; each is kept until its row is read.
MAX_MERGED = 1000  # Each is a sentence for the user.


class WorksheetScan:
    """Gathers `facts` from the XML of one worksheet.

    `lowest`, `widest`: filled cells; `row_gap`, `column_gap`: how far each stands from the one before.
    """

    def __init__(self, styles: Styles) -> None:
        self.facts = Facts()
        self.styles = styles
        self.error_count = 0
        self.last_row = self.last_column = self.row_gap = self.column_gap = 0
        self.lowest = self.widest = ""

    def mended(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the XML as calamine can read it; the facts are whole in the end. Raises Refused."""
        strip = True
        for rows in _between_rows(pieces):
            rows = scan_rows(rows, self)
            if b"mergeCell" in rows:
                rows = _MERGE_TAG.sub(rb"\1merged", rows)  # Noted. calamine dies of a reference such as "1:1".
            if strip:
                rows, strip = _DIMENSION.sub(b"", rows, count=1), False  # Many programs write nonsense there.
            yield rows
        if self.last_column > MAX_COLUMNS and self.column_gap > MAX_GAP:
            self.facts.far, self.facts.is_alone = self.widest, True
        elif self.last_row * max(self.last_column, 26) > MAX_RECTANGLE:
            self.facts.far, self.facts.is_alone = self.lowest, self.row_gap > MAX_GAP


def _between_rows(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same XML, cut at ends of rows."""
    carried = b""
    for piece in pieces:
        # What is carried over holds no end of a row: only the seam and the new piece are looked at for one.
        window = carried[-16:] + piece
        row_end = window.rfind(b"row>")
        carried += piece
        if row_end >= 0:
            cut = len(carried) - len(window) + row_end + 4
        else:
            cut = len(carried) - 65536 if len(carried) > MAX_CARRIED else 0
        if cut:
            yield carried[:cut]
            carried = carried[cut:]
    yield carried


# Every search below passes over each byte a bounded number of times, whatever the file holds: a tag is looked at once
# (`_tags`), and the patterns only have possessive repetitions (`*+`), which give nothing back to try again.
# Tags may carry a namespace prefix.
_ERROR_TYPE = re.compile(rb"""\st\s*+=\s*+["']e["']""")
_CELL_TAG = re.compile(rb"<(?:\w++:)?c\s")
_ROW_TAG = re.compile(rb"<(?:\w++:)?row\s")
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
_ROW_NUMBER = re.compile(rb"""\sr=["'](\d{1,9})["']""")
_HIDDEN = re.compile(rb"""hidden=["'](?:1|true)["']""")
_STYLE = re.compile(rb"""\ss=["'](\d{1,9})["']""")
_TYPE = re.compile(rb"""\st\s*+=\s*+["'](\w*+)["']""")
_MERGE_TAG = re.compile(rb"(</?+(?:\w++:)?+)mergeCell")
_DIMENSION = re.compile(rb"<(?:\w++:)?dimension\b[^<>]*+>(?:(?<=/>)|\s*+</(?:\w++:)?dimension>)")
# Excel has new ones every year: #SPILL!, #CALC!, #BLOCKED!, #PYTHON!, …
_ERRORS_OF_CALAMINE = frozenset(b"#DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE!".split())

Change = tuple[int, int, bytes]  # Start, end, what to write there.


def scan_rows(data: bytes, scan: WorksheetScan) -> bytes:
    """Note in `scan` what a piece of worksheet XML, cut between two rows, says; return it as calamine can read it."""
    changes = [*_note_errors(data, scan), *_show_numbers(data, scan)]
    _note_formulas(data, scan)
    _note_merged(data, scan)
    _note_hidden(data, scan)
    _note_far_cells(data, scan)
    _note_last_cell(data, scan)
    return _changed(data, changes) if changes else data


def _note_errors(data: bytes, scan: WorksheetScan) -> Iterator[Change]:
    """Note the error cells; yield what makes one that calamine knows of one that it does not."""
    for needle in (b't="e"', b"t='e'"):
        for start, end in _tags(data, needle):
            if _CELL_TAG.match(data, start, end) and _ERROR_TYPE.search(data, start, end):
                value = _VALUE.match(data, end + 1)
                _note_error(scan, data[start:end], value[1].decode(errors="replace") if value else "#N/A")
                if value and value[1] not in _ERRORS_OF_CALAMINE:
                    yield *value.span(1), b"#N/A"


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


def _note_hidden(data: bytes, scan: WorksheetScan) -> None:
    """Note the rows that are hidden, by hand or by a filter."""
    if b"hidden=" not in data:
        return
    for start, end in _tags_matching(data, _HIDDEN):
        number = _ROW_NUMBER.search(data, start, end)
        if number and _ROW_TAG.match(data, start, end) and len(scan.facts.hidden) < MAX_ERRORS:
            scan.facts.hidden.add(int(number[1]))


def _show_numbers(data: bytes, scan: WorksheetScan) -> Iterator[Change]:
    """Yield what makes a text of a number whose format shows more than its digits; note those in powers of ten."""
    if not scan.styles:
        return
    for start, end in _tags_matching(data, _STYLE):
        style = _STYLE.search(data, start, end)
        if not style or style[1] not in scan.styles or not _CELL_TAG.match(data, start, end):
            continue
        kind, value = _TYPE.search(data, start, end), _VALUE.match(data, end + 1)
        if not value or not value[1] or (kind and kind[1] != b"n"):
            continue
        if style[1] in scan.styles.scientific:
            _note_scientific(scan, data[start:end])
        elif shown := scan.styles.shown(style[1], value[1]):
            yield *(kind.span() if kind else (end, end)), b' t="str"'
            yield *value.span(1), shown


def _note_scientific(scan: WorksheetScan, attributes: bytes) -> None:
    reference = _REFERENCE.search(attributes)
    if reference and reference[1] and len(scan.facts.scientific) < MAX_ERRORS:
        scan.facts.scientific.add((int(reference[2]), column_index(reference[1].decode())))


def _changed(data: bytes, changes: list[Change]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for start, end, new in sorted(changes):
        pieces += [data[position:start], new]
        position = end
    return b"".join([*pieces, data[position:]])


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


def _tags_matching(data: bytes, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the same for the tags in which `pattern`, some bytes of one attribute, is found."""
    position = 0
    while match := pattern.search(data, position):
        start = data.rfind(b"<", position, match.start() + 1)
        end = data.find(b">", match.start())
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


def _note_far_cells(data: bytes, scan: WorksheetScan) -> None:
    """Remember the lowest and the widest of the filled cells beyond column Z or row 100,000."""
    for start, far in _FAR.items():
        if start not in data:
            continue
        previous, row, column = b"", b"", 0
        for match in far.finditer(data):
            reference = match[1]
            if match[2] is None or reference == previous:
                continue
            previous = reference
            letters = reference.rstrip(b"0123456789")
            left = column if reference[len(letters) :] == row else 26  # Nearer ones may stand before, up to Z.
            row, column = reference[len(letters) :], column_index(letters.decode()) + 1
            _note_cell(scan, letters.decode(), int(row[:9]), left)


def _note_last_cell(data: bytes, scan: WorksheetScan) -> None:
    """Remember the lowest filled cells. Rows come in order: the last values are the lowest."""
    for last in _last_values(data):
        reference = _REFERENCE.match(data, max(data.rfind(b'r="', 0, last), data.rfind(b"r='", 0, last)))
        if reference:
            _note_cell(scan, reference[1].decode() or "A", int(reference[2]))


def _last_values(data: bytes) -> Iterator[int]:
    """Yield the place of the last value above the last row that has one, and of the last value."""
    last = max(data.rfind(b"v>"), data.rfind(b"is>"))
    if last < 0:
        return
    row = max(data.rfind(b"<row", 0, last), data.rfind(b":row", 0, last))
    above = max(data.rfind(b"v>", 0, row), data.rfind(b"is>", 0, row)) if row > 0 else -1
    if above >= 0:
        yield above
    yield last


def _note_cell(scan: WorksheetScan, letters: str, row: int, left: int | None = None) -> None:
    """`left`: the column, from 1, of the filled cell to the left, or one before it."""
    column = column_index(letters) + 1
    if row > scan.last_row:
        scan.row_gap = row - scan.last_row
        scan.last_row, scan.lowest = row, f"{letters}{row}"
    if column > scan.last_column:
        scan.column_gap = column - (max(scan.last_column, 26) if left is None else left)
        scan.last_column, scan.widest = column, f"{letters}{row}"
