"""Who changes something in a school waits for their turn there: the one order in which the platform holds rows.

1. The schools that an act changes, by number (`turn`). It is the first thing held by whatever changes people, classes,
   groups, rules, seats, licences: selections, forms, imports, orders, the operator's pages.
2. Whatever else there is in these schools, in any order: nobody else holds two rows of them. Licences are locked all at
   once (LicenceQuerySet.lock), accounts by number.
3. Textbooks, which schools share (orders.py), by ISBN.
4. What is unique on the whole platform: the stems of new identifiants in their order (usernames.hold), then
   identifiants and e-mails as they are written.

Acts of one person on their own account (sign-in, personal password), and those on accounts of all schools (rotation of
keys, expiry) do without step 1: they hold accounts, by number, before what hangs on them.

FOR NO KEY UPDATE: whoever only adds something to the school, an upload first of all, does not wait. SQLite needs
nothing: its transactions begin IMMEDIATE, one at a time. What may still cross, identifiants and e-mails typed into the
files of two schools, PostgreSQL breaks up: see contention.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from django.db import connection, transaction

from schools.models import School

Act = TypeVar("Act", bound=Callable[..., Any])


@contextmanager
def turn(*schools: School | int | None) -> Iterator[None]:
    """One transaction in which nobody else changes these schools (School, their numbers, or None for no school)."""
    with transaction.atomic():
        pks = {getattr(school, "pk", school) for school in schools} - {None}
        if pks and connection.features.has_select_for_update:
            held = School.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",), no_key=True)
            list(held.values_list("pk", flat=True))
        yield


def in_turn(act: Act) -> Act:
    """Run `act(school, …)` in a turn at the school."""

    @wraps(act)
    def waiting(school, *args, **kwargs):
        with turn(school):
            return act(school, *args, **kwargs)

    return waiting
