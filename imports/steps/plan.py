"""Step 4: who is created, who is updated, who stays as they are. Reads the database, writes nothing."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts import vault
from accounts.models import InitialCredential, User
from accounts.signals import FutureMember, groups_left
from imports.steps.beside import look_beside
from imports.steps.checks import MASK
from imports.steps.matching import Matcher
from imports.steps.roster import Account, Roster, family_and_first, groups_of
from imports.steps.writing import richer
from imports.tables.problems import WARNING, Problem
from schools.chunks import chunks


class Change(NamedTuple):
    """What an import changes of an account. `groups`, `email`: None where they stay."""

    account: Account
    person: object  # The row: checks.Person.
    last_name: str
    first_name: str
    school_class: int | None
    groups: frozenset | None
    email: str | None
    becomes_teacher: bool

    @property
    def is_empty(self):
        account = self.account
        names = self.last_name, self.first_name, self.school_class
        stays = names == (account.last_name, account.first_name, account.school_class)
        return stays and self.groups is None and self.email is None and not self.becomes_teacher


class Notes:
    """What is told of the rows of a file. `wrong`: numbers of the rows with an error."""

    def __init__(self):
        self.problems = []
        self.wrong = set()

    def report(self, person, column, value, code, message):
        self.wrong.add(person.row)
        self.problems.append(Problem(person.row, column, value, code, message))

    def warn(self, person, column, value, code, message):
        self.problems.append(Problem(person.row, column, value, code, message, WARNING))


@dataclass
class Plan:
    """`created`: people (checks.Person); `updated`: Changes; `match`: {row number: Account}; `problems`."""

    created: list = field(default_factory=list)
    updated: list = field(default_factory=list)
    unchanged: int = 0
    match: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    @property
    def counts(self):
        """How many accounts it creates, updates and leaves, by name."""
        return {"created": len(self.created), "updated": len(self.updated), "unchanged": self.unchanged}

    @property
    def errors(self):
        return [problem for problem in self.problems if problem.severity != WARNING]


def make_plan(school, kind, people, *, uploader=None):
    """Return the Plan for `people` (list of checks.Person) in `school`.

    `uploader`: the administrator in whose name it is made; None (command line) has no rights over those of others.
    """
    return Planner(school, kind, people, uploader).run()


class Planner:
    def __init__(self, school, kind, people, uploader):
        self.school = school
        self.kind = kind
        self.people = people
        self.uploader = uploader
        self.notes = Notes()
        self.matcher = Matcher(Roster(school, kind, people), people, self.notes)

    def run(self):
        self.matcher.run()
        plan = Plan(match=self.matcher.match, problems=self.notes.problems)
        look_beside(self.matcher, self.matcher.open_rows())
        plan.created = self.matcher.open_rows()
        matched = [(person, plan.match[person.row]) for person in self.people if person.row in plan.match]
        for change in self.changes(matched):
            if change.is_empty:
                plan.unchanged += 1
            else:
                plan.updated.append(change)
        self.warn_of_namesakes_left_out(matched)
        self.warn_of_kept_passwords(matched)
        self.warn_of_shared_passwords(plan.created)
        plan.problems.sort(key=lambda problem: problem.row or 0)
        return plan

    def changes(self, matched):
        """Yield the Change of each matched row, and warn of what its cells ask for in vain."""
        groups = groups_of([account.pk for person, account in matched if person.groups is not None])
        only_adds = self.is_list_of_one_group()
        guarded = self.guarded([account for person, account in matched if person.email and not account.email])
        leaving = {}
        for person, account in matched:
            self.warn_of_ignored(person, account)
            becomes_teacher = account.kind != self.kind
            email = None
            if person.email and not account.email:
                if account.pk in guarded:
                    self.warn_of_kept_email(person)
                else:
                    email = person.email.lower()
            old, new = groups.get(account.pk, frozenset()), person.groups
            if new is not None and only_adds:
                new |= old
            if new is not None and new != old and old - new:
                leaving[person.row] = account, person, old, new
            family, first = family_and_first(person)
            its_family, its_first = family_and_first(account)
            yield Change(
                account,
                person,
                richer(account.last_name, person.last_name) if family == its_family else person.last_name,
                richer(account.first_name, person.first_name) if first == its_first else person.first_name,
                person.school_class,
                None if new == old else new,
                email,
                becomes_teacher,
            )
        self.warn_of_groups_left(leaving)

    def is_list_of_one_group(self):
        """Tell whether every row names one and the same group: the list of a group adds members, it removes none."""
        named = {person.groups for person in self.people}
        return len(named) == 1 and len(next(iter(named)) or ()) == 1

    def guarded(self, accounts):
        """Return the numbers of those with rights that the uploader does not have: their e-mail opens these rights."""
        beyond = set()
        for chunk in chunks(account.pk for account in accounts):
            found = User.objects.filter(pk__in=chunk)
            found = found.out_of_reach_of(self.uploader) if self.uploader else found.with_rights()
            beyond.update(found.order_by().values_list("pk", flat=True))
        return beyond

    def warn_of_ignored(self, person, account):
        """An import changes names, class and groups: say so where a cell asks for more."""
        if person.email and account.email and person.email.lower() != account.email.lower():
            self.warn_of_kept_email(person)
        if account.kind != self.kind:
            self.notes.warn(
                person,
                "Identifiant",
                account.username,
                "username_kept",
                f"{account} administre déjà l'établissement et en devient aussi enseignant : son identifiant "
                f"({account.username}) et son mot de passe restent.",
            )
        elif person.username and person.username.lower() != account.username.lower():
            self.notes.warn(
                person,
                "Identifiant",
                person.username,
                "username_kept",
                f"Ce compte existe déjà : son identifiant reste {account.username}.",
            )
        if not account.is_active:
            self.notes.warn(
                person,
                "Identifiant",
                account.username,
                "inactive_account",
                "Ce compte est désactivé et le reste.",
            )

    def warn_of_kept_email(self, person):
        self.notes.warn(
            person,
            "Email",
            person.email,
            "email_kept",
            "Ce compte existe déjà : son e-mail n'a pas été changé. Modifiez-le dans sa fiche.",
        )

    def warn_of_groups_left(self, leaving):
        """Name the groups that people leave, and the books that go with them. `leaving`: see `changes`."""
        if not leaving:
            return
        members = [
            (FutureMember(account.pk, person.school_class, new), old - new)
            for account, person, old, new in leaving.values()
        ]
        lost = defaultdict(list)
        for _, answer in groups_left.send(sender=User, school=self.school, kind=self.kind, members=members):
            for pk, titles in answer.items():
                lost[pk] += titles
        codes = dict(self.school.group_set.order_by().values_list("pk", "code"))
        for account, person, old, new in leaving.values():
            left = ", ".join(sorted(codes[pk] for pk in old - new))
            books = f" et rend : {', '.join(lost[account.pk])}" if account.pk in lost else ""
            self.notes.warn(
                person,
                "Code groupe",
                left,
                "group_left",
                f"{account} ({account.username}) quitte {left}{books}. Pour l'y garder, ajoutez ce code à la cellule.",
            )

    def warn_of_namesakes_left_out(self, matched):
        """Name the account of a matched row's name that no row means: the wrong one of the two may be in the file."""
        for person, account in matched:
            namesakes = self.matcher.roster.by_name.get(person.name_key, ())
            if len(namesakes) > 1 or (namesakes and namesakes[0] is not account):
                left = next((one for one in namesakes if one.pk not in self.matcher.claimed), None)
                if left:
                    self.notes.warn(
                        person,
                        "Nom",
                        f"{person.last_name} {person.first_name}",
                        "homonym",
                        f"Cette ligne désigne {self.matcher.roster.describe(account)} ; un autre compte de ce nom, "
                        f"{self.matcher.roster.describe(left)}, n'est pas dans le fichier.",
                    )

    def warn_of_kept_passwords(self, matched):
        """A typed password never replaces one: say so, unless it is the very one that the school can read."""
        typed = {account.pk: person for person, account in matched if person.password}
        same = set()
        for chunk in chunks(typed):
            rows = InitialCredential.objects.readable().filter(user__in=chunk)
            for pk, key_id, sealed, uid in rows.values_list("user_id", "key_id", "sealed", "user__uid"):
                try:
                    if vault.unseal(key_id, sealed, bound_to=uid.bytes) == typed[pk].password:
                        same.add(pk)
                except vault.Unreadable:
                    continue
        for pk, person in typed.items():
            if pk not in same:
                self.notes.warn(
                    person,
                    "Mot de passe",
                    MASK,
                    "password_kept",
                    "Ce compte existe déjà : son mot de passe n'a pas été changé. Réinitialisez-le dans sa fiche.",
                )

    def warn_of_shared_passwords(self, created):
        for count in Counter(person.password for person in created if person.password).values():
            if count > 1:
                self.notes.problems.append(
                    Problem(
                        None,
                        "Mot de passe",
                        MASK,
                        "shared_password",
                        f"Un même mot de passe est donné à {count} personnes : chacune pourrait se connecter à la "
                        "place des autres. Videz ces cellules pour que chacune reçoive le sien.",
                        WARNING,
                    )
                )
