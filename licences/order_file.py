"""An order workbook of the operator: file in, rows and problems out, by the reader that lists of people have."""

import tempfile
from typing import BinaryIO

from imports.tables.columns import CODE, DATE, Column, Layout
from imports.tables.guard import Sheet
from imports.tables.guard import read as read_file
from imports.tables.problems import Problem, Refused, file_problem

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 40 * 1024 * 1024
MAX_ROWS = 5_000

COLUMNS = (
    Column("school", "Code établissement", synonyms=("UAI", "Code UAI", "RNE", "Code RNE", "Établissement"),
        value=CODE, required=True, max_length=32),
    Column("isbn", "ISBN", synonyms=("EAN", "EAN13", "ISBN13", "ISBN EAN", "Code EAN", "Code ISBN"), value=CODE,
        required=True, max_length=40),
    Column("title", "Titre", synonyms=("Titre du manuel", "Libellé", "Manuel", "Désignation"), required=True,
        max_length=200),
    Column("publisher", "Éditeur", synonyms=("Maison d'édition",)),
    Column("subject", "Matière", synonyms=("Discipline",)),
    Column("level", "Niveau", synonyms=("Classe", "Niveaux"), value=CODE, max_length=30),
    Column("audience", "Public", synonyms=("Profil", "Destinataires", "Type de licence"), required=True),
    Column("seats", "Quantité", synonyms=("Quantité commandée", "Nombre de licences", "Licences", "Nombre", "Qté"),
        required=True),
    Column("valid_from", "Début", synonyms=("Date de début", "Début de validité", "Valable du"), value=DATE,
        required=True),
    Column("valid_until", "Fin", synonyms=("Date de fin", "Fin de validité", "Valable jusqu'au"), value=DATE,
        required=True),
    Column("order_reference", "Référence de commande", synonyms=("Commande", "N° de commande", "Numéro de commande",
        "Référence", "Réf commande"), value=CODE, required=True, max_length=60),
    Column("url", "Adresse", synonyms=("URL", "Lien", "Adresse du manuel", "Adresse internet"), max_length=500),
)  # fmt: skip
HEADINGS = {column.field: column.heading for column in COLUMNS}

NOT_A_WORKBOOK = (
    "Ce fichier n'est pas un classeur Excel (.xlsx), ou il est endommagé : ouvrez votre commande dans Excel ou "
    "LibreOffice, enregistrez-la dans ce format et réessayez."
)
SENTENCES = {
    "wrong_format": NOT_A_WORKBOOK,
    "unreadable": NOT_A_WORKBOOK,
}


def read(file: BinaryIO) -> Sheet:
    """Return the Sheet of the order `file`. Raises Refused with the one Problem of the file."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
        file.seek(0)
        copy.write(file.read(MAX_BYTES + 1))
        copy.flush()
        try:
            return read_file(
                copy.name,
                Layout(COLUMNS),
                max_rows=MAX_ROWS,
                max_bytes=MAX_BYTES,
                max_unpacked_bytes=MAX_UNPACKED_BYTES,
            )
        except Refused as refused:
            raise Refused(in_words_of_orders(refused.problems)) from None


def in_words_of_orders(problems: list[Problem]) -> Problem:
    """Return what `problems` of a file are for an operator: there is no template of orders to go back to."""
    problem, *_ = problems
    if problem.code == "missing_column":
        return file_problem(problem.code, missing_columns([each.column for each in problems if each.column]))
    message = SENTENCES.get(problem.code) or problem.message.replace("le modèle à télécharger", "un classeur neuf")
    return file_problem(problem.code, message)


def missing_columns(headings: list[str]) -> str:
    """`headings`: those that are missing; empty where no header was found."""
    if headings:
        return f"Il manque {'la colonne' if len(headings) == 1 else 'les colonnes'} : {', '.join(headings)}."
    wanted = ", ".join(column.heading for column in COLUMNS if column.required)
    return f"Les titres de colonnes manquent. Il faut, sur une même ligne : {wanted}."
