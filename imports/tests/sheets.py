"""Workbooks and imports for the tests."""

from io import BytesIO

from django.core.files.base import ContentFile
from openpyxl import Workbook

from imports.columns import columns_for
from imports.models import Import


def workbook_bytes(rows, *, kind="student", headings=None):
    """Return an .xlsx whose first row bears `headings` (default: the template's); `rows`: sequences of cells."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(headings or [column.heading for column in columns_for(kind)])
    for row in rows:
        sheet.append(row)
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def student_row(last_name, first_name, code="6A", *, username=None, email=None, password=None, groups=None):
    return [last_name, first_name, username, email, password, code, groups, None, None]


def deposit(school, rows, *, kind="student", mode="import", content=None):
    """Return the waiting Import of a workbook with `rows`, as an upload would leave it."""
    import_job = Import(school=school, kind=kind, mode=mode, filename="eleves.xlsx")
    content = workbook_bytes(rows, kind=kind) if content is None else content
    import_job.file.save(f"{import_job.pk}.xlsx", ContentFile(content))
    return import_job
