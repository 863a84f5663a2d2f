"""Who is there already: the accounts that the rows of a file may mean. Reads the database, writes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import Kind, User
from accounts.names import split_key
from accounts.usernames import taken
from imports.steps.person import Person
from schools.chunks import chunks
from schools.levels import rank_of_class
from schools.models import Membership, School


@dataclass(slots=True)
class Account:
    """What the plan needs to know of an existing account. `details`: {field: text}, see User.details_of."""

    details: Mapping[str, str]
    pk: int
    school: int | None
    kind: str
    last_name: str
    first_name: str
    name_key: str
    username: str
    email: str
    school_class: int | None
    is_active: bool

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name}"

    def value(self, field: str) -> Any:
        return self.details[field] if field in self.details else getattr(self, field)


ACCOUNT_FIELDS = (
    "pk",
    "school_id",
    "kind",
    "last_name",
    "first_name",
    "name_key",
    "username",
    "email",
    "school_class_id",
    "is_active",
)
NO_DETAILS: Mapping[str, str] = {}


def accounts(queryset: QuerySet[User], kind: str) -> list[Account]:
    """Return the accounts of `queryset`, with the details that people of `kind` may have."""
    names, known = [field.name for field in User.details_of(kind)], len(ACCOUNT_FIELDS)
    rows = queryset.order_by("pk").values_list(*ACCOUNT_FIELDS, *names)
    if not names:
        return [Account(NO_DETAILS, *row) for row in rows]
    return [Account(dict(zip(names, row[known:], strict=True)), *row[:known]) for row in rows]


def groups_of(pks: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return {account pk: frozenset of group pks}; those who are in no group are left out."""
    groups: defaultdict[int, set[int]] = defaultdict(set)
    links = User.groups.through.objects
    for chunk in chunks(pks):
        for user, group in links.filter(user_id__in=chunk).values_list("user_id", "group_id"):
            groups[user].add(group)
    return {pk: frozenset(members) for pk, members in groups.items()}


class Roster:
    """The accounts of one school and kind, and who else holds the logins of a file.

    `by_username`, `by_email` (lower case) and `by_name` (name_key → list) hold the accounts of this school and kind.
    `taken_usernames`, `taken_emails`: those of the file that other accounts bear. `heads`: {e-mail: Account} of
    administrators of this school without kind, who may become its teachers.
    """

    def __init__(self, school: School, kind: str, people: list[Person]) -> None:
        self.kind = kind
        self.classes = {
            pk: (code, rank_of_class(level, code))
            for pk, code, level in school.schoolclass_set.order_by().values_list("pk", "code", "level")
        }
        self.accounts = accounts(User.objects.filter(school=school, kind=kind), kind)
        self.by_username = {account.username.lower(): account for account in self.accounts}
        self.by_email = {account.email.lower(): account for account in self.accounts if account.email}
        self.by_name: defaultdict[str, list[Account]] = defaultdict(list)
        for account in self.accounts:
            self.by_name[account.name_key].append(account)
        usernames = {person.username.lower() for person in people if person.username} - self.by_username.keys()
        emails = {person.email.lower() for person in people if person.email} - self.by_email.keys()
        held = [account for chunk in chunks(emails) for account in accounts(User.objects.with_emails(chunk), kind)]
        self.heads = heads_of(school, held) if kind == Kind.TEACHER else {}
        self.taken_emails = {account.email.lower() for account in held} - self.heads.keys()
        self.taken_usernames = taken(usernames) - {head.username.lower() for head in self.heads.values()}

    def code(self, account: Account) -> str:
        """Return the code of the class of `account`, "" for a teacher."""
        return self.classes.get(account.school_class, ("",))[0]

    def rank(self, school_class: int | str | None) -> int | None:
        """Return the rank of a class (pk) among the years of school; None if it is unknown."""
        return self.classes.get(school_class, ("", None))[1]

    def describe(self, account: Account) -> str:
        """Return "Martin Léa (6A, identifiant lea.martin)"; a deactivated account is said to be."""
        facts = [self.code(account), f"identifiant {account.username}", "" if account.is_active else "désactivé"]
        return f"{account} ({', '.join(filter(None, facts))})"


def heads_of(school: School, held: list[Account]) -> dict[str, Account]:
    """Return {e-mail: Account} of those of `held` who administer `school` and are nobody's teacher or pupil."""
    without_kind = {account.pk: account for account in held if not account.kind}
    administrators = Membership.objects.filter(school=school, user__in=without_kind, user__is_staff=False)
    return {without_kind[pk].email.lower(): without_kind[pk] for pk in administrators.values_list("user_id", flat=True)}


def family_and_first(someone: Person | Account) -> tuple[str, str]:
    """Return the folded (family name, first name) of a row or an account."""
    return split_key(someone.name_key)
