"""Bring seats in line with the rules, for people who changed or rules that did: classify, write, serve, queue.

    reconcile(licences, load_members(school, pks), rules_of(licences))   # held licences, whole families

1. What each person has is classified: it stays, stays under another rule, or goes (`classify`).
2. That is written (`write`).
3. Seats that came free go to those who wait (`seats.serve_waiting`).
4. Who is newly entitled gets a seat if one is left, else waits (`queue`); another order of the book may serve them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Model

from accounts.models import User
from licences.models import Assignment, Licence, Rule, State, Waiting, Withheld
from licences.seats import delete_seats, serve_waiting, write_seats
from schools.chunks import chunks
from schools.models import School

EntryModel = type[Model]
Rules = Mapping[int, Sequence[Rule]]


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the rules see them. `group_ids`: filled only where a rule follows a group."""

    pk: int
    kind: str
    is_active: bool
    school_class_id: int | None
    level: str
    group_ids: frozenset[int]

    def may_have(self, licence: Licence) -> bool:
        return self.is_active and self.kind == licence.audience


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person has of a licence (`model`): a seat, a place in the queue, or a seat that is withheld.

    `source`: the licence whose rule gave the seat. It may be another than the licence of the seat: who waits for one
    order is served by any order of the book.
    """

    model: EntryModel
    pk: int
    licence_id: int
    user_id: int
    rule_id: int | None = None
    source: int | None = None

    @property
    def given_by_hand(self) -> bool:
        return self.model is Assignment and self.rule_id is None


# What is read of each model after its number, licence and person.
ENTRY_FIELDS: dict[EntryModel, tuple[str, ...]] = {
    Assignment: ("rule_id", "rule__licence_id"),
    Waiting: ("rule_id", "rule__licence_id"),
    Withheld: (),
}


@dataclass
class Changes:
    """What is to be written, as numbers of rows, and who is provided for.

    `moved`: by model and the rule that they go under (None: as given by hand). `provided`: (licence, person) for all
    who have a seat, wait for one, or are not to be given one again.
    """

    dropped: dict[EntryModel, list[int]] = field(default_factory=lambda: defaultdict(list))
    moved: dict[tuple[EntryModel, int | None], list[int]] = field(default_factory=lambda: defaultdict(list))
    provided: set[tuple[int, int]] = field(default_factory=set)


def reconcile(
    licences: Sequence[Licence],
    members: Mapping[int, Member],
    rules: Rules,
    *,
    gone: Collection[int] = (),
    keep_seats: bool = False,
) -> None:
    """Give, move and take back, for `members` and held `licences` (whole families), as `rules` say.

    `gone`: numbers of people who lose everything. `keep_seats`: who is served by no rule any more keeps the seat, as
    one given by hand.
    """
    entries = read_entries(licences, [*members, *gone])
    changes = classify(entries, licences, members, rules, keep_seats=keep_seats)
    write(changes, licences)
    serve_waiting(licences)
    if queue(licences, members, rules, changes.provided):
        serve_waiting(licences)


def read_entries(licences: Iterable[Licence], people: Sequence[int]) -> Iterator[Entry]:
    pks = [licence.pk for licence in licences]
    for model, names in ENTRY_FIELDS.items():
        for piece in chunks(people):
            entries = model._default_manager.filter(licence__in=pks, user__in=piece).order_by("pk")
            for row in entries.values_list("pk", "licence_id", "user_id", *names):
                yield Entry(model, *row)


def classify(
    entries: Iterable[Entry],
    licences: Iterable[Licence],
    members: Mapping[int, Member],
    rules: Rules,
    *,
    keep_seats: bool,
) -> Changes:
    """Tell what becomes of each entry.

    All goes from whoever may not have the licence. A seat given by hand stays. The rest stays under the first rule
    that serves the person: of the licence that gave it, else of its own. What no rule serves goes, but for
    `keep_seats`.
    """
    by_pk = {licence.pk: licence for licence in licences}
    changes = Changes()
    for entry in entries:
        member = members.get(entry.user_id)
        if member is None or not member.may_have(by_pk[entry.licence_id]):
            changes.dropped[entry.model].append(entry.pk)
            continue
        source = entry.source or entry.licence_id
        rule = matching_rule([*rules.get(source, ()), *rules.get(entry.licence_id, ())], member)
        if not (rule or entry.given_by_hand or (keep_seats and entry.model is Assignment)):
            changes.dropped[entry.model].append(entry.pk)
            continue
        changes.provided |= {(entry.licence_id, member.pk), (source, member.pk)}
        holder = rule.pk if rule else None
        if entry.rule_id not in (None, holder):
            changes.moved[entry.model, holder].append(entry.pk)
    return changes


def write(changes: Changes, licences: Iterable[Licence]) -> None:
    for (model, rule_id), pks in changes.moved.items():
        for piece in chunks(pks):
            model._default_manager.filter(pk__in=piece).update(rule_id=rule_id)
    for model, pks in changes.dropped.items():
        if model is Assignment:
            delete_seats(licences, pks)
            continue
        for piece in chunks(pks):
            model._default_manager.filter(pk__in=piece).delete()


def queue(
    licences: Iterable[Licence], members: Mapping[int, Member], rules: Rules, provided: Collection[tuple[int, int]]
) -> int:
    """Give a seat to each member who is newly entitled to one, in list order, or a place in the queue.

    Call it when those who wait have been served: then seats are left only where nobody waits, and nobody overtakes.
    Return how many people were put in a queue.
    """
    seats: list[Assignment] = []
    places: list[Waiting] = []
    for licence in licences:
        if licence.pk not in rules or licence.state == State.EXPIRED:
            continue
        entitled = [
            {"licence_id": licence.pk, "user_id": member.pk, "rule_id": rule.pk}
            for member in members.values()
            if member.may_have(licence) and (licence.pk, member.pk) not in provided
            if (rule := matching_rule(rules[licence.pk], member))
        ]
        seats += [Assignment(**who) for who in entitled[: licence.available]]
        places += [Waiting(**who) for who in entitled[licence.available :]]
    write_seats(licences, seats)
    Waiting.objects.bulk_create(places)
    return len(places)


def load_members(school: School | int, pks: Iterable[int], *, with_groups: bool = True) -> dict[int, Member]:
    """Return {number: Member}, in list order, of the people of `school` among `pks`."""
    rows: list[tuple[str, int, str, bool, int | None, str | None]] = []
    groups: dict[int, set[int]] = defaultdict(set)
    memberships = User.groups.through.objects
    for piece in chunks(pks):
        rows += (
            User.objects.filter(school=school, pk__in=piece)
            .order_by()
            .values_list("name_key", "pk", "kind", "is_active", "school_class_id", "school_class__level")
        )
        if with_groups:
            for user_id, group_id in memberships.filter(user__in=piece).values_list("user_id", "group_id"):
                groups[user_id].add(group_id)
    rows.sort(key=lambda row: row[:2])
    return {
        pk: Member(pk, kind, active, class_id, level or "", frozenset(groups.get(pk, ())))
        for _, pk, kind, active, class_id, level in rows
    }


def rules_of(licences: Iterable[Licence]) -> dict[int, list[Rule]]:
    """Return {licence number: [its rules, oldest first]}, of the licences that have any."""
    by_pk = {licence.pk: licence for licence in licences}
    rules: dict[int, list[Rule]] = {}
    for rule in Rule.objects.filter(licence__in=by_pk).order_by("pk"):
        rule.licence = by_pk[rule.licence_id]
        rules.setdefault(rule.licence_id, []).append(rule)
    return rules


def matching_rule(rules: Iterable[Rule], member: Member) -> Rule | None:
    """Return the first of the rules that serves the member, or None."""
    return next((rule for rule in rules if rule.matches(member.school_class_id, member.level, member.group_ids)), None)
