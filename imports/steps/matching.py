"""Whom a row means (product contract, §4): rules 1 (login), 2 (name) and 4 (two rows of one person).

Two mistakes are never made silently: two people in one account, one person in two accounts. Where the file and the
database cannot tell, the row is an error that says how to answer.
"""

import re
from collections import Counter, defaultdict
from functools import cached_property
from itertools import islice

from accounts.models import Kind
from accounts.names import fold
from accounts.resemblance import first_names_agree, is_corrected
from imports.steps.roster import family_and_first, groups_of
from imports.steps.writing import richer

MOST_WRITINGS = 100  # Of one name, compared with each other.
NAMED = 5  # Rows or accounts that one message names.
NEW_YEAR = 10  # Known pupils that a new year's list has at least.
OWN_ADDRESS = "Chaque personne a sa propre adresse, ou aucune"


class Matcher:
    """Ties rows to accounts. `match`: {row number: Account}; `wrong`: row numbers with an error.

    `notes`: the plan's Notes, where errors and warnings are told.
    """

    def __init__(self, roster, people, notes):
        self.roster = roster
        self.people = people
        self.notes = notes
        self.match = {}
        self.claimed = set()
        self.unchanged_namesakes = set()
        self.rows_of = Counter(person.name_key for person in people)
        self.namesakes = {}
        self.of_known_people = self.is_new_year = False

    @property
    def wrong(self):
        return self.notes.wrong

    def run(self):
        self.match_by_login()
        self.refuse_addresses_of_others()
        self.match_unchanged_namesakes()
        self.refuse_duplicates()
        self.judge_file()
        self.match_by_name()

    def tie(self, person, account):
        self.match[person.row] = account
        self.claimed.add(account.pk)

    def unclaimed(self, name_key):
        """Return the Namesakes of a name: its accounts that no row means, as they stand before rule 2 ties any."""
        if name_key not in self.namesakes:
            there = self.roster.by_name.get(name_key, ())
            self.namesakes[name_key] = Namesakes([one for one in there if one.pk not in self.claimed])
        return self.namesakes[name_key]

    def open_rows(self):
        """Return the rows that are tied to nobody yet and may be."""
        return [person for person in self.people if person.row not in self.match and person.row not in self.wrong]

    # Rule 1

    def match_by_login(self):
        for person in self.people:
            username, email = person.username.lower(), person.email.lower()
            by_username = self.roster.by_username.get(username) if username else None
            by_email = (self.roster.by_email.get(email) or self.roster.heads.get(email)) if email else None
            mine = by_username or by_email
            stranger = email in self.roster.heads and not names_agree(person, by_email)
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

    def refuse_email(self, person):
        self.notes.report(
            person,
            "Email",
            person.email,
            "email_taken",
            "Cette adresse e-mail est déjà celle d'un autre compte : corrigez-la. Si cette personne vient d'un autre "
            "établissement ou travaille dans deux, videz la cellule : elle aura ici un compte à part.",
        )

    def is_the_same(self, person, account, by_username):
        """Tell whether `person`, who bears the login of `account`, is its owner; report it where they are not."""
        if person.name_key == account.name_key:
            return True
        family, first = family_and_first(person)
        its_family, its_first = family_and_first(account)
        agrees = first_names_agree(first, its_first)
        corrects = by_username and family == its_family and is_corrected(first, its_first)
        is_anothers = person.name_key in self.roster.by_name or self.rows_of[person.name_key] > 1
        if (agrees or corrects) and not is_anothers:
            # A marriage, or the account of somebody else of that first name: told, since nothing else would show it.
            unrelated = not set(family.split()) & set(its_family.split())
            if unrelated or not agrees:
                self.notes.warn(
                    person,
                    "Nom" if unrelated else "Prénom",
                    f"{person.last_name} {person.first_name}",
                    "name_corrected",
                    f"Le nom du compte {account.username} change : « {account} » devient « {person.last_name} "
                    f"{person.first_name} ». Si c'est quelqu'un d'autre, videz l'identifiant ou l'adresse de la ligne.",
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

    def refuse_addresses_of_others(self):
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
                    f"Cette adresse semble être celle de {other.last_name} {other.first_name} (ligne {other.row}) : "
                    "vérifiez que la colonne « Email » n'a pas été triée à part, puis corrigez ou videz la cellule.",
                )

    def release(self, person):
        account = self.match.pop(person.row, None)
        if account:
            self.claimed.discard(account.pk)

    # Rule 4

    def match_unchanged_namesakes(self):
        """Tie as many rows of one name and class as there are accounts of it, when nothing would change."""
        groups = defaultdict(list)
        for person in self.open_rows():
            groups[person.name_key, person.school_class].append(person)
        for (name_key, school_class), people in groups.items():
            if len(people) > 1 and not any(person.username or person.email for person in people):
                accounts = self.unclaimed(name_key).of_class.get(school_class, [])
                if len(accounts) == len(people) and nothing_changes(people, accounts):
                    for person, account in in_pairs(people, accounts):
                        self.tie(person, account)
                        self.unchanged_namesakes.add(person.row)

    def refuse_duplicates(self):
        """Report rows that mean one account, bear one identifiant or e-mail, or that nothing tells apart."""
        same, of_name = defaultdict(list), defaultdict(list)
        for person in self.people:
            if person.username:
                same["Identifiant", person.username.lower()].append(person)
            if person.email:
                same["Email", person.email.lower()].append(person)
            if person.row in self.match:
                same["", self.match[person.row].pk].append(person)
            if person.row not in self.unchanged_namesakes:
                of_name[person.name_key, person.school_class].append(person)
        reported = set()
        for (column, _), people in same.items():
            self.report_duplicates(column, [(person, people) for person in people], reported)
        for people in of_name.values():
            if len(people) > 1:
                self.report_duplicates("Nom", not_told_apart(people), reported)
        for person in self.people:
            if person.row in reported:
                self.release(person)
        self.namesakes = {}

    def report_duplicates(self, column, rows, reported):
        """`rows`: (person, the rows that they may not stand beside, themselves among them or not)."""
        for person, beside in rows:
            # The first few only: a file of 20,000 equal rows is not compared with itself.
            others = [other.row for other in islice((other for other in beside if other is not person), NAMED + 1)]
            if others and person.row not in reported:
                reported.add(person.row)
                self.report_duplicate(person, column, others)

    def report_duplicate(self, person, column, rows):
        where = ", ".join(map(str, rows[:NAMED])) + ("…" if len(rows) > NAMED else "")
        lines = f"{'la ligne' if len(rows) == 1 else 'les lignes'} {where}"
        value = {
            "Identifiant": person.username,
            "Email": person.email,
            "Nom": f"{person.last_name} {person.first_name}",
            "": person.username or person.email,
        }[column]
        message = {
            "Identifiant": f"Cet identifiant est aussi celui de {lines} : gardez une seule ligne par personne.",
            "Email": f"Cette adresse est aussi celle de {lines}. {OWN_ADDRESS}.",
            "Nom": f"Rien ne distingue cette ligne de {lines} : supprimez le doublon ; s'il s'agit d'homonymes, "
            "donnez un identifiant à chacun.",
            "": f"Cette ligne désigne le même compte que {lines} : gardez-en une seule.",
        }[column]
        self.notes.report(person, column or "Identifiant", value, "duplicate_in_file", message)

    # Rule 2

    def judge_file(self):
        """Tell whether the file lists people who are there, and whether it moves them on to a new school year."""
        known = changing = 0
        for person in self.people:
            account = self.match.get(person.row)
            there = {account.school_class} if account else self.candidates(person).of_class
            if there:
                known += 1
                changing += self.has_class(person) and person.school_class not in there
        self.of_known_people = 2 * known >= len(self.people)
        self.is_new_year = self.roster.kind == Kind.STUDENT and known >= NEW_YEAR and 2 * changing >= known

    def has_class(self, person):
        """Tell whether the class of the row exists: one that does not is an error of its own."""
        return person.school_class in self.roster.classes

    def candidates(self, person):
        """Return the Namesakes that a row without identifiant may mean, whatever their class."""
        if person.username:
            return NOBODY
        namesakes = self.unclaimed(person.name_key)
        return namesakes.without_email if person.email else namesakes

    def match_by_name(self):
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

    def match_one(self, person, account, listed):
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

    def match_several(self, choices):
        """Pair by class rows and accounts of one name, where every row finds exactly one in its class; else ask."""
        if not all(self.has_class(person) or self.roster.kind == Kind.TEACHER for person, _ in choices):
            return  # Their classes are to be corrected first.
        in_class = [(person, found.of_class.get(person.school_class, ())) for person, found in choices]
        if not self.is_new_year and all(len(accounts) == 1 for _, accounts in in_class):
            for person, (account,) in in_class:
                self.tie(person, account)
            return
        for person, found in choices:
            self.ask(person, found.accounts)

    def ask(self, person, accounts):
        named = " ; ".join(self.roster.describe(account) for account in accounts[:NAMED])
        more = " …" if len(accounts) > NAMED else ""
        there = "Un compte porte" if len(accounts) == 1 else "Plusieurs comptes portent"
        self.notes.report(
            person,
            "Identifiant",
            f"{person.last_name} {person.first_name}",
            "ambiguous_person",
            f"{there} déjà ce nom : {named}{more}. Si cette ligne désigne l'un d'eux, écrivez-y son identifiant ; si "
            "c'est quelqu'un d'autre, ajoutez aussi au fichier la ligne de chacun d'eux, avec son identifiant.",
        )


class Namesakes:
    """Accounts of one name. `of_class`: {class pk, None for teachers: [accounts]}."""

    def __init__(self, accounts):
        self.accounts = accounts
        self.of_class = defaultdict(list)
        for account in accounts:
            self.of_class[account.school_class].append(account)

    @cached_property
    def without_email(self):
        return Namesakes([account for account in self.accounts if not account.email])


NOBODY = Namesakes([])


def not_told_apart(people):
    """Yield each of these rows of one name and class with those that may be the same person.

    Two rows are two people when both bear an identifiant, or both an e-mail.
    """
    without_username = [person for person in people if not person.username]
    without_email = [person for person in people if not person.email]
    with_neither = [person for person in without_username if not person.email]
    for person in people:
        if person.username and person.email:
            yield person, with_neither
        elif person.username:
            yield person, without_username
        else:
            yield person, without_email if person.email else people


def names_agree(person, account):
    """Tell whether a row may be the person of an account found by e-mail alone."""
    family, first = family_and_first(person)
    its_family, its_first = family_and_first(account)
    return first_names_agree(first, its_first) and first_names_agree(family, its_family)


def nothing_changes(people, accounts):
    """Tell whether these rows of one name, class and number as these accounts would leave every account as it is."""
    written = {(person.last_name, person.first_name) for person in people}
    there = {(account.last_name, account.first_name) for account in accounts}
    if len(written) * len(there) > MOST_WRITINGS:
        return False
    if any((richer(old[0], new[0]), richer(old[1], new[1])) != old for old in there for new in written):
        return False
    if all(person.groups is None for person in people):
        return True
    groups = groups_of([account.pk for account in accounts])
    return sorted(map(group_order, people)) == sorted(
        sorted(groups.get(account.pk, frozenset())) for account in accounts
    )


def group_order(person):
    return sorted(person.groups or (), key=lambda pk: pk or 0)


def in_pairs(people, accounts):
    """Yield the rows with the accounts that have their groups."""
    if all(person.groups is None for person in people):
        yield from zip(people, accounts, strict=True)
        return
    groups = groups_of([account.pk for account in accounts])
    in_order = sorted(accounts, key=lambda account: sorted(groups.get(account.pk, frozenset())))
    yield from zip(sorted(people, key=group_order), in_order, strict=True)


def spellings(person):
    """Return what the address of a person is usually made of: first name and family name, in both orders."""
    family, first = (re.sub("[^a-z ]", "", part) for part in family_and_first(person))
    family, given = family.replace(" ", ""), first.replace(" ", "")
    usual = first.partition(" ")[0]
    return {f"{given}{family}", f"{family}{given}", f"{usual}{family}", f"{family}{usual}"} if family and given else ()


def spells(letters, person):
    """Tell whether an address may well be the person's own: a word of each part of their name stands in it."""
    family, first = family_and_first(person)
    return any(word in letters for word in family.split() if len(word) > 1) and any(
        word in letters for word in first.split() if len(word) > 1
    )
