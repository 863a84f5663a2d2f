"""The use report as a workbook: one sheet per licence, per class, per person. Text stays text, never a formula."""

import io

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from licences import use

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LICENCE = ("Libellé", "Public", "Commande", "Fin de validité")
USED = ("Ouvertes au moins une fois", "Dernière ouverture")


def build(licences):
    """Return the bytes of the workbook of the use of `licences`, a queryset with textbooks."""
    workbook = Workbook(write_only=True)
    told = {}
    sheet = new_sheet(workbook, "Par licence", (*LICENCE, "Achetées", "Affectées", *USED))
    for licence in use.by_licence(licences):
        told[licence.pk] = (
            licence.textbook.title,
            licence.get_audience_display(),
            licence.order_reference,
            licence.valid_until,
        )
        write(sheet, *told[licence.pk], licence.seats, licence.assigned, licence.opened, licence.last_opened)
    sheet = new_sheet(workbook, "Par classe", (*LICENCE, "Classe", "Affectées", *USED))
    for row in use.by_class(licences):
        write(sheet, *told[row["licence_id"]], row["code"], row["assigned"], row["opened"], row["last_opened"])
    headings = (*LICENCE, "Nom", "Prénom", "Identifiant", "Classe", "Affectée le", "Ouvertures", "Dernière ouverture")
    sheet = new_sheet(workbook, "Par personne", headings)
    for each in use.by_person(licences).iterator(chunk_size=2000):
        person = each.user
        write(
            sheet,
            *told[each.licence_id],
            person.last_name,
            person.first_name,
            person.username,
            person.school_class.code if person.school_class else None,
            each.given_at,
            each.opened_count,
            each.last_opened_at,
        )
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def new_sheet(workbook, title, headings):
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for index in range(len(headings)):
        sheet.column_dimensions["ABCDEFGHIJKLMNOP"[index]].width = 32 if index == 0 else 19
    cells = [WriteOnlyCell(sheet, heading) for heading in headings]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def write(sheet, *values):
    sheet.append([cell_of(sheet, value) for value in values])


def cell_of(sheet, value):
    """Return what to write for `value`: text as text, moments and days as Excel's own, in local time."""
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)
        if text[:1] not in {"=", "#"}:  # openpyxl sees a formula or an error in these only.
            return text
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"
        return cell
    if value is None or isinstance(value, int):
        return value
    moment = hasattr(value, "tzinfo")
    cell = WriteOnlyCell(sheet, timezone.localtime(value).replace(tzinfo=None, microsecond=0) if moment else value)
    cell.number_format = "dd/mm/yyyy hh:mm" if moment else "dd/mm/yyyy"
    return cell
