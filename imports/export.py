"""The list of people as a workbook with the template's columns: corrected, it can be imported again."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from operator import attrgetter
from typing import IO

from django.utils import timezone

from accounts.models import InitialCredential, User, UserQuerySet
from accounts.vault import Unreadable
from imports.columns import Column, columns_for
from imports.tables import writer
from imports.template import SHEET

logger = logging.getLogger(__name__)


def build(people: UserQuerySet, kind: str, *, reader: User | None = None) -> bytes:
    """Return `people` (users of `kind`, in the order wanted) as the bytes of a workbook."""
    file = BytesIO()
    write(people, kind, file, reader=reader)
    return file.getvalue()


def write(people: UserQuerySet, kind: str, file: IO[bytes], *, reader: User | None = None) -> int:
    """Write `people` into `file` and return how many they are; three queries, whatever their number.

    `reader`: the administrator who will read it; passwords that open more than their schools are left out.
    """
    columns = columns_for(kind)
    return writer.write(file, writer.List(SHEET[kind], columns, rows(people, columns, reader)))


def rows(people: UserQuerySet, columns: Sequence[Column], reader: User | None) -> Iterator[list[writer.Written]]:
    """Yield the values of `columns` for each of `people`."""
    groups = group_codes(people)
    passwords = InitialPasswords(people, reader)
    shown = {
        "school_class": lambda user: user.school_class.code if user.school_class else "",
        "groups": lambda user: " ; ".join(groups.get(user.pk, ())),
        "password": passwords.of,
        "created_at": lambda user: local(user.created_at),
        "updated_at": lambda user: local(user.updated_at),
    }
    values = [shown.get(column.field) or attrgetter(column.field) for column in columns]
    for user in people.select_related("school_class").iterator():
        yield [value(user) for value in values]
    if passwords.unreadable:
        logger.warning("export: %d initial passwords cannot be opened with CREDENTIAL_KEYS", passwords.unreadable)


def local(moment: datetime | None) -> datetime | None:
    """Return `moment` as a clock in the school shows it; a cell has no time zone."""
    return moment and timezone.localtime(moment).replace(tzinfo=None, microsecond=0)


def group_codes(people: UserQuerySet) -> dict[int, list[str]]:
    """Return {user pk: [group code, …]}."""
    codes = defaultdict(list)
    memberships = User.groups.through.objects.filter(user__in=people.order_by().values("pk"))
    for pk, code in memberships.order_by("group__code_sort", "group_id").values_list("user_id", "group__code"):
        codes[pk].append(code)
    return codes


class InitialPasswords:
    """The initial passwords of `people` that `reader` may read. `unreadable`: how many could not be opened."""

    def __init__(self, people: UserQuerySet, reader: User | None) -> None:
        readable = InitialCredential.objects.readable().filter(user__in=people.order_by().values("pk"))
        if reader is not None:
            beyond = people.order_by().out_of_reach_of(reader)
            readable = readable.exclude(user__in=beyond.values("pk"))
        self.credentials = {credential.user_id: credential for credential in readable.iterator()}
        self.unreadable = 0

    def of(self, user: User) -> str:
        credential = self.credentials.get(user.pk)
        if credential is None:
            return ""
        credential.user = user  # What it is bound to, without a query each.
        try:
            return credential.reveal()
        except Unreadable:
            self.unreadable += 1
            return ""
