"""Is this file an .xlsx workbook, and a bounded one? Looked at before any parser sees it; plain Python, no Django.

`sniff` looks at the first bytes (upload form); `scan` walks the whole archive, inside the reading child.
"""

import re
import struct
import zipfile
import zlib
from xml.parsers import expat

from imports.tables.problems import Problem, Refused

MAX_MEMBERS = 2000
MAX_INDEX_BYTES = 4 * 1024 * 1024  # workbook.xml and its relationships are read whole.
MAX_COLUMNS = 256
# calamine allocates the whole rectangle of a sheet: rows x columns, some 24 bytes each.
MAX_RECTANGLE = 6_000_000
CHUNK = 1024 * 1024
MAX_CARRIED = 4 * CHUNK
MAX_ERRORS = 200_000  # 20,000 rows of nothing but errors; each is kept until its row is read.
MAX_MERGED = 1000  # Each is a sentence for the user.

SAVE_AS = (
    "ouvrez votre liste dans Excel ou LibreOffice, choisissez « Enregistrer sous », type "
    "« Classeur Excel (.xlsx) », puis importez ce nouveau fichier."
)
DAMAGED = (
    "Ce fichier est endommagé ou incomplet : ouvrez-le dans Excel ou LibreOffice, copiez vos lignes dans le "
    "modèle à télécharger, enregistrez, puis importez à nouveau."
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODS = b"mimetypeapplication/vnd.oasis.opendocument"


def file_problem(code, message, *, row=None, column="", value=""):
    """Return the Problem of a whole file."""
    return Problem(row, column, value, code, message)


def damaged():
    return Refused(file_problem("unreadable", DAMAGED))


def sniff(first_bytes, filename=""):
    """Return the Problem that the first bytes of an upload (some KiB) already show, or None.

    `filename` is the user's own name for it; only its ending helps to choose the sentence.
    """
    name = filename.lower()
    if not first_bytes:
        return file_problem(
            "empty",
            "Ce fichier est vide (0 octet) : vérifiez que vous avez choisi le bon fichier, enregistrez-le à "
            "nouveau, puis importez-le.",
        )
    if first_bytes.startswith(OLE):
        return _sniff_ole(first_bytes, name)
    if first_bytes.startswith(b"PK"):
        if ODS in first_bytes[:200]:
            return _wrong_format("Ce fichier est un classeur LibreOffice (.ods)")
        return None
    head = first_bytes[:512].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith(b"%pdf"):
        return _wrong_format("Ce fichier est un PDF")
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta")):
        return _wrong_format("Ce fichier est une page web ou un fichier XML, pas un classeur Excel")
    if name.endswith((".csv", ".txt", ".tsv")) or _is_text(first_bytes):
        return _wrong_format("Ce fichier est du texte ou du CSV, pas un classeur Excel")
    if name.endswith(".xls"):
        return _wrong_format("Ce fichier est au format Excel 97-2003 (.xls)")
    return _wrong_format("Ce fichier n'est pas un classeur Excel (.xlsx)")


def _wrong_format(what):
    return file_problem("wrong_format", f"{what} : {SAVE_AS}")


def _sniff_ole(first_bytes, name):
    """Tell an .xls from an encrypted .xlsx: both are OLE files, their directory names what they hold."""
    encrypted = "EncryptedPackage".encode("utf-16-le") in first_bytes
    workbook = any(part.encode("utf-16-le") in first_bytes for part in ("Workbook", "Book\0"))
    if encrypted or (name.endswith((".xlsx", ".xlsm")) and not workbook):
        return file_problem("encrypted", _ENCRYPTED)
    return _wrong_format("Ce fichier est au format Excel 97-2003 (.xls)")


_ENCRYPTED = (
    "Ce fichier est protégé par un mot de passe : ouvrez-le, retirez la protection (Fichier, Informations, "
    "Protéger le classeur, Chiffrer avec mot de passe, effacez le mot de passe), enregistrez, puis importez-le."
)


def encrypted():
    return Refused(file_problem("encrypted", _ENCRYPTED))


def _is_text(data):
    """Whether the bytes look like text in UTF-8, UTF-16 or Windows-1252: no control characters but line ends."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", data[:4096])


class SheetFacts:
    """What the XML of one worksheet says that calamine would hide or die of.

    `errors`: {row number: {column index from 0: error text, or None for a formula without a value}};
    `unplaced`: errors in cells without a reference; `merged`: ranges such as "A2:A9"; `far`: a filled cell, such
    as "XFD1048576", that would make the rectangle of the sheet enormous, or None.
    """

    def __init__(self):
        self.errors = {}
        self.unplaced = self.error_count = 0
        self.merged = []
        self.last_row = self.last_column = 0
        self.lowest = self.widest = ""

    @property
    def far(self):
        if self.last_column > MAX_COLUMNS:
            return self.widest
        if self.last_row * max(self.last_column, 26) > MAX_RECTANGLE:
            return self.lowest
        return None


def scan(path, *, max_unpacked_bytes):
    """Check the archive at `path` and return {sheet name: SheetFacts}. Raises Refused.

    Everything is decompressed once and counted as it comes: sizes written in the archive are never believed.
    """
    with open(path, "rb") as file:
        try:
            members = zipfile.ZipFile(file).infolist()
        except Exception:  # zipfile raises many kinds for a hostile directory; all mean the same.
            raise damaged() from None
        _check_members(members)
        try:
            return _scan_members(file, members, max_unpacked_bytes)
        except (zlib.error, struct.error, expat.ExpatError, LookupError, ValueError, OSError):
            raise damaged() from None


def _check_members(members):
    names = [_key(member) for member in members]
    if "xl/workbook.xml" not in names:
        raise Refused(_wrong_format(_what_instead(names)))
    if any(member.flag_bits & 0x1 for member in members):
        raise encrypted()
    if (
        len(names) > MAX_MEMBERS
        or len(set(names)) < len(names)
        or any(name.startswith("/") or ":" in name or ".." in name.split("/") for name in names)
        or any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members)
    ):
        raise damaged()


def _key(member):
    return member.filename.replace("\\", "/").lower()


def _what_instead(names):
    if "xl/workbook.bin" in names:
        return "Ce fichier est un classeur Excel binaire (.xlsb)"
    if any(name.startswith("word/") for name in names):
        return "Ce fichier est un document Word, pas un classeur Excel"
    if any(name.startswith("ppt/") for name in names):
        return "Ce fichier est une présentation PowerPoint, pas un classeur Excel"
    if "mimetype" in names or "content.xml" in names:
        return "Ce fichier est un classeur LibreOffice (.ods)"
    if any(name.startswith("index/") for name in names):
        return "Ce fichier est un classeur Numbers (Apple)"
    return "Ce fichier est une archive zip, pas un classeur Excel (.xlsx)"


def _scan_members(file, members, max_unpacked_bytes):
    by_key = {_key(member): member for member in members}
    sheet_names = _sheet_parts(file, by_key)
    facts = {}
    unpacked = 0
    for key, member in by_key.items():
        is_xml = key.endswith((".xml", ".rels"))
        sheet = SheetFacts() if key in sheet_names else None
        tail = b""
        for number, chunk in enumerate(_inflate(file, member)):
            unpacked += len(chunk)
            if unpacked > max_unpacked_bytes:
                raise Refused(_too_large_unpacked(max_unpacked_bytes))
            if not is_xml:
                continue
            if number == 0:
                _check_encoding(chunk)
            window = tail[-16:] + chunk
            _check_no_doctype(window)
            if sheet is None:
                tail = window[-16:]
                continue
            # What is carried over holds no end of a row: only the seam and the new piece are looked at for one.
            row_end = window.rfind(b"row>")
            tail += chunk
            if row_end >= 0:
                cut = len(tail) - len(window) + row_end + 4
            else:
                cut = len(tail) - 65536 if len(tail) > MAX_CARRIED else 0
            if cut:
                _scan_rows(tail[:cut], sheet)
                tail = tail[cut:]
        if sheet is not None:
            _scan_rows(tail, sheet)
            facts[sheet_names[key]] = sheet
    return facts


def _too_large_unpacked(limit):
    return file_problem(
        "too_large",
        f"Ce classeur est trop volumineux une fois décompressé (plus de {limit // (1024 * 1024)} Mo) : copiez "
        "vos lignes dans le modèle à télécharger, sans images ni mise en forme, puis importez-le.",
    )


def _inflate(file, member):
    """Yield the true content of `member`, at most CHUNK bytes at a time."""
    file.seek(member.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04":
        raise damaged()
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(name_length + extra_length, 1)
    left = member.compress_size
    stored = member.compress_type == zipfile.ZIP_STORED
    inflater = None if stored else zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0:
        data = file.read(min(65536, left))
        if not data:
            raise damaged()
        left -= len(data)
        if stored:
            yield data
            continue
        while data and not inflater.eof:
            yield inflater.decompress(data, CHUNK)
            data = inflater.unconsumed_tail
        if inflater.eof:
            return
    if not stored:
        yield inflater.flush()
        if not inflater.eof:
            raise damaged()


def _check_encoding(start):
    """Only UTF-8 (or ASCII) is looked through by the searches here; workbooks are never written otherwise."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start[:64]:
        raise damaged()


def _check_no_doctype(data):
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refused(
            file_problem(
                "unreadable",
                "Ce fichier contient du code XML interdit : copiez vos lignes dans le modèle à télécharger, "
                "enregistrez, puis importez à nouveau.",
            )
        )


def _sheet_parts(file, by_key):
    """Return {part name in lower case: sheet name} as the workbook and its relationships say."""
    sheets, targets = {}, {}

    def workbook_element(tag, attributes):
        if tag.rpartition(":")[2] == "sheet":
            for name, value in attributes.items():
                if name.endswith(":id"):
                    sheets[value] = attributes.get("name", "")

    def relationship_element(tag, attributes):
        if tag.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(file, by_key["xl/workbook.xml"], workbook_element)
    if "xl/_rels/workbook.xml.rels" in by_key:
        _parse(file, by_key["xl/_rels/workbook.xml.rels"], relationship_element)
    return {_part(targets[identifier]).lower(): name for identifier, name in sheets.items() if identifier in targets}


def _part(target):
    target = target.replace("\\", "/")
    return target[1:] if target.startswith("/") else f"xl/{target.removeprefix('./')}"


def _parse(file, member, on_element):
    content = bytearray()
    for chunk in _inflate(file, member):
        content += chunk
        if len(content) > MAX_INDEX_BYTES:
            raise damaged()
    _check_encoding(content)
    _check_no_doctype(content)
    parser = expat.ParserCreate()
    parser.StartElementHandler = on_element
    parser.Parse(bytes(content), True)


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


def _scan_rows(data, sheet):
    """Note in `sheet` what a piece of worksheet XML, cut between two rows, says."""
    for needle in (b't="e"', b"t='e'"):
        for start, end in _tags(data, needle):
            if _CELL_TAG.match(data, start, end) and _ERROR_TYPE.search(data, start, end):
                value = _VALUE.match(data, end + 1)
                _note_error(sheet, data[start:end], value[1].decode(errors="replace") if value else "#N/A")
    if b"<f" in data or b":f" in data:
        for match in _FORMULA_WITHOUT_VALUE.finditer(data):
            if b"error" not in match[1] and not (match[2] and b't="str"' in match[1]):
                _note_error(sheet, match[1], None)
    for start, end in _tags(data, b"mergeCell "):
        if len(sheet.merged) == MAX_MERGED:
            break
        if match := _MERGED.search(data, start, end):
            sheet.merged.append(match[1].decode())
    _note_extent(data, sheet)


def _tags(data, needle):
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


def _note_error(sheet, attributes, text):
    sheet.error_count += 1
    if sheet.error_count > MAX_ERRORS:
        raise Refused(file_problem("too_large", _TOO_MANY_ERRORS))
    reference = _REFERENCE.search(attributes)
    if reference is None or not reference[1]:
        sheet.unplaced += 1
        return
    sheet.errors.setdefault(int(reference[2]), {})[column_index(reference[1].decode())] = text


_TOO_MANY_ERRORS = (
    "Ce classeur contient trop de cellules en erreur ou de formules sans résultat : copiez vos lignes dans le modèle à "
    "télécharger (« Collage spécial », « Valeurs »), puis importez-le."
)


def _note_extent(data, sheet):
    """Remember the lowest and the widest filled cell. Rows come in order: the last value is the lowest."""
    last = max(data.rfind(b"v>"), data.rfind(b"is>"))
    if last >= 0:
        reference = _REFERENCE.match(data, max(data.rfind(b'r="', 0, last), data.rfind(b"r='", 0, last)))
        if reference:
            _note_cell(sheet, reference[1].decode() or "A", int(reference[2]))
    for start, far in _FAR.items():
        if start not in data:
            continue
        previous = None
        for match in far.finditer(data):
            reference = match[1]
            if match[2] is None or reference == previous:
                continue
            previous = reference
            reference = reference.decode()
            letters = reference.rstrip("0123456789")
            _note_cell(sheet, letters, int(reference[len(letters) :][:9]))


def _note_cell(sheet, letters, row):
    column = column_index(letters) + 1
    if row > sheet.last_row:
        sheet.last_row, sheet.lowest = row, f"{letters}{row}"
    if column > sheet.last_column:
        sheet.last_column, sheet.widest = column, f"{letters}{row}"


def column_index(letters):
    """Return 0 for "A", 26 for "AA"."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def column_letters(index):
    """Return "A" for 0, "AA" for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
