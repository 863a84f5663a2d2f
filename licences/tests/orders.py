"""Makes order workbooks for the tests."""

import io

from openpyxl import Workbook

HEADINGS = [
    "Code établissement",
    "ISBN",
    "Titre",
    "Éditeur",
    "Matière",
    "Niveau",
    "Public",
    "Quantité",
    "Début",
    "Fin",
    "Référence de commande",
    "Adresse",
]
LINE = {
    "Code établissement": "0750001A",
    "ISBN": "978-2-01-100001-9",
    "Titre": "Maths 6e",
    "Éditeur": "Éditions du Pré",
    "Matière": "Mathématiques",
    "Niveau": "6e",
    "Public": "Élève",
    "Quantité": 30,
    "Début": "01/09/2026",
    "Fin": "31/08/2027",
    "Référence de commande": "CMD-1",
    "Adresse": "https://manuels.example.org/maths-6e",
}


def order(*changes, headings=HEADINGS, before=()):
    """Return a file of one line for each dict of `changes` to LINE; `before`: rows above the header."""
    workbook = Workbook()
    sheet = workbook.active
    for row in before:
        sheet.append(row)
    sheet.append(headings)
    for change in changes:
        line = {**LINE, **change}
        sheet.append([line.get(heading) for heading in headings])
    file = io.BytesIO()
    workbook.save(file)
    file.seek(0)
    return file
