"""Acts on many people of a school: each takes one turn at the school and a few queries, whatever their number.

Each function takes `people`, a queryset of users of `school`, and returns an `Outcome`.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils import timezone

from accounts import initial_passwords
from accounts.email_change import tell_password_changed
from accounts.models import User, UserQuerySet
from accounts.signals import send_people_changed
from schools.chunks import CHUNK, chunks
from schools.models import Group, School, SchoolClass
from schools.turns import in_turn


class Outcome(NamedTuple):
    """How many people were changed, needed no change, were left out because they have rights elsewhere."""

    done: int
    already: int = 0
    spared: int = 0


def hold(people: UserQuerySet, *fields: str) -> list[tuple]:
    """Lock `people` until the transaction ends; return [(pk, *fields), …]."""
    rows = people.order_by("pk").select_related(None).select_for_update(of=("self",), no_key=True)
    return list(rows.values_list("pk", *fields))


def hold_within_reach(people: UserQuerySet, administrator: User, *fields: str) -> tuple[list[tuple], int]:
    """Lock `people`; return [(pk, *fields), …] of those within reach of `administrator`, and how many are not.

    Locked first, then checked: rights that are given at this moment count, because giving them locks the account too.
    """
    rows = hold(people, *fields)
    within = set()
    for chunk in chunks([pk for pk, *_ in rows]):
        found = User.objects.filter(pk__in=chunk).within_reach_of(administrator)
        within.update(found.order_by().values_list("pk", flat=True))
    kept = [row for row in rows if row[0] in within]
    return kept, len(rows) - len(kept)


def update(pks: Iterable[int], **values: Any) -> None:
    for chunk in chunks(pks):
        User.objects.filter(pk__in=chunk).update(updated_at=timezone.now(), **values)


@in_turn
def change_class(school: School, people: UserQuerySet, *, school_class: SchoolClass) -> Outcome:
    rows = hold(people, "school_class_id")
    moving = [pk for pk, current in rows if current != school_class.pk]
    update(moving, school_class=school_class)
    send_people_changed(school, moving, "updated")
    return Outcome(len(moving), already=len(rows) - len(moving))


@in_turn
def join_group(school: School, people: UserQuerySet, *, group: Group) -> Outcome:
    rows = hold(people)
    link = User.groups.through
    members = set(link.objects.filter(group=group).values_list("user_id", flat=True))
    joining = [pk for (pk,) in rows if pk not in members]
    link.objects.bulk_create(
        [link(user_id=pk, group_id=group.pk) for pk in joining], ignore_conflicts=True, batch_size=CHUNK
    )
    update(joining)
    send_people_changed(school, joining, "updated")
    return Outcome(len(joining), already=len(rows) - len(joining))


@in_turn
def leave_group(school: School, people: UserQuerySet, *, group: Group) -> Outcome:
    rows = hold(people)
    link = User.groups.through
    members = set(link.objects.filter(group=group).values_list("user_id", flat=True))
    leaving = [pk for (pk,) in rows if pk in members]
    for chunk in chunks(leaving):
        link.objects.filter(group=group, user_id__in=chunk).delete()
    update(leaving)
    send_people_changed(school, leaving, "updated")
    return Outcome(len(leaving), already=len(rows) - len(leaving))


@in_turn
def reactivate(school: School, people: UserQuerySet, *, by: User) -> Outcome:
    rows, spared = hold_within_reach(people, by, "is_active")
    pks = [pk for pk, is_active in rows if not is_active]
    update(pks, is_active=True)
    send_people_changed(school, pks, "updated")
    return Outcome(len(pks), already=len(rows) - len(pks), spared=spared)


@in_turn
def deactivate(school: School, people: UserQuerySet, *, by: User) -> Outcome:
    rows, spared = hold_within_reach(people, by, "is_active")
    pks = [pk for pk, is_active in rows if is_active]
    update(pks, is_active=False)
    send_people_changed(school, pks, "updated")
    return Outcome(len(pks), already=len(rows) - len(pks), spared=spared)


@in_turn
def delete(school: School, people: UserQuerySet, *, by: User) -> Outcome:
    rows, spared = hold_within_reach(people, by)
    pks = [pk for (pk,) in rows]
    send_people_changed(school, pks, "deleted")
    for chunk in chunks(pks):
        User.objects.filter(pk__in=chunk).delete()
    return Outcome(len(pks), spared=spared)


@in_turn
def reset_passwords(school: School, people: UserQuerySet, *, by: User) -> Outcome:
    """Give everybody a new generated initial password; their sessions end."""
    rows, spared = hold_within_reach(people, by, "uid", "email")
    users = [User(pk=pk, uid=uid, email=email) for pk, uid, email in rows]
    initial_passwords.give(users)
    tell_password_changed(users)
    return Outcome(len(rows), spared=spared)
