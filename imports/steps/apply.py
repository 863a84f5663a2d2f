"""Step 5: write what the plan says, inside the caller's transaction."""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import F
from django.utils import timezone

from accounts.initial_passwords import create_accounts
from accounts.models import User
from accounts.names import username_stem
from accounts.signals import send_people_changed
from accounts.usernames import allocate
from imports.imported_accounts import ImportedAccount
from imports.models import Import
from imports.steps.changes import Change
from imports.steps.person import Person
from imports.steps.plan import Plan
from schools.chunks import chunks
from schools.models import School

ROWS_PER_QUERY = 2000


def apply_plan(import_job: Import, plan: Plan) -> None:
    """Create and update the people of `plan`, and note whom, with what they were before."""
    school, kind = import_job.school, import_job.kind
    created = create(school, kind, plan.created)
    updated = update(school, kind, plan.updated)
    before = {change.account.pk: old_values(change) for change in plan.updated}
    ImportedAccount.objects.note(import_job, created=created, before=before)
    # After all writes, so that whoever listens locks its own rows last, as everywhere else.
    for pks, change in ((created, "created"), (updated, "updated")):
        send_people_changed(school, pks, change)


def create(school: School, kind: str, people: list[Person]) -> list[int]:
    """Create the accounts and their initial passwords; return their primary keys."""
    if not people:
        return []
    unnamed = [person for person in people if not person.username]
    reserved = {person.username.lower() for person in people if person.username}
    allocated = iter(
        allocate([username_stem(person.last_name, person.first_name) for person in unnamed], reserved=reserved)
    )
    now = timezone.now()
    details = detail_names(kind)
    users = [
        User(
            school=school,
            kind=kind,
            last_name=person.last_name,
            first_name=person.first_name,
            name_key=person.name_key,
            username=person.username or next(allocated),
            email=person.email.lower(),  # As User.save does.
            school_class_id=person.school_class,
            **{name: person.values.get(name, "") for name in details},
            created_at=now,
            updated_at=now,
        )
        for person in people
    ]
    create_accounts(users, [person.password for person in people])
    join_groups((user.pk, person.groups) for user, person in zip(users, people, strict=True))
    return [user.pk for user in users]


def update(school: School, kind: str, changes: list[Change]) -> list[int]:
    """Change what `Plan.updated` says; return the primary keys."""
    now = timezone.now()
    # In one order, as everywhere: two acts on the same people wait for each other instead of locking crosswise.
    changes = sorted(changes, key=lambda change: change.account.pk)
    columns = ["last_name", "first_name", "school_class", "email", *detail_names(kind)]
    User.objects.update_each(
        [*columns, "name_key"],
        [
            (*(change.value(column) for column in columns), change.person.name_key, change.account.pk)
            for change in changes
        ],
    )
    pks = [change.account.pk for change in changes]
    for chunk in chunks(pks):
        User.objects.filter(pk__in=chunk).update(updated_at=now)
    joining = [change.account.pk for change in changes if "kind" in change.values]
    if joining:
        # Nobody but the operator could type their e-mail so far: it stays what may reset their password.
        User.objects.filter(pk__in=joining).update(school=school, kind=kind, confirmed_email=F("email"))
    regrouped = [(change.account.pk, change.groups) for change in changes if change.groups is not None]
    links = User.groups.through.objects
    for chunk in chunks(pk for pk, _ in regrouped):
        links.filter(user_id__in=chunk).delete()
    join_groups(regrouped)
    return pks


def old_values(change: Change) -> dict[str, Any]:
    """Return what the change replaces, fit for JSON."""
    return {name: sorted(old) if name == "groups" else old for name, old in change.before.items()}


def join_groups(memberships: Iterable[tuple[int, frozenset[int | None] | None]]) -> None:
    """Add people to groups; `memberships` yields (user pk, group pks or None)."""
    link = User.groups.through
    # A plan with an unknown group has an error: it is not applied.
    known = ((user, cast("frozenset[int]", groups)) for user, groups in memberships if groups)
    link.objects.bulk_create(
        [link(user_id=user, group_id=group) for user, groups in known for group in sorted(groups)],
        batch_size=ROWS_PER_QUERY,
    )


def detail_names(kind: str) -> list[str]:
    return [field.name for field in User.details_of(kind)]
