"""What is said of a file that no format reads."""

import re

from imports.tables.problems import ENCRYPTED, Problem, file_problem
from imports.tables.sight import Sight

SAVE_AS = (
    "ouvrez votre liste dans Excel ou LibreOffice, choisissez « Enregistrer sous », type "
    "« Classeur Excel (.xlsx) », puis importez ce nouveau fichier."
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODS = b"mimetypeapplication/vnd.oasis.opendocument"
ODS_BOOK = "Ce fichier est un classeur LibreOffice (.ods)"
OLD_BOOK = "Ce fichier est au format Excel 97-2003 (.xls)"
LOCK_FILE = (
    "Ce fichier est un fichier temporaire de votre tableur (son nom commence par « ~$ » ou « .~lock »), pas votre "
    "liste : fermez le classeur dans Excel ou LibreOffice, puis choisissez le fichier du même nom sans ces signes."
)


def why_unread(sight: Sight) -> Problem:
    """Return the Problem that says what the file is instead of a list that can be read."""
    if sight.filename.rpartition("/")[2].startswith(("~$", ".~lock.")):
        return file_problem("wrong_format", LOCK_FILE)
    if not sight.start:
        return file_problem(
            "empty",
            "Ce fichier est vide (0 octet), ce n'est pas un classeur Excel : vérifiez que vous avez choisi le bon "
            "fichier, enregistrez-le à nouveau, puis importez-le.",
        )
    if sight.start.startswith(OLE):
        return _of_ole(sight)
    return _wrong_format(_of_archive(sight) if sight.is_zip else _of_bytes(sight))


def _wrong_format(what: str) -> Problem:
    return file_problem("wrong_format", f"{what} : {SAVE_AS}")


def _of_ole(sight: Sight) -> Problem:
    """Tell an .xls from an encrypted .xlsx: both are OLE files, their directory names what they hold."""
    encrypted = "EncryptedPackage".encode("utf-16-le") in sight.start
    workbook = any(part.encode("utf-16-le") in sight.start for part in ("Workbook", "Book\0"))
    if encrypted or (sight.filename.lower().endswith((".xlsx", ".xlsm")) and not workbook):
        return file_problem("encrypted", ENCRYPTED)
    return _wrong_format(OLD_BOOK)


def _of_archive(sight: Sight) -> str:
    names = sight.members or frozenset()
    if ODS in sight.start[:200] or "mimetype" in names or "content.xml" in names:
        return ODS_BOOK
    if "xl/workbook.bin" in names:
        return "Ce fichier est un classeur Excel binaire (.xlsb)"
    if any(name.startswith("word/") for name in names):
        return "Ce fichier est un document Word, pas un classeur Excel"
    if any(name.startswith("ppt/") for name in names):
        return "Ce fichier est une présentation PowerPoint, pas un classeur Excel"
    if any(name.startswith("index/") for name in names):
        return "Ce fichier est un classeur Numbers (Apple)"
    return "Ce fichier est une archive zip, pas un classeur Excel (.xlsx)"


def _of_bytes(sight: Sight) -> str:
    name = sight.filename.lower()
    head = sight.start[:512].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith(b"%pdf"):
        return "Ce fichier est un PDF"
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta")):
        return "Ce fichier est une page web ou un fichier XML, pas un classeur Excel"
    if name.endswith((".csv", ".txt", ".tsv")) or _is_text(sight.start):
        return "Ce fichier est du texte ou du CSV, pas un classeur Excel"
    if name.endswith(".xls"):
        return OLD_BOOK
    return "Ce fichier n'est pas un classeur Excel (.xlsx)"


def _is_text(data: bytes) -> bool:
    """Whether the bytes look like text in UTF-8, UTF-16 or Windows-1252: no control characters but line ends."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", data[:4096])
