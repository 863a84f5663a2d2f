"""What a plan tells without being asked: where an import leaves what a cell wants to change, and what goes."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from accounts import vault
from accounts.initial_passwords import InitialCredential
from accounts.models import User
from accounts.signals import FutureMember, groups_left
from imports.masking import MASK
from imports.steps.changes import Change, Matched
from imports.steps.matching import Matcher
from imports.steps.notes import Notes
from imports.steps.person import Person
from imports.steps.roster import Account
from imports.tables.problems import WARNING, Problem
from schools.chunks import chunks
from schools.models import School


def warn_of_ignored(matched: Matched, kind: str, guarded: Collection[int], notes: Notes) -> None:
    """An import changes names, class and groups: say so where a cell asks for more. `guarded`: see changes.py."""
    for person, account in matched:
        if person.email and (account.pk in guarded or (account.email or person.email).lower() != person.email.lower()):
            notes.warn(
                person,
                "Email",
                person.email,
                "email_kept",
                "Ce compte existe déjà : son e-mail n'a pas été changé. Modifiez-le dans sa fiche.",
            )
        warn_of_kept_username(person, account, kind, notes)
        if not account.is_active:
            notes.warn(
                person,
                "Identifiant",
                account.username,
                "inactive_account",
                "Ce compte est désactivé et le reste.",
            )


def warn_of_kept_username(person: Person, account: Account, kind: str, notes: Notes) -> None:
    if account.kind != kind:
        notes.warn(
            person,
            "Identifiant",
            account.username,
            "username_kept",
            f"{account} administre déjà l'établissement et en devient aussi enseignant : son identifiant "
            f"({account.username}) et son mot de passe restent.",
        )
    elif person.username and person.username.lower() != account.username.lower():
        notes.warn(
            person,
            "Identifiant",
            person.username,
            "username_kept",
            f"Ce compte existe déjà : son identifiant reste {account.username}.",
        )


def warn_of_groups_left(school: School, kind: str, changes: list[Change], notes: Notes) -> None:
    """Name the groups that people leave, and the books that go with them."""
    leaving = [
        (change, change.groups, left)
        for change in changes
        if change.groups is not None and (left := change.before["groups"] - change.groups)
    ]
    if not leaving:
        return
    members = [
        (FutureMember(change.account.pk, change.person.school_class, groups), left) for change, groups, left in leaving
    ]
    lost: defaultdict[int, list[str]] = defaultdict(list)
    answers: Iterable[tuple[Any, Any]] = groups_left.send(sender=User, school=school, kind=kind, members=members)
    for _, answer in answers:
        for pk, titles in answer.items():
            lost[pk] += titles
    # In the order of lists, LATIN2 before LATIN10.
    codes = dict(school.group_set.order_by("code_sort", "pk").values_list("pk", "code"))
    for change, _, left in leaving:
        account = change.account
        named = ", ".join(code for pk, code in codes.items() if pk in left)
        books = f" et rend : {', '.join(lost[account.pk])}" if account.pk in lost else ""
        notes.warn(
            change.person,
            "Code groupe",
            named,
            "group_left",
            f"{account} ({account.username}) quitte {named}{books}. Pour l'y garder, ajoutez ce code à la cellule.",
        )


def warn_of_namesakes_left_out(matcher: Matcher, matched: Matched) -> None:
    """Name the account of a matched row's name that no row means: the wrong one of the two may be in the file."""
    describe = matcher.roster.describe
    for person, account in matched:
        namesakes = matcher.roster.by_name.get(person.name_key, ())
        if len(namesakes) > 1 or (namesakes and namesakes[0] is not account):
            left = next((namesake for namesake in namesakes if namesake.pk not in matcher.claimed), None)
            if left:
                matcher.notes.warn(
                    person,
                    "Nom",
                    str(person),
                    "homonym",
                    f"Cette ligne désigne {describe(account)} ; un autre compte de ce nom, {describe(left)}, n'est pas "
                    "dans le fichier.",
                )


def warn_of_kept_passwords(matched: Matched, notes: Notes) -> None:
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
            notes.warn(
                person,
                "Mot de passe",
                MASK,
                "password_kept",
                "Ce compte existe déjà : son mot de passe n'a pas été changé. Réinitialisez-le dans sa fiche.",
            )


def warn_of_shared_passwords(created: list[Person], notes: Notes) -> None:
    for count in Counter(person.password for person in created if person.password).values():
        if count > 1:
            notes.problems.append(
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
