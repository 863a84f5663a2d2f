"""Automatic assignment: a licence follows a class, a group, a level or everybody of its audience.

    add_rule(licence, school_class=…)      # or group=…, level="6e", or nothing: everybody
    remove_rule(rule, take_back=False)     # False: those who have a seat keep it, as if given by hand
    sync(school, pks), release(school, pks)   # people changed, people are about to be deleted
    forecast(school, kind, members)        # sentences: what would be missing

What a rule gave goes back when the person leaves what it follows; what a person gave by hand stays. Those for whom
no seat is left wait (Waiting) and are served in order. An account that is deactivated gives all its seats back,
those given by hand too: reactivated, it receives again what the rules give, and only that.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts.models import Kind, User
from licences.models import Assignment, Licence, Rule, State, Waiting, Withheld
from licences.seats import LicenceError, delete_assignments, hold, serve_waiting
from schools.chunks import chunks
from schools.french import counted
from schools.turns import turn


@dataclass(frozen=True)
class RuleAdded:
    """What a new rule did: seats `assigned` now, people who have one `already`, people who wait for one."""

    assigned: int
    already: int
    waiting: int

    @property
    def sentence(self):
        parts = [counted(self.assigned, "affectée")]
        if self.already:
            parts.append(counted(self.already, "déjà servie", "déjà servies"))
        if self.waiting:
            parts.append(f"{self.waiting} en attente")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the rules see them. `group_ids`: a set, filled only where a rule follows a group."""

    pk: int
    kind: str
    is_active: bool
    school_class_id: int | None
    level: str
    group_ids: frozenset


def load_people(school, pks, *, with_groups):
    """Return {number: Member}, in list order, of the people of `school` among `pks`."""
    rows, groups = [], defaultdict(set)
    membership = User.groups.through.objects
    for piece in chunks(pks):
        rows += (
            User.objects.filter(school=school, pk__in=piece)
            .order_by()
            .values_list("name_key", "pk", "kind", "is_active", "school_class_id", "school_class__level")
        )
        if with_groups:
            for user_id, group_id in membership.filter(user__in=piece).values_list("user_id", "group_id"):
                groups[user_id].add(group_id)
    rows.sort(key=lambda row: row[:2])
    return {
        pk: Member(pk, kind, active, class_id, level or "", frozenset(groups.get(pk, ())))
        for _, pk, kind, active, class_id, level in rows
    }


def rules_of(licences):
    """Return {licence number: [its rules, oldest first]}."""
    rules = defaultdict(list)
    by_pk = {licence.pk: licence for licence in licences}
    for rule in Rule.objects.filter(licence__in=by_pk).order_by("pk"):
        rule.licence = by_pk[rule.licence_id]
        rules[rule.licence_id].append(rule)
    return rules


def matching_rule(rules, person):
    """Return the first of the rules that serves the person, or None."""
    return next((rule for rule in rules if rule.matches(person.school_class_id, person.level, person.group_ids)), None)


def sync(school, pks):
    """Bring the seats of these people in line with the rules, after they were created or changed."""
    with transaction.atomic():
        licences = Licence.objects.filter(school=school).lock()
        if not licences:
            return
        rules = rules_of(licences)
        with_groups = any(rule.group_id for of_licence in rules.values() for rule in of_licence)
        people = load_people(school, pks, with_groups=with_groups)
        reconcile(licences, people, rules)


def release(school, pks):
    """Free what these people have or wait for, before they are deleted; those who wait are served."""
    with transaction.atomic():
        licences = Licence.objects.filter(school=school).lock()
        if licences:
            reconcile(licences, {}, {}, gone=list(pks))


def reconcile(licences, people, rules, *, gone=(), keep_seats=False):
    """Give, move and take back, for `people` ({number: Member}) and held `licences` (whole families), as `rules` say.

    `gone`: numbers of people who lose everything. `keep_seats`: who is served by no rule any more keeps the seat,
    as one given by hand.
    """
    by_pk = {licence.pk: licence for licence in licences}
    concerned = [*people, *gone]
    known = set()  # {(licence, person)}: has a seat, waits, or is not to be given one again
    dropped = {Waiting: [], Withheld: []}
    moved = {Assignment: defaultdict(list), Waiting: defaultdict(list)}
    lost = defaultdict(list)
    columns = {
        Assignment: ("pk", "licence_id", "user_id", "rule_id", "rule__licence_id"),
        Waiting: ("pk", "licence_id", "user_id", "rule_id", "licence_id"),
        Withheld: ("pk", "licence_id", "user_id", "licence_id", "licence_id"),
    }
    for model, names in columns.items():
        for piece in chunks(concerned):
            entries = model.objects.filter(licence__in=by_pk, user__in=piece).order_by("pk")
            # `home`: the licence whose rule gave the seat; not always the one that the seat is of (serve_waiting).
            for pk, licence_id, user_id, rule_id, home in entries.values_list(*names):
                person = people.get(user_id)
                belongs = person is not None and person.is_active and person.kind == by_pk[licence_id].audience
                followed = [*rules.get(home, ()), *rules.get(licence_id, ())] if belongs else []
                rule = matching_rule(followed, person)
                by_hand = model is Assignment and rule_id is None
                kept = belongs and (rule or by_hand or (keep_seats and model is Assignment))
                if kept:
                    known |= {(licence_id, user_id), (home, user_id)}
                    if model in moved and not by_hand and rule_id != (rule and rule.pk):
                        moved[model][rule and rule.pk].append(pk)
                elif model is Assignment:
                    lost[licence_id].append(pk)
                else:
                    dropped[model].append(pk)
    for model, targets in moved.items():
        for rule_id, pks in targets.items():
            for piece in chunks(pks):
                model.objects.filter(pk__in=piece).update(rule_id=rule_id)
    for model, pks in dropped.items():
        for piece in chunks(pks):
            model.objects.filter(pk__in=piece).delete()
    for licence_id in sorted(lost):
        delete_assignments(by_pk[licence_id], lost[licence_id])
    serve_waiting(licences)

    given, queued = [], []
    for licence in licences:
        of_licence = rules.get(licence.pk)
        if not of_licence or licence.state == State.EXPIRED:
            continue
        # Nobody overtakes: seats are left here only where nobody waits any more.
        free = licence.available
        for person in people.values():
            if (
                person.is_active
                and person.kind == licence.audience
                and (licence.pk, person.pk) not in known
                and (rule := matching_rule(of_licence, person))
            ):
                if free > 0:
                    free -= 1
                    licence.assigned += 1
                    given.append(Assignment(licence_id=licence.pk, user_id=person.pk, rule_id=rule.pk))
                else:
                    queued.append(Waiting(licence_id=licence.pk, user_id=person.pk, rule_id=rule.pk))
    Assignment.objects.bulk_create(given)
    Waiting.objects.bulk_create(queued)
    if queued:
        serve_waiting(licences)


def add_rule(licence, *, school_class=None, group=None, level=""):
    """Make the licence follow a class, a group, a level, or everybody; return RuleAdded.

    Raises LicenceError (French) where it cannot: expired, followed already, not of this school, classes for teachers.
    """
    with turn(licence.school_id):
        licence, family = hold(licence)
        level = " ".join(level.split())
        followed = [thing for thing in (school_class, group) if thing]
        if len(followed) + bool(level) > 1:
            raise LicenceError("Choisissez une classe, un groupe ou un niveau, un seul à la fois.")
        if licence.state == State.EXPIRED:
            raise LicenceError(f"Cette licence a expiré le {licence.valid_until:%d/%m/%Y} : elle n'ouvre plus rien.")
        if not all(type(thing).objects.filter(pk=thing.pk).exists() for thing in followed):
            raise LicenceError("Cette classe ou ce groupe vient d'être supprimé.")
        if any(thing.school_id != licence.school_id for thing in followed):
            raise LicenceError("Cette classe ou ce groupe n'est pas de l'établissement.")
        if licence.audience == Kind.TEACHER and (school_class or level):
            raise LicenceError("Les enseignants n'ont pas de classe : choisissez un groupe, ou tous les enseignants.")
        rule = Rule(licence=licence, school_class=school_class, group=group, level=level)
        duplicates = Rule.objects.filter(licence=licence, school_class=school_class, group=group)
        if duplicates.filter(level__iexact=level).exists():
            raise LicenceError(f"Cette licence suit déjà : {rule}.")
        rule.save(force_insert=True)
        members = set(rule.members().order_by().values_list("pk", flat=True))
        before = served_by(licence) & members
        reconcile(family, load_people(licence.school_id, members, with_groups=True), rules_of(family))
        waiting = set(licence.queue.order_by().values_list("user_id", flat=True)) & members
        return RuleAdded(len((served_by(licence) & members) - before), len(before), len(waiting))


def served_by(licence):
    """Return the numbers of those who have a seat of the licence, or one that its rules gave from another order."""
    seats = Assignment.objects.filter(Q(licence=licence) | Q(rule__licence=licence))
    return set(seats.order_by().values_list("user_id", flat=True))


def remove_rule(rule, *, take_back=False):
    """Stop following. `take_back`: those whom no other rule serves lose the seat it gave."""
    with turn(rule.licence.school_id):
        licence, family = hold(rule.licence)
        others = rules_of(family)
        others[licence.pk] = [other for other in others[licence.pk] if other.pk != rule.pk]
        concerned = {
            *Assignment.objects.filter(rule=rule).order_by().values_list("user_id", flat=True),
            *Waiting.objects.filter(rule=rule).order_by().values_list("user_id", flat=True),
            *Withheld.objects.filter(licence=licence).order_by().values_list("user_id", flat=True),
        }
        people = load_people(licence.school_id, concerned, with_groups=True)
        reconcile(family, people, others, keep_seats=not take_back)
        rule.delete()


def forecast(school, kind, members):
    """Return sentences (French), one per licence that would be short: “Maths 6e : il manquera 4 licences”.

    `members`: accounts.signals.FutureMember, one for each person who would be created or changed.
    """
    licences = list(
        Licence.objects.filter(school=school, audience=kind, rules__isnull=False)
        .not_expired()
        .with_waiting()
        .select_related("textbook")
        .distinct()
    )
    if not licences:
        return []
    family = list(Licence.objects.families_of([licence.pk for licence in licences]))
    rules = rules_of(licences)
    levels = dict(school.schoolclass_set.values_list("pk", "level"))
    pks = [member.pk for member in members if member.pk]
    held, waits, withheld, inactive = {}, set(), set(), set()
    for piece in chunks(pks):
        inactive.update(User.objects.filter(pk__in=piece, is_active=False).values_list("pk", flat=True))
        for licence_id, user_id, rule_id in Assignment.objects.filter(licence__in=licences, user__in=piece).values_list(
            "licence_id", "user_id", "rule_id"
        ):
            held[licence_id, user_id] = rule_id
        waits.update(Waiting.objects.filter(licence__in=licences, user__in=piece).values_list("licence_id", "user_id"))
        withheld.update(
            Withheld.objects.filter(licence__in=licences, user__in=piece).values_list("licence_id", "user_id")
        )
    sentences = []
    for licence in licences:
        relief = sum(other.available for other in family if other.relieves(licence))
        wanted = licence.waiting - licence.available - relief
        for member in members:
            if member.pk in inactive:
                continue
            level = levels.get(member.school_class_id) or ""
            served = any(rule.matches(member.school_class_id, level, member.group_ids) for rule in rules[licence.pk])
            key = (licence.pk, member.pk)
            if key in held:
                wanted -= held[key] is not None and not served
            elif key in waits:
                wanted -= not served
            elif key not in withheld:
                wanted += served
        if wanted > 0:
            sentences.append(
                f"{licence.textbook.title} : il manquera {counted(wanted, 'licence')}"
                f" ({licence.get_audience_display()}s)."
            )
    return sentences


def titles_lost(school, kind, members):
    """Return {account number: [titles]} of the books that people lose with the groups that they leave.

    `members`: (accounts.signals.FutureMember, frozenset of the groups left), one for each who leaves any.
    """
    by_pk = {member.pk: (member, left) for member, left in members}
    groups = frozenset().union(*(left for _, left in by_pk.values()))
    rules = rules_of(Licence.objects.filter(school=school, audience=kind))
    levels = dict(school.schoolclass_set.order_by().values_list("pk", "level"))
    columns = ("user_id", "licence_id", "rule__licence_id", "rule__group_id", "licence__textbook__title")
    lost = defaultdict(list)
    for piece in chunks(by_pk):
        seats = Assignment.objects.filter(rule__group__in=groups, user__in=piece).order_by(
            "licence__textbook__title_sort"
        )
        for pk, licence_id, home, group_id, title in seats.values_list(*columns):
            member, left = by_pk[pk]
            if group_id in left:
                level = levels.get(member.school_class_id) or ""
                followed = [*rules.get(home, ()), *rules.get(licence_id, ())]
                if not any(rule.matches(member.school_class_id, level, member.group_ids) for rule in followed):
                    lost[pk].append(title)
    return dict(lost)
