"""What the apps above this one listen to. Receivers run inside the sender's transaction."""

from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.dispatch import Signal

from schools.models import School

# Sent inside the transaction, after people of one school were created, changed (class, groups, activity) or
# before they are deleted, one by one or in bulk alike. Arguments: school, pks (a list), change, one of
# "created", "updated", "deleted".
people_changed = Signal()


def send_people_changed(school: School, pks: Iterable[int], change: str) -> None:
    """Send `people_changed`, unless there is nobody in `pks`."""
    pks = list(pks)
    if pks:
        people_changed.send(sender=get_user_model(), school=school, pks=pks, change=change)


# Sent by an import that only checks: what would follow if it were done? Arguments: school, kind, members (a list of
# FutureMember: everyone whom the import would create or change). Each receiver returns a list of sentences for the
# user (French): `[text for _, texts in people_forecast.send(…) for text in texts]`.
people_forecast = Signal()


# Sent by a planned import: whose books go when they leave groups? Arguments: school, kind, members (a list of
# (FutureMember as they would be, frozenset of the group numbers that they leave)). Each receiver returns
# {account number: [titles]}.
groups_left = Signal()


class FutureMember(NamedTuple):
    """A person as they would be. `pk`: None for someone new. `group_ids`: all groups, old and new.

    An unknown class is its code, an unknown group None: no rule follows them.
    """

    pk: int | None
    school_class_id: int | str | None
    group_ids: frozenset[int | None]
