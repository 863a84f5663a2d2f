"""Two rows of one person (product contract, §4, rule 4): told apart, or an error that names the other row."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from imports.steps.matching import NAMED, OWN_ADDRESS, Matcher
from imports.steps.person import Person
from imports.steps.roster import Account, groups_of
from imports.steps.writing import richer

MOST_WRITINGS = 100  # Of one name, compared with each other.


def match_unchanged_namesakes(matcher: Matcher) -> set[int]:
    """Tie as many rows of one name and class as there are accounts of it, when nothing would change.

    Return the numbers of these rows.
    """
    groups = defaultdict(list)
    for person in matcher.open_rows():
        groups[person.name_key, person.school_class].append(person)
    tied = set()
    for (name_key, school_class), people in groups.items():
        if len(people) > 1 and not any(person.username or person.email for person in people):
            accounts = matcher.unclaimed(name_key).of_class.get(school_class, [])
            if len(accounts) == len(people) and nothing_changes(people, accounts):
                for person, account in in_pairs(people, accounts):
                    matcher.tie(person, account)
                    tied.add(person.row)
    return tied


def nothing_changes(people: list[Person], accounts: list[Account]) -> bool:
    """Tell whether these rows of one name, class and number as these accounts would leave every account as it is."""
    written = {(person.last_name, person.first_name) for person in people}
    known = {(account.last_name, account.first_name) for account in accounts}
    if len(written) * len(known) > MOST_WRITINGS:
        return False
    if any((richer(old[0], new[0]), richer(old[1], new[1])) != old for old in known for new in written):
        return False
    if any(person.values.get(name) for person in people for name in accounts[0].details):
        return False  # Which of them bears it?
    if all(person.groups is None for person in people):
        return True
    groups = groups_of([account.pk for account in accounts])
    return sorted(map(group_order, people)) == sorted(
        sorted(groups.get(account.pk, frozenset())) for account in accounts
    )


def group_order(person: Person) -> list[int]:
    return sorted(pk or 0 for pk in person.groups or ())


def in_pairs(people: list[Person], accounts: list[Account]) -> Iterator[tuple[Person, Account]]:
    """Yield the rows with the accounts that have their groups."""
    if all(person.groups is None for person in people):
        yield from zip(people, accounts, strict=True)
        return
    groups = groups_of([account.pk for account in accounts])
    in_order = sorted(accounts, key=lambda account: sorted(groups.get(account.pk, frozenset())))
    yield from zip(sorted(people, key=group_order), in_order, strict=True)


def refuse_duplicates(matcher: Matcher, told_apart: set[int]) -> None:
    """Report rows that mean one account, bear one identifiant or e-mail, or that nothing tells apart.

    `told_apart`: numbers of rows that may bear one name in one class.
    """
    same, of_name = defaultdict(list), defaultdict(list)
    for person in matcher.people:
        if person.username:
            same["Identifiant", person.username.lower()].append(person)
        if person.email:
            same["Email", person.email.lower()].append(person)
        if person.row in matcher.match:
            same["", str(matcher.match[person.row].pk)].append(person)
        if person.row not in told_apart:
            of_name[person.name_key, person.school_class].append(person)
    reported: set[int] = set()
    for (column, _), people in same.items():
        report_duplicates(matcher, column, ((person, people) for person in people), reported)
    for people in of_name.values():
        if len(people) > 1:
            report_duplicates(matcher, "Nom", not_told_apart(people), reported)
    for person in matcher.people:
        if person.row in reported:
            matcher.release(person)
    matcher.namesakes.clear()


def not_told_apart(people: list[Person]) -> Iterator[tuple[Person, list[Person]]]:
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


def report_duplicates(
    matcher: Matcher, column: str, rows: Iterable[tuple[Person, list[Person]]], reported: set[int]
) -> None:
    """`rows`: (person, the rows that they may not stand beside, themselves among them or not)."""
    for person, beside in rows:
        # The first few only: a file of 20,000 equal rows is not compared with itself.
        others = [other.row for other in islice((other for other in beside if other is not person), NAMED + 1)]
        if others and person.row not in reported:
            reported.add(person.row)
            report_duplicate(matcher, person, column, others)


def report_duplicate(matcher: Matcher, person: Person, column: str, rows: list[int]) -> None:
    where = ", ".join(map(str, rows[:NAMED])) + ("…" if len(rows) > NAMED else "")
    lines = f"{'la ligne' if len(rows) == 1 else 'les lignes'} {where}"
    value = {
        "Identifiant": person.username,
        "Email": person.email,
        "Nom": str(person),
        "": person.username or person.email,
    }[column]
    message = {
        "Identifiant": f"Cet identifiant est aussi celui de {lines} : gardez une seule ligne par personne.",
        "Email": f"Cette adresse est aussi celle de {lines}. {OWN_ADDRESS}.",
        "Nom": f"Rien ne distingue cette ligne de {lines} : supprimez le doublon ; s'il s'agit d'homonymes, "
        "donnez un identifiant à chacun.",
        "": f"Cette ligne désigne le même compte que {lines} : gardez-en une seule.",
    }[column]
    matcher.notes.report(person, column or "Identifiant", value, "duplicate_in_file", message)
