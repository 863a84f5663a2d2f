"""New beside somebody (product contract, §4, rule 3): rows that are nobody's, near accounts that no row means."""

from collections import defaultdict
from itertools import chain, islice

from accounts.models import Kind
from accounts.resemblance import Names
from imports.steps.matching import Matcher
from imports.steps.person import Person
from imports.steps.roster import Account
from imports.tables.problems import Problem

# From so many rows, and this share of the file, on, new people beside namesakes are the same people, doubled.
MANY_ROWS, MANY_SHARE = 5, 0.05
LOOKED_AT = 200  # Accounts of one name that a row is compared with.


def look_beside(matcher: Matcher, new: list[Person]) -> None:
    """Report or warn of the rows of `new` (nobody's so far) that may be somebody who has an account already."""
    if not new:
        return
    left = [account for account in matcher.roster.accounts if account.pk not in matcher.claimed]
    in_place, elsewhere = near_accounts(matcher, new, left)
    count = len(in_place) + len(elsewhere)
    notes = matcher.notes
    if count >= MANY_ROWS and count >= MANY_SHARE * len(matcher.people):
        in_place |= elsewhere
        elsewhere = {}
        notes.problems.append(
            Problem(
                None,
                "",
                "",
                "possible_duplicate",
                f"Ce fichier créerait une seconde fois {count} personnes : elles ont déjà un compte sous le même nom "
                "ou un nom très proche. Vérifiez que les colonnes « Nom » et « Prénom » ne sont pas inversées et que "
                "les identifiants sont ceux de la plateforme ; exportez la liste pour comparer.",
            )
        )
    for person in new:
        if account := in_place.get(person.row):
            report_duplicate(matcher, person, account)
        elif account := elsewhere.get(person.row):
            same = account.name_key == person.name_key
            notes.warn(
                person,
                "Nom",
                str(person),
                "homonym" if same else "similar_name",
                f"{'Une personne du même nom' if same else 'Une personne au nom très proche'} a déjà un compte : "
                f"{matcher.roster.describe(account)}. Si c'est la même, écrivez cet identifiant sur la ligne.",
            )
    warn_of_rows(matcher, new, warned={*in_place, *elsewhere})


def near_accounts(
    matcher: Matcher, new: list[Person], left: list[Account]
) -> tuple[dict[int, Account], dict[int, Account]]:
    """Return two {row number: account}: found where the person of the row would have been; found elsewhere."""
    if not left:
        return {}, {}
    of_name: defaultdict[str, list[Account]] = defaultdict(list)
    for account in left:
        of_name[account.name_key].append(account)
    names = Names((account.name_key, position) for position, account in enumerate(left))
    in_place: dict[int, Account] = {}
    elsewhere: dict[int, Account] = {}
    for person in new:
        near = (left[position] for position in names.near(person.name_key))
        for account in chain(islice(of_name.get(person.name_key, ()), LOOKED_AT), near):
            if would_have_been(matcher, person, account):
                in_place[person.row] = account
                break
            elsewhere.setdefault(person.row, account)
    return in_place, {row: account for row, account in elsewhere.items() if row not in in_place}


def would_have_been(matcher: Matcher, person: Person, account: Account) -> bool:
    """Tell whether `account` stands where the person of the row, known already, would have stood."""
    if matcher.roster.kind == Kind.TEACHER or person.school_class == account.school_class:
        return True
    now, then = matcher.roster.rank(person.school_class), matcher.roster.rank(account.school_class)
    if now is None or then is None:
        return False
    if matcher.is_new_year:
        return now - then in (0, 1)
    return matcher.of_known_people and now == then


def report_duplicate(matcher: Matcher, person: Person, account: Account) -> None:
    matcher.notes.report(
        person,
        "Nom",
        str(person),
        "possible_duplicate",
        f"« {person} » est peut-être {matcher.roster.describe(account)}, que votre fichier ne cite pas. Si c'est "
        f"la même personne, écrivez {account.username} dans la colonne « Identifiant » ; sinon, ajoutez aussi au "
        "fichier la ligne de cette autre personne, avec cet identifiant.",
    )


def warn_of_rows(matcher: Matcher, new: list[Person], *, warned: set[int]) -> None:
    """Warn of new rows that bear the name of another row, or in the same class one that resembles it."""
    of_class: defaultdict[int | str | None, list[Person]] = defaultdict(list)
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for person in matcher.people:
        of_class[person.school_class].append(person)
        first.setdefault(person.name_key, person.row)
        last[person.name_key] = person.row
    for person in new:
        if person.row in warned or person.row in matcher.wrong:
            continue
        other = first[person.name_key] if first[person.name_key] != person.row else last[person.name_key]
        if other != person.row:
            warned.add(person.row)
            matcher.notes.warn(
                person,
                "Nom",
                str(person),
                "homonym",
                f"La ligne {other} porte le même nom : chacune a son compte. S'il s'agit d'une seule personne, "
                "gardez une seule ligne.",
            )
    rows = {person.row for person in new} - warned - matcher.wrong
    for people in of_class.values():
        warn_of_class(matcher, people, rows)


def warn_of_class(matcher: Matcher, people: list[Person], rows: set[int]) -> None:
    """Warn of those of `rows` whose name resembles another row of `people`, who are of one class."""
    if len(people) < 2 or not any(person.row in rows for person in people):
        return
    names = Names((person.name_key, position) for position, person in enumerate(people))
    for person in people:
        if person.row in rows:
            other = next((people[position] for position in names.near(person.name_key)), None)
            if other:
                matcher.notes.warn(
                    person,
                    "Nom",
                    str(person),
                    "similar_name",
                    f"Ce nom est très proche de celui de la ligne {other.row} ({other}) : "
                    "s'il s'agit d'une seule personne, gardez une seule ligne.",
                )
