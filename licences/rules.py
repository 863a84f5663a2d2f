"""Automatic assignment: a licence follows a class, a group, a level or everybody of its audience.

    add_rule(licence, school_class=…)      # or group=…, level="6e", or nothing: everybody
    remove_rule(rule, take_back=False)     # False: those who have a seat keep it, as if given by hand
    sync(school, pks)                      # people were created or changed
    release(school, pks)                   # people are about to be deleted

What a rule gave goes back when the person leaves what it follows; what a person gave by hand stays. Those for whom
no seat is left wait (Waiting) and are served in order. An account that is deactivated gives all its seats back,
those given by hand too: reactivated, it receives again what the rules give, and only that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts.models import Kind
from licences.models import Assignment, Licence, Rule, Waiting, Withheld
from licences.reconcile import load_members, reconcile, rules_of
from licences.seats import LicenceError, hold, refuse_expired
from schools.french import counted
from schools.models import Group, School, SchoolClass
from schools.turns import turn


@dataclass(frozen=True)
class RuleAdded:
    """What a new rule did: seats `assigned` now, people who have one `already`, people who wait for one."""

    assigned: int
    already: int
    waiting: int

    @property
    def sentence(self) -> str:
        parts = [counted(self.assigned, "affectée")]
        if self.already:
            parts.append(counted(self.already, "déjà servie", "déjà servies"))
        if self.waiting:
            parts.append(f"{self.waiting} en attente")
        return ", ".join(parts)


def sync(school: School | int, pks: Iterable[int]) -> None:
    """Bring the seats of these people in line with the rules, after they were created or changed."""
    with transaction.atomic():
        licences = Licence.objects.filter(school=school).lock()
        if not licences:
            return
        rules = rules_of(licences)
        with_groups = any(rule.group_id for of_licence in rules.values() for rule in of_licence)
        reconcile(licences, load_members(school, pks, with_groups=with_groups), rules)


def release(school: School | int, pks: Iterable[int]) -> None:
    """Free what these people have or wait for, before they are deleted; those who wait are served."""
    with transaction.atomic():
        licences = Licence.objects.filter(school=school).lock()
        if licences:
            reconcile(licences, {}, {}, gone=list(pks))


def add_rule(
    licence: Licence, *, school_class: SchoolClass | None = None, group: Group | None = None, level: str = ""
) -> RuleAdded:
    """Make the licence follow a class, a group, a level, or everybody; return RuleAdded.

    Raises LicenceError (French) where it cannot: see check_rule.
    """
    with turn(licence.school_id):
        licence, family = hold(licence)
        rule = Rule(licence=licence, school_class=school_class, group=group, level=" ".join(level.split()))
        check_rule(rule)
        rule.save(force_insert=True)
        members = set(rule.members().order_by().values_list("pk", flat=True))
        before = served_by(licence) & members
        reconcile(family, load_members(licence.school_id, members), rules_of(family))
        waiting = set(licence.queue.order_by().values_list("user_id", flat=True)) & members
        return RuleAdded(len((served_by(licence) & members) - before), len(before), len(waiting))


def check_rule(rule: Rule) -> None:
    """Raise LicenceError (French) for a rule that cannot be: expired licence, several things or none of this school,
    classes for teachers, a duplicate."""
    licence, followed = rule.licence, [thing for thing in (rule.school_class, rule.group) if thing]
    if len(followed) + bool(rule.level) > 1:
        raise LicenceError("Choisissez une classe, un groupe ou un niveau, un seul à la fois.")
    refuse_expired(licence)
    if not all(type(thing).objects.filter(pk=thing.pk).exists() for thing in followed):
        raise LicenceError("Cette classe ou ce groupe vient d'être supprimé.")
    if any(thing.school_id != licence.school_id for thing in followed):
        raise LicenceError("Cette classe ou ce groupe n'est pas de l'établissement.")
    if licence.audience == Kind.TEACHER and (rule.school_class or rule.level):
        raise LicenceError("Les enseignants n'ont pas de classe : choisissez un groupe, ou tous les enseignants.")
    duplicates = Rule.objects.filter(licence=licence, school_class=rule.school_class, group=rule.group)
    if duplicates.filter(level__iexact=rule.level).exists():
        raise LicenceError(f"Cette licence suit déjà : {rule}.")


def served_by(licence: Licence) -> set[int]:
    """Return the numbers of those who have a seat of the licence, or one that its rules gave from another order."""
    seats = Assignment.objects.filter(Q(licence=licence) | Q(rule__licence=licence))
    return set(seats.order_by().values_list("user_id", flat=True))


def remove_rule(rule: Rule, *, take_back: bool = False) -> None:
    """Stop following. `take_back`: those whom no other rule serves lose the seat it gave."""
    with turn(rule.licence.school_id):
        licence, family = hold(rule.licence)
        rules = rules_of(family)
        rules[licence.pk] = [other for other in rules.get(licence.pk, ()) if other.pk != rule.pk]
        concerned = {
            *Assignment.objects.filter(rule=rule).order_by().values_list("user_id", flat=True),
            *Waiting.objects.filter(rule=rule).order_by().values_list("user_id", flat=True),
            *Withheld.objects.filter(licence=licence).order_by().values_list("user_id", flat=True),
        }
        reconcile(family, load_members(licence.school_id, concerned), rules, keep_seats=not take_back)
        rule.delete()
