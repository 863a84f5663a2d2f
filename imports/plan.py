"""Step 4: who is created, who is updated, who stays as they are. Reads the database, writes nothing.

Whom a row means (product contract, §4): the account of this school and kind with its identifiant; else with its
e-mail; else, when both cells are empty, by name: paired by class first, then the one who is left on both sides.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice

from accounts.models import User

from .problems import WARNING, Problem

CHUNK = 5000  # Parameters of one query; SQLite takes at most 32,766.
NAMED_ROWS = 5


@dataclass(slots=True)
class Account:
    """What the plan needs to know of an existing account."""

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


@dataclass
class Plan:
    """`created`: people (checks.Person); `updated`: (Account, Person, groups to set or None); `problems`."""

    created: list = field(default_factory=list)
    updated: list = field(default_factory=list)
    unchanged: int = 0
    problems: list = field(default_factory=list)

    @property
    def errors(self):
        return [problem for problem in self.problems if problem.severity != WARNING]


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


def accounts_in(queryset, adjective, values):
    """Return the accounts of `queryset` that the method `adjective` (`with_…`) finds for `values`, a few at a time."""
    values = list(values)
    found = []
    for start in range(0, len(values), CHUNK):
        rows = getattr(queryset, adjective)(values[start : start + CHUNK])
        found += [Account(*row) for row in rows.order_by("pk").values_list(*ACCOUNT_FIELDS)]
    return found


def groups_of(pks):
    """Return {account pk: frozenset of group pks}; those who are in no group are left out."""
    groups = defaultdict(set)
    links = User.groups.through.objects
    for start in range(0, len(pks), CHUNK):
        for user, group in links.filter(user_id__in=pks[start : start + CHUNK]).values_list("user_id", "group_id"):
            groups[user].add(group)
    return {pk: frozenset(members) for pk, members in groups.items()}


def make_plan(school, kind, people):
    """Return the Plan for `people` (list of checks.Person) in `school`."""
    return Planner(school, kind, people).run()


class Planner:
    def __init__(self, school, kind, people):
        self.school = school
        self.kind = kind
        self.people = people
        self.plan = Plan()
        self.match = {}  # row number → Account
        self.wrong = set()  # row numbers with an error

    def run(self):
        self.match_by_login()
        self.refuse_duplicates()
        self.match_by_name()
        self.decide()
        self.plan.problems.sort(key=lambda problem: problem.row)
        return self.plan

    def report(self, person, column, value, code, message):
        self.wrong.add(person.row)
        self.plan.problems.append(Problem(person.row, column, value, code, message))

    def warn(self, person, column, value, code, message):
        self.plan.problems.append(Problem(person.row, column, value, code, message, WARNING))

    def is_ours(self, account):
        return account.school == self.school.pk and account.kind == self.kind

    def match_by_login(self):
        """Match rows that bear an identifiant or an e-mail; report those held elsewhere, never saying where."""
        by_username = {
            account.username.lower(): account
            for account in accounts_in(
                User.objects, "with_usernames", {p.username.lower() for p in self.people if p.username}
            )
        }
        by_email = {
            account.email.lower(): account
            for account in accounts_in(User.objects, "with_emails", {p.email.lower() for p in self.people if p.email})
        }
        for person in self.people:
            by_name = by_username.get(person.username.lower()) if person.username else None
            by_mail = by_email.get(person.email.lower()) if person.email else None
            if by_name and not self.is_ours(by_name):
                self.report(
                    person,
                    "Identifiant",
                    person.username,
                    "username_taken",
                    "Cet identifiant est déjà pris : choisissez-en un autre, ou videz la cellule.",
                )
                by_name = None
            mine = by_name or (by_mail if by_mail and self.is_ours(by_mail) else None)
            if by_mail and by_mail.pk != getattr(mine, "pk", None):
                self.report(
                    person,
                    "Email",
                    person.email,
                    "email_taken",
                    "Cette adresse e-mail est déjà celle d'un autre compte : corrigez-la, ou videz la cellule.",
                )
            if mine and person.row not in self.wrong:
                self.match[person.row] = mine

    def refuse_duplicates(self):
        """Report rows that mean one account, bear one identifiant or e-mail, or that nothing tells apart."""
        same = defaultdict(list)
        for person in self.people:
            if person.username:
                same["Identifiant", person.username.lower()].append(person)
            if person.email:
                same["Email", person.email.lower()].append(person)
            if not person.username and not person.email:
                same["Nom", (person.name_key, person.school_class)].append(person)
            if person.row in self.match:
                same["", self.match[person.row].pk].append(person)
        reported = set()
        for (column, _), people in same.items():
            if len(people) < 2:
                continue
            for person in people:
                if person.row in reported:
                    continue
                reported.add(person.row)
                # The first few only: a file of 20,000 equal rows is not compared with itself.
                others = list(islice((other.row for other in people if other is not person), NAMED_ROWS))
                where = ", ".join(map(str, others)) + ("…" if len(people) > NAMED_ROWS + 1 else "")
                lines = f"{'la ligne' if len(others) == 1 else 'les lignes'} {where}"
                value = {
                    "Identifiant": person.username,
                    "Email": person.email,
                    "Nom": f"{person.last_name} {person.first_name}",
                    "": person.username or person.email,
                }[column]
                message = {
                    "Identifiant": f"Cet identifiant est aussi celui de {lines} : gardez une seule ligne par personne.",
                    "Email": f"Cette adresse est aussi celle de {lines} : chaque compte a la sienne, ou aucune.",
                    "Nom": f"Rien ne distingue cette ligne de {lines} : supprimez le doublon, ou donnez un "
                    "identifiant à chacun s'il s'agit d'homonymes.",
                    "": f"Cette ligne désigne le même compte que {lines} : gardez-en une seule.",
                }[column]
                self.report(person, column or "Identifiant", value, "duplicate_in_file", message)

    def match_by_name(self):
        """Pair rows without identifiant and e-mail with the accounts of the same name."""
        rows = defaultdict(list)
        for person in self.people:
            if not person.username and not person.email and person.row not in self.wrong:
                rows[person.name_key].append(person)
        accounts = defaultdict(list)
        claimed = {account.pk for account in self.match.values()}
        ours = User.objects.filter(school=self.school, kind=self.kind)
        for account in accounts_in(ours, "with_name_keys", rows):
            if account.pk not in claimed:
                accounts[account.name_key].append(account)
        for key, people in rows.items():
            if key in accounts:
                self.pair(people, accounts[key])

    def pair(self, people, accounts):
        by_class = defaultdict(list)
        for account in accounts:
            by_class[account.school_class].append(account)
        for person in list(people):  # At most one row of a class is left: the others are duplicates.
            if len(by_class[person.school_class]) == 1:
                self.match[person.row] = by_class[person.school_class][0]
                accounts.remove(self.match[person.row])
                people.remove(person)
        if len(people) == 1 and len(accounts) == 1:
            self.match[people[0].row] = accounts[0]
        elif people and accounts:
            logins = ", ".join(account.username for account in accounts[:NAMED_ROWS])
            for person in people:
                self.report(
                    person,
                    "Identifiant",
                    f"{person.last_name} {person.first_name}",
                    "ambiguous_person",
                    f"Plusieurs personnes portent ce nom : indiquez l'identifiant (déjà enregistrés : {logins}).",
                )

    def decide(self):
        groups = groups_of([self.match[p.row].pk for p in self.people if p.groups is not None and p.row in self.match])
        for person in self.people:
            if person.row in self.wrong:
                continue
            account = self.match.get(person.row)
            if account is None:
                self.plan.created.append(person)
                continue
            self.warn_of_ignored(person, account)
            new_groups = person.groups
            if new_groups == groups.get(account.pk, frozenset()):
                new_groups = None
            if new_groups is not None or (account.last_name, account.first_name, account.school_class) != (
                person.last_name,
                person.first_name,
                person.school_class,
            ):
                self.plan.updated.append((account, person, new_groups))
            else:
                self.plan.unchanged += 1
        self.warn_of_homonyms()

    def warn_of_ignored(self, person, account):
        """An import changes names, class and groups: say so where a cell asks for more."""
        if person.email and person.email.lower() != account.email.lower():
            self.warn(
                person,
                "Email",
                person.email,
                "email_kept",
                "Ce compte existe déjà : son e-mail n'a pas été changé. Modifiez-le dans sa fiche.",
            )
        if person.username and person.username.lower() != account.username.lower():
            self.warn(
                person,
                "Identifiant",
                person.username,
                "username_kept",
                f"Ce compte existe déjà : son identifiant reste {account.username}.",
            )
        if not account.is_active:
            self.warn(
                person,
                "Identifiant",
                account.username,
                "inactive_account",
                "Ce compte est désactivé et le reste.",
            )

    def warn_of_homonyms(self):
        """A new row with an identifiant or an e-mail may still be somebody who is there under the same name."""
        new = [person for person in self.plan.created if person.username or person.email]
        ours = User.objects.filter(school=self.school, kind=self.kind)
        there = {a.name_key: a for a in accounts_in(ours, "with_name_keys", {person.name_key for person in new})}
        for person in new:
            if account := there.get(person.name_key):
                self.warn(
                    person,
                    "Nom",
                    f"{person.last_name} {person.first_name}",
                    "homonym",
                    f"Une personne du même nom a déjà un compte ({account.username}). Si c'est la même, "
                    "indiquez cet identifiant.",
                )
