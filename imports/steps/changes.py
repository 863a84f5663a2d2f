"""What rows change of the accounts that they mean. Reads the database, writes nothing."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from accounts.models import User
from imports.steps.person import Person
from imports.steps.roster import Account, family_and_first, groups_of
from imports.steps.writing import richer
from schools.chunks import chunks
from schools.models import School

Matched = list[tuple[Person, Account]]


class Change(NamedTuple):
    """What a row changes of an account.

    `values`, `before`: {field of User: value}, as it becomes and as it was, for what differs only. `groups` are
    frozensets of primary keys; `school_class` and `school` are primary keys.
    """

    account: Account
    person: Person
    values: dict[str, Any]
    before: dict[str, Any]

    @property
    def groups(self) -> frozenset[int | None] | None:
        """All groups as they become; None where they stay."""
        return self.values.get("groups")

    def value(self, name: str) -> Any:
        """Return what a field of the account holds afterwards, changed or not (groups apart)."""
        return self.values[name] if name in self.values else self.account.value(name)


def changes(
    school: School, kind: str, people: list[Person], matched: Matched, guarded: Collection[int]
) -> Iterator[Change]:
    """Yield the Change of each matched row, empty where nothing differs. `guarded`: see `guarded_from`."""
    details = [field.name for field in User.details_of(kind)]
    groups = groups_of([account.pk for person, account in matched if person.groups is not None])
    only_adds = is_list_of_one_group(people)
    for person, account in matched:
        values = named_and_placed(person, account)
        for name in details:
            if text := person.values.get(name):
                values[name] = text
        if person.email and not account.email and account.pk not in guarded:
            values["email"] = person.email.lower()
        if account.kind != kind:  # An administrator who becomes a teacher of the school.
            values |= {"kind": kind, "school": school.pk}
        before = {name: account.value(name) for name in values}
        if person.groups is not None:
            before["groups"] = groups.get(account.pk, frozenset())
            values["groups"] = person.groups | before["groups"] if only_adds else person.groups
        changed = {name: value for name, value in values.items() if value != before[name]}
        yield Change(account, person, changed, {name: before[name] for name in changed})


def named_and_placed(person: Person, account: Account) -> dict[str, Any]:
    """Return names and class as the row has them; of two writings of one name the richer."""
    (family, first), (its_family, its_first) = family_and_first(person), family_and_first(account)
    return {
        "last_name": richer(account.last_name, person.last_name) if family == its_family else person.last_name,
        "first_name": richer(account.first_name, person.first_name) if first == its_first else person.first_name,
        "school_class": person.school_class,
    }


def is_list_of_one_group(people: list[Person]) -> bool:
    """Tell whether every row names one and the same group: the list of a group adds members, it removes none."""
    named = {person.groups for person in people}
    return len(named) == 1 and len(next(iter(named)) or ()) == 1


def guarded_from(uploader: User | None, matched: Matched) -> set[int]:
    """Return the accounts whose e-mail `uploader` may not fill: it opens rights that the uploader does not have.

    On the command line (None), those with any rights.
    """
    asked = [account.pk for person, account in matched if person.email and not account.email]
    guarded: set[int] = set()
    for chunk in chunks(asked):
        found = User.objects.filter(pk__in=chunk)
        found = found.out_of_reach_of(uploader) if uploader else found.with_rights()
        guarded.update(found.order_by().values_list("pk", flat=True))
    return guarded
