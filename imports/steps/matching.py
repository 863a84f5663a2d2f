"""Whom a row means (product contract, §4): rules 1 (login) and 2 (name).

Two mistakes are never made silently: two people in one account, one person in two accounts. Where the file and the
database cannot tell, the row is an error that says how to answer.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property

from accounts.models import Kind
from accounts.resemblance import first_names_agree, is_corrected
from imports.steps.notes import Notes
from imports.steps.person import Person
from imports.steps.roster import Account, Roster, family_and_first
from schools.folding import fold

NAMED = 5  # Rows or accounts that one message names.
NEW_YEAR = 10  # Known pupils that a new year's list has at least.
OWN_ADDRESS = "Chaque personne a sa propre adresse, ou aucune"


class Matcher:
    """Ties rows to accounts. `match`: {row number: Account}; `wrong`: row numbers with an error.

    `notes`: the plan's Notes, which gather errors and warnings.
    """

    def __init__(self, roster: Roster, people: list[Person], notes: Notes) -> None:
        self.roster = roster
        self.people = people
        self.notes = notes
        self.match: dict[int, Account] = {}
        self.claimed: set[int] = set()
        self.rows_of = Counter(person.name_key for person in people)
        self.namesakes: dict[str, Namesakes] = {}
        self.of_known_people = self.is_new_year = False

    @property
    def wrong(self) -> set[int]:
        return self.notes.wrong

    def tie(self, person: Person, account: Account) -> None:
        self.match[person.row] = account
        self.claimed.add(account.pk)

    def release(self, person: Person) -> None:
        account = self.match.pop(person.row, None)
        if account:
            self.claimed.discard(account.pk)

    def unclaimed(self, name_key: str) -> "Namesakes":
        """Return the Namesakes of a name: its accounts that no row means, as they stand before rule 2 ties any."""
        if name_key not in self.namesakes:
            accounts = self.roster.by_name.get(name_key, ())
            self.namesakes[name_key] = Namesakes([each for each in accounts if each.pk not in self.claimed])
        return self.namesakes[name_key]

    def open_rows(self) -> list[Person]:
        """Return the rows that are tied to nobody yet and may be."""
        return [person for person in self.people if person.row not in self.match and person.row not in self.wrong]

    # Rule 1

    def match_by_login(self) -> None:
        for person in self.people:
            username, email = person.username.lower(), person.email.lower()
            by_username = self.roster.by_username.get(username) if username else None
            by_email = (self.roster.by_email.get(email) or self.roster.heads.get(email)) if email else None
            mine = by_username or by_email
            head = self.roster.heads.get(email)
            stranger = head is not None and not names_agree(person, head)
            if stranger or email in self.roster.taken_emails or (by_email and by_email is not mine):
                self.refuse_email(person)
            if username in self.roster.taken_usernames:
                self.notes.report(
                    person,
                    "Identifiant",
                    person.username,
                    "username_taken",
                    "Cet identifiant est déjà pris : videz la cellule (un identifiant sera créé ici), même si cette "
                    "personne vient d'un autre établissement ou travaille dans deux ; ou choisissez-en un autre.",
                )
            if mine and person.row not in self.wrong and self.is_the_same(person, mine, by_username is mine):
                self.tie(person, mine)

    def refuse_email(self, person: Person) -> None:
        self.notes.report(
            person,
            "Email",
            person.email,
            "email_taken",
            "Cette adresse e-mail est déjà celle d'un autre compte : corrigez-la. Si cette personne vient d'un autre "
            "établissement ou travaille dans deux, videz la cellule : elle aura ici un compte à part.",
        )

    def is_the_same(self, person: Person, account: Account, by_username: bool) -> bool:
        """Tell whether `person`, who bears the login of `account`, is its owner; report it where they are not."""
        if person.name_key == account.name_key:
            return True
        family, first = family_and_first(person)
        its_family, its_first = family_and_first(account)
        agrees = first_names_agree(first, its_first)
        corrects = by_username and family == its_family and is_corrected(first, its_first)
        is_anothers = person.name_key in self.roster.by_name or self.rows_of[person.name_key] > 1
        if (agrees or corrects) and not is_anothers:
            # A marriage, or the account of somebody else of that first name: nothing else would show it.
            unrelated = not set(family.split()) & set(its_family.split())
            if unrelated or not agrees:
                self.notes.warn(
                    person,
                    "Nom" if unrelated else "Prénom",
                    str(person),
                    "name_corrected",
                    f"Le nom du compte {account.username} change : « {account} » devient « {person} ». Si c'est "
                    "quelqu'un d'autre, videz l'identifiant ou l'adresse de la ligne.",
                )
            return True
        if by_username:
            column, value, what = "Identifiant", person.username, "Cet identifiant"
            advice = (
                "Vérifiez que les colonnes n'ont pas été triées séparément, puis corrigez ou videz l'identifiant. Si "
                "c'est la même personne, corrigez d'abord son nom dans sa fiche."
            )
        else:
            column, value, what = "Email", person.email, "Cette adresse e-mail"
            advice = (
                f"{OWN_ADDRESS} : corrigez ou videz la cellule. Si c'est la même personne, indiquez son identifiant, "
                "après avoir corrigé son nom dans sa fiche."
            )
        message = f"{what} appartient à {self.roster.describe(account)}, et la ligne porte un autre nom. {advice}"
        self.notes.report(person, column, value, "identity_conflict", message)
        return False

    def refuse_addresses_of_others(self) -> None:
        """Report an address that spells the name of another row and not its own: columns were sorted apart."""
        written = [
            person
            for person in self.people
            if person.email
            and person.row not in self.wrong
            and getattr(self.match.get(person.row), "email", "").lower() != person.email.lower()
        ]
        if not written:
            return
        spelled_by = defaultdict(list)
        for person in self.people:
            for spelling in spellings(person):
                spelled_by[spelling].append(person)
        for person in written:
            letters = re.sub("[^a-z]", "", fold(person.email.partition("@")[0]))
            others = [other for other in spelled_by.get(letters, ())[: NAMED + 1] if other is not person]
            if others and not spells(letters, person):
                other = others[0]
                self.release(person)
                self.notes.report(
                    person,
                    "Email",
                    person.email,
                    "identity_conflict",
                    f"Cette adresse semble être celle de {other} (ligne {other.row}) : "
                    "vérifiez que la colonne « Email » n'a pas été triée à part, puis corrigez ou videz la cellule.",
                )

    # Rule 2

    def judge_file(self) -> None:
        """Tell whether the file lists people who are there, and whether it moves them on to a new school year."""
        known = changing = 0
        for person in self.people:
            account = self.match.get(person.row)
            classes = [account.school_class] if account else list(self.candidates(person).of_class)
            if classes:
                known += 1
                changing += self.has_class(person) and person.school_class not in classes
        self.of_known_people = 2 * known >= len(self.people)
        self.is_new_year = self.roster.kind == Kind.STUDENT and known >= NEW_YEAR and 2 * changing >= known

    def has_class(self, person: Person) -> bool:
        """Tell whether the class of the row exists: one that does not is an error of its own."""
        return person.school_class in self.roster.classes

    def candidates(self, person: Person) -> "Namesakes":
        """Return the Namesakes that a row without identifiant may mean, whatever their class."""
        if person.username:
            return NOBODY
        namesakes = self.unclaimed(person.name_key)
        return namesakes.without_email if person.email else namesakes

    def match_by_name(self) -> None:
        listed = {person.school_class for person in self.people}
        of_name = defaultdict(list)
        for person in self.open_rows():
            of_name[person.name_key].append(person)
        for name_key, people in of_name.items():
            choices = [(person, found) for person in people if (found := self.candidates(person)).accounts]
            accounts = self.unclaimed(name_key).accounts
            if choices and len(people) == len(accounts) == 1:
                self.match_one(people[0], accounts[0], listed)
            elif choices:
                self.match_several(choices)

    def match_one(self, person: Person, account: Account, listed: set[int | str | None]) -> None:
        if self.roster.kind == Kind.STUDENT and self.has_class(person) and account.school_class != person.school_class:
            old, new = self.roster.rank(account.school_class), self.roster.rank(person.school_class)
            follows = old is None or new is None or 0 <= new - old <= 1
            if not (account.is_active and follows and (account.school_class in listed or self.of_known_people)):
                self.ask(person, [account])
                return
            code = self.roster.classes[person.school_class][0]
            self.notes.warn(
                person,
                "Code classe",
                code,
                "class_changed",
                f"{account} ({account.username}) passe de {self.roster.code(account)} à {code}.",
            )
        self.tie(person, account)

    def match_several(self, choices: list[tuple[Person, "Namesakes"]]) -> None:
        """Pair by class rows and accounts of one name, where every row finds exactly one in its class; else ask."""
        if not all(self.has_class(person) or self.roster.kind == Kind.TEACHER for person, _ in choices):
            return  # Their classes are to be corrected first.
        in_class: list[tuple[Person, Sequence[Account]]]
        in_class = [(person, found.of_class.get(person.school_class, ())) for person, found in choices]
        if not self.is_new_year and all(len(accounts) == 1 for _, accounts in in_class):
            for person, (account,) in in_class:
                self.tie(person, account)
            return
        for person, found in choices:
            self.ask(person, found.accounts)

    def ask(self, person: Person, accounts: Sequence[Account]) -> None:
        named = " ; ".join(self.roster.describe(account) for account in accounts[:NAMED])
        more = " …" if len(accounts) > NAMED else ""
        bearers = "Un compte porte" if len(accounts) == 1 else "Plusieurs comptes portent"
        self.notes.report(
            person,
            "Identifiant",
            str(person),
            "ambiguous_person",
            f"{bearers} déjà ce nom : {named}{more}. Si cette ligne désigne l'un d'eux, écrivez-y son identifiant ; si "
            "c'est quelqu'un d'autre, ajoutez aussi au fichier la ligne de chacun d'eux, avec son identifiant.",
        )


class Namesakes:
    """Accounts of one name. `of_class`: {class pk, None for teachers: [accounts]}."""

    def __init__(self, accounts: list[Account]) -> None:
        self.accounts = accounts
        self.of_class: defaultdict[int | str | None, list[Account]] = defaultdict(list)
        for account in accounts:
            self.of_class[account.school_class].append(account)

    @cached_property
    def without_email(self) -> "Namesakes":
        return Namesakes([account for account in self.accounts if not account.email])


NOBODY = Namesakes([])


def names_agree(person: Person, account: Account) -> bool:
    """Tell whether a row may be the person of an account found by e-mail alone."""
    family, first = family_and_first(person)
    its_family, its_first = family_and_first(account)
    return first_names_agree(first, its_first) and first_names_agree(family, its_family)


def spellings(person: Person) -> set[str]:
    """Return what the address of a person is usually made of: first name and family name, in both orders."""
    family, first = (re.sub("[^a-z ]", "", part) for part in family_and_first(person))
    family, given = family.replace(" ", ""), first.replace(" ", "")
    usual = first.partition(" ")[0]
    return (
        {f"{given}{family}", f"{family}{given}", f"{usual}{family}", f"{family}{usual}"} if family and given else set()
    )


def spells(letters: str, person: Person) -> bool:
    """Tell whether an address may well be the person's own: a word of each part of their name stands in it."""
    family, first = family_and_first(person)
    return any(word in letters for word in family.split() if len(word) > 1) and any(
        word in letters for word in first.split() if len(word) > 1
    )
