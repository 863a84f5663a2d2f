"""The list of people as a workbook with the template's columns: corrected, it can be imported again."""

import logging
import re
from collections import defaultdict
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from accounts.models import InitialCredential, User
from accounts.vault import Unreadable
from imports.columns import columns_for
from imports.template import dress, text_cell

logger = logging.getLogger(__name__)

DATE_FORMAT = "DD/MM/YYYY HH:MM"
DATES = ("created_at", "updated_at")
SHEET_PART = "xl/worksheets/sheet1.xml"
# What a spreadsheet would read as the escape of one character (ECMA-376 part 1, 22.4.2.4) and not as itself.
ESCAPE_ALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def build(people, kind, *, reader=None):
    """Return `people` (a queryset of users of `kind`, in the order wanted) as the bytes of a workbook."""
    file = BytesIO()
    write(people, kind, file, reader=reader)
    return file.getvalue()


def write(people, kind, file, *, reader=None):
    """Write `people` into `file` and return how many they are; three queries, whatever their number.

    `reader`: the administrator who will read it; passwords that open more than their schools are left out.

    openpyxl makes the workbook with its styles and header, and the rows are streamed into its sheet: four times
    faster than cell by cell, and a text can only be text.
    """
    workbook = Workbook()
    sheet = workbook.active
    dress(sheet, kind)
    row_xml = RowWriter(sheet, kind)
    empty = BytesIO()
    workbook.save(empty)
    count = 0
    with ZipFile(empty) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename != SHEET_PART:
                target.writestr(member.filename, content)
                continue
            before, after = content.split(b"</sheetData>")
            with target.open(SHEET_PART, "w", force_zip64=True) as part:
                # The extent that openpyxl has noted is that of the header alone; it may be left out.
                part.write(re.sub(rb"<dimension [^>]*>", b"", before))
                for count, values in enumerate(rows(people, reader), 1):
                    part.write(row_xml(count + 1, values))
                part.write(b"</sheetData>" + after)
    return count


class RowWriter:
    """Makes the XML of one row of the sheet."""

    def __init__(self, sheet, kind):
        text = text_cell(sheet, "")
        date = text_cell(sheet, "")
        date.number_format = DATE_FORMAT
        self.columns = [
            (get_column_letter(number), column.field, date.style_id if column.field in DATES else text.style_id)
            for number, column in enumerate(columns_for(kind), 1)
        ]

    def __call__(self, number, values):
        cells = []
        for letter, field, style in self.columns:
            value = values[field]
            if field in DATES:
                serial = to_excel(timezone.localtime(value).replace(tzinfo=None, microsecond=0))
                cells.append(f'<c r="{letter}{number}" s="{style}"><v>{serial}</v></c>')
            elif value:
                cells.append(
                    f'<c r="{letter}{number}" s="{style}" t="inlineStr">'
                    f'<is><t xml:space="preserve">{as_xml_text(value)}</t></is></c>'
                )
        return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def as_xml_text(text):
    return escape(ESCAPE_ALIKE.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("", text)))


def rows(people, reader):
    """Yield {field: value} for each of `people`."""
    groups = group_codes(people)
    passwords = InitialPasswords(people, reader)
    plain = ("last_name", "first_name", "username", "email", *DATES)
    for user in people.select_related("school_class").iterator():
        values = {field: getattr(user, field) for field in plain}
        values["school_class"] = user.school_class.code if user.school_class else ""
        values["groups"] = " ; ".join(groups.get(user.pk, ()))
        values["password"] = passwords.of(user)
        yield values
    if passwords.unreadable:
        logger.warning("export: %d initial passwords cannot be opened with CREDENTIAL_KEYS", passwords.unreadable)


def group_codes(people):
    """Return {user pk: [group code, …]}."""
    codes = defaultdict(list)
    memberships = User.groups.through.objects.filter(user__in=people.order_by().values("pk"))
    for pk, code in memberships.order_by("group__code_sort", "group_id").values_list("user_id", "group__code"):
        codes[pk].append(code)
    return codes


class InitialPasswords:
    """The initial passwords of `people` that `reader` may read. `unreadable`: how many could not be opened."""

    def __init__(self, people, reader):
        readable = InitialCredential.objects.readable().filter(user__in=people.order_by().values("pk"))
        if reader is not None:
            beyond = people.order_by().out_of_reach_of(reader)
            readable = readable.exclude(user__in=beyond.values("pk"))
        self.credentials = {credential.user_id: credential for credential in readable.iterator()}
        self.unreadable = 0

    def of(self, user):
        credential = self.credentials.get(user.pk)
        if credential is None:
            return ""
        credential.user = user  # What it is bound to, without a query each.
        try:
            return credential.reveal()
        except Unreadable:
            self.unreadable += 1
            return ""
