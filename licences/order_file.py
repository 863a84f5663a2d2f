"""An order workbook (.xlsx) of the operator: file in, rows and problems out. No database here.

Read with openpyxl, under bounds: the file comes from an operator, not from the public. Anything that is wrong with
the file as a whole is one sentence.
"""

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 40 * 1024 * 1024
MAX_MEMBERS = 200
MAX_ROWS = 5_000
MAX_COLUMNS = 60
HEADER_ROWS = 20
MAX_CELL = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """`row`: as the user sees it in the sheet; None: the whole file. `message`: French, says what to do."""

    row: int | None
    column: str
    value: str
    message: str

    def __str__(self):
        return f"Ligne {self.row}, {self.column} : {self.message}" if self.row else self.message


class Unreadable(Exception):
    """The file as a whole cannot be imported; the text (French) says why."""


@dataclass(frozen=True)
class Column:
    field: str
    heading: str
    synonyms: tuple = ()
    required: bool = True
    max_length: int = MAX_CELL


COLUMNS = (
    Column("school", "Code établissement", ("UAI", "Code UAI", "RNE", "Code RNE", "Établissement"), max_length=32),
    Column("isbn", "ISBN", ("EAN", "EAN13", "ISBN13", "ISBN EAN", "Code EAN", "Code ISBN"), max_length=40),
    Column("title", "Titre", ("Titre du manuel", "Libellé", "Manuel", "Désignation"), max_length=200),
    Column("publisher", "Éditeur", ("Maison d'édition",), required=False, max_length=100),
    Column("subject", "Matière", ("Discipline",), required=False, max_length=100),
    Column("level", "Niveau", ("Classe", "Niveaux"), required=False, max_length=30),
    Column("audience", "Public", ("Profil", "Destinataires", "Type de licence")),
    Column("seats", "Quantité", ("Quantité commandée", "Nombre de licences", "Licences", "Nombre", "Qté")),
    Column("valid_from", "Début", ("Date de début", "Début de validité", "Valable du")),
    Column("valid_until", "Fin", ("Date de fin", "Fin de validité", "Valable jusqu'au")),
    Column("order_reference", "Référence de commande", ("Commande", "N° de commande", "Numéro de commande",
        "Référence", "Réf commande"), max_length=60),
    Column("url", "Adresse", ("URL", "Lien", "Adresse du manuel", "Adresse internet"), required=False),
)  # fmt: skip
HEADINGS = {column.field: column.heading for column in COLUMNS}


def heading_key(text):
    """Return the form in which two headings are compared: letters and digits, no case, no accents."""
    text = unicodedata.normalize("NFKD", str(text).casefold())
    return re.sub(r"[^a-z0-9]+", "", text)


BY_HEADING = {heading_key(name): column for column in COLUMNS for name in (column.heading, *column.synonyms)}


def check_archive(file):
    """Raise Unreadable unless `file` is a zip of reasonable size, once unpacked and counted."""
    not_xlsx = Unreadable("Ce fichier n'est pas un classeur Excel (.xlsx) : enregistrez votre commande dans ce format.")
    file.seek(0, 2)
    if file.tell() > MAX_BYTES:
        raise Unreadable(f"Ce fichier dépasse {MAX_BYTES // 1024**2} Mo : partagez la commande en plusieurs fichiers.")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or "[Content_Types].xml" not in archive.namelist():
                raise not_xlsx
            unpacked = 0
            for member in members:
                with archive.open(member) as content:
                    while piece := content.read(65536):
                        unpacked += len(piece)
                        if unpacked > MAX_UNPACKED_BYTES:
                            raise Unreadable("Ce classeur est trop volumineux une fois décompressé.")
                        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                            raise not_xlsx
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        raise not_xlsx from None
    finally:
        file.seek(0)


def read(file):
    """Return [(row number, {field: value})], without blank rows. Raises Unreadable.

    A value is a cleaned text, or a date where the cell is one.
    """
    check_archive(file)
    try:
        workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in workbook.worksheets:
                if found := read_sheet(sheet):
                    return found
        finally:
            workbook.close()
    except Unreadable:
        raise
    except Exception:
        # openpyxl raises anything at all on a damaged workbook.
        raise Unreadable("Ce classeur est endommagé : ouvrez-le, enregistrez-le de nouveau et réessayez.") from None
    raise Unreadable(
        "Les titres de colonnes manquent. Il faut, sur une même ligne : "
        + ", ".join(column.heading for column in COLUMNS if column.required)
        + "."
    )


def read_sheet(sheet):
    """Return what `read` returns, or None if the sheet bears no header in its first rows."""
    fields, found = None, []
    rows = sheet.iter_rows(max_row=MAX_ROWS + HEADER_ROWS + 1, max_col=MAX_COLUMNS, values_only=True)
    for number, cells in enumerate(rows, start=1):
        if fields is None:
            if number > HEADER_ROWS:
                return None
            fields = header(cells)
            continue
        values = {field: clean(cells[index]) for field, index in fields.items() if index < len(cells)}
        if any(values.values()):
            found.append((number, {column.field: values.get(column.field, "") for column in COLUMNS}))
            if len(found) > MAX_ROWS:
                raise Unreadable(f"Ce fichier compte plus de {MAX_ROWS} lignes : partagez-le en plusieurs fichiers.")
    if fields is None:
        return None
    if not found:
        raise Unreadable("Ce fichier ne contient aucune ligne de commande.")
    return found


def header(cells):
    """Return {field: index} if the row is the header, else None. Raises Unreadable for a column twice or missing."""
    fields = {}
    for index, cell in enumerate(cells):
        column = BY_HEADING.get(heading_key(cell)) if cell is not None else None
        if column and column.field in fields:
            raise Unreadable(f"La colonne « {column.heading} » figure deux fois : supprimez-en une.")
        if column:
            fields[column.field] = index
    if len(fields) < 4:
        return None
    missing = [column.heading for column in COLUMNS if column.required and column.field not in fields]
    if missing:
        raise Unreadable(f"Il manque {'la colonne' if len(missing) == 1 else 'les colonnes'} : {', '.join(missing)}.")
    return fields


def clean(value):
    """Return a date, or a text without stray spaces; a whole number loses its decimals."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFC", str(value))
    text = re.sub("[\u200b-\u200d\ufeff\u00ad]", "", text)
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())[: MAX_CELL + 1]
