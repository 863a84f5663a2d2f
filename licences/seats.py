"""Give and take back seats, for one person or three thousand, in a handful of queries.

    outcome = assign(licence, people)               # people: a queryset of users, or their numbers
    outcome.sentence                                # “27 affectées, 3 déjà servies, 2 manquent”
    assign(licence, people, shortage="fit")         # as many as fit, in list order (name)
    preview(licence, people)                        # the same figures, nothing written
    take_back(licence, people), take_back_all(licence)

Only active people of the licence's school and audience are ever served; the others are counted as `refused`.
Each function is a turn at the school (schools.turns) that holds the licence first (LicenceQuerySet.lock). Seats that
come free go at once to those who wait (serve_waiting). The database counts the seats given (triggers.py): `assigned`
is read back after each write, and never written here.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from licences.models import Assignment, Licence, Rule, State, Waiting, Withheld
from schools.chunks import chunks
from schools.french import counted
from schools.turns import turn

People = QuerySet[User] | Iterable[User | int]


class LicenceError(Exception):
    """The licence does not allow it; the text (French, for the user) says why."""


@dataclass(frozen=True)
class SeatsGiven:
    """`assigned` now, `already` before, `missing` for want of seats, `refused`: not people of this licence."""

    assigned: int
    already: int
    missing: int
    refused: int = 0

    @property
    def sentence(self) -> str:
        parts = [counted(self.assigned, "affectée")]
        if self.already:
            parts.append(counted(self.already, "déjà servie", "déjà servies"))
        if self.missing:
            parts.append(counted(self.missing, "manque", "manquent"))
        if self.refused:
            parts.append(counted(self.refused, "compte désactivé ou d'un autre public",
                                 "comptes désactivés ou d'un autre public"))  # fmt: skip
        return ", ".join(parts)


@dataclass(frozen=True)
class SeatsTakenBack:
    """`taken_back` seats came free, `absent` people had none, `served` of those who waited got one of them."""

    taken_back: int
    absent: int
    served: int

    @property
    def sentence(self) -> str:
        parts = [counted(self.taken_back, "retirée")]
        if self.absent:
            parts.append(counted(self.absent, "n'en avait pas", "n'en avaient pas"))
        if self.served:
            parts.append(
                counted(self.served, "personne en attente aussitôt servie", "personnes en attente aussitôt servies")
            )
        return ", ".join(parts)


def in_pieces(people: People) -> list[QuerySet[User]]:
    """Return the accounts that `people` stands for, as querysets without order, nobody twice."""
    if isinstance(people, QuerySet):
        # A subquery, for rows that were joined.
        return [User.objects.filter(pk__in=people.order_by().values("pk"))]
    pks = [getattr(person, "pk", person) for person in people]
    return [User.objects.filter(pk__in=piece) for piece in chunks(pks)]


def list_order(licence: Licence, people: People) -> tuple[list[int], int]:
    """Return ([numbers of those who may be served, in list order], how many may not)."""
    found: list[tuple[str, int]] = []
    asked = 0
    for piece in in_pieces(people):
        for pk, key, school, kind, active in piece.order_by("name_key", "pk").values_list(
            "pk", "name_key", "school_id", "kind", "is_active"
        ):
            asked += 1
            if active and school == licence.school_id and kind == licence.audience:
                found.append((key, pk))
    return [pk for _, pk in sorted(found)], asked - len(found)


def holders(licence: Licence) -> set[int]:
    """Return the numbers of those who have a seat."""
    return set(Assignment.objects.filter(licence=licence).values_list("user_id", flat=True).order_by())


def hold(licence: Licence) -> tuple[Licence, list[Licence]]:
    """Return (`licence` as it is now, its family), held until the transaction ends. Raises LicenceError without it."""
    family = Licence.objects.families_of([licence.pk]).lock()
    for found in family:
        if found.pk == licence.pk:
            return found, family
    raise LicenceError("Cette licence n'existe plus.")


def refuse_expired(licence: Licence) -> None:
    """Raise LicenceError for a licence that opens nothing any more."""
    if licence.state == State.EXPIRED:
        raise LicenceError(f"Cette licence a expiré le {licence.valid_until:%d/%m/%Y} : elle n'ouvre plus rien.")


def preview(licence: Licence, people: People) -> SeatsGiven:
    """Return the SeatsGiven of `assign(…, shortage="fit")`, without writing anything."""
    licence = Licence.objects.get(pk=licence.pk)
    wanted, refused = list_order(licence, people)
    held = holders(licence)
    already = sum(pk in held for pk in wanted)
    missing = max(0, len(wanted) - already - licence.available)
    return SeatsGiven(len(wanted) - already - missing, already, missing, refused)


def assign(licence: Licence, people: People, *, shortage: str = "none", rule: Rule | None = None) -> SeatsGiven:
    """Give a seat to each of `people`; return a SeatsGiven.

    `shortage`: what to do when there are fewer free seats than people: "none" gives nothing at all, "fit" serves
    in list order as far as seats go. `rule`: what gives the seats (None: a person does).
    Raises LicenceError for an expired licence.
    """
    if shortage not in ("none", "fit"):
        raise ValueError(shortage)
    with turn(licence.school_id):
        licence, _ = hold(licence)
        refuse_expired(licence)
        wanted, refused = list_order(licence, people)
        held = holders(licence)
        served = [pk for pk in wanted if pk not in held]
        already = len(wanted) - len(served)
        missing = max(0, len(served) - licence.available)
        if missing:
            served = served[: licence.available] if shortage == "fit" else []
        give(licence, served, rule=rule)
        return SeatsGiven(len(served), already, missing, refused)


def give(licence: Licence, pks: list[int], *, rule: Rule | None = None) -> None:
    """Write the assignments; `licence` is held, `pks` have none and fit. They no longer wait for one."""
    if not pks:
        return
    rule_id = rule.pk if rule else None
    write_seats([licence], [Assignment(licence_id=licence.pk, user_id=pk, rule_id=rule_id) for pk in pks])
    forget(licence, pks)


def forget(licence: Licence, pks: Iterable[int]) -> None:
    """Nobody of `pks` waits for the licence any more, nor has it withheld from them."""
    for model in (Waiting, Withheld):
        entries = model.objects.filter(licence=licence.pk)
        if entries.exists():
            for piece in chunks(pks):
                entries.filter(user__in=piece).delete()


def take_back(licence: Licence, people: People) -> SeatsTakenBack:
    """Take the seat back from each of `people`; return a SeatsTakenBack. Nobody is deleted.

    A rule that serves one of them does not give the seat again (Withheld); who waited for one waits no more.
    """
    with turn(licence.school_id):
        licence, family = hold(licence)
        pks = [pk for piece in in_pieces(people) for pk in piece.order_by().values_list("pk", flat=True)]
        return free(licence, family, pks)


def take_back_all(licence: Licence) -> SeatsTakenBack:
    """Take back every seat of the licence; return a SeatsTakenBack."""
    with turn(licence.school_id):
        licence, family = hold(licence)
        return free(licence, family, list(holders(licence)))


def free(licence: Licence, family: list[Licence], pks: list[int]) -> SeatsTakenBack:
    """Take the seats of `pks` back, withhold them from the rules, and serve who waits."""
    by_rule: set[int] = set()
    for rule in licence.rules.all():
        by_rule.update(rule.members().order_by().values_list("pk", flat=True))
    held, withheld = [], {(licence.pk, pk) for pk in pks if pk in by_rule}
    for piece in chunks(pks):
        for pk, user_id, home in Assignment.objects.filter(licence=licence.pk, user__in=piece).values_list(
            "pk", "user_id", "rule__licence_id"
        ):
            held.append(pk)
            if home:
                withheld.add((home, user_id))
        Waiting.objects.filter(licence=licence.pk, user__in=piece).delete()
    Withheld.objects.bulk_create(
        [Withheld(licence_id=licence_id, user_id=user_id) for licence_id, user_id in sorted(withheld)],
        ignore_conflicts=True,
    )
    taken_back = delete_seats(family, held)
    return SeatsTakenBack(taken_back, len(pks) - taken_back, serve_waiting(family))


def write_seats(licences: Iterable[Licence], seats: list[Assignment]) -> None:
    """Write the assignments `seats` of held licences."""
    if seats:
        Assignment.objects.bulk_create(seats)
        read_counters(licences)


def delete_seats(licences: Iterable[Licence], pks: Iterable[int]) -> int:
    """Delete assignments of held licences, by their own numbers; return how many there were."""
    deleted = sum(Assignment.objects.filter(pk__in=piece).delete()[0] for piece in chunks(pks))
    if deleted:
        read_counters(licences)
    return deleted


def read_counters(licences: Iterable[Licence]) -> None:
    """Bring `assigned` of licences up to date: the database counts (triggers.py), Python only reads."""
    by_pk = {licence.pk: licence for licence in licences}
    for pk, assigned in Licence.objects.filter(pk__in=by_pk).order_by().values_list("pk", "assigned"):
        by_pk[pk].assigned = assigned


def serve_waiting(licences: Collection[Licence]) -> int:
    """Give the free seats of held licences to those who wait, in order; return how many were served.

    `licences`: whole families. Who waits for a licence is served by another order of the same book too: a school
    that buys four more seats expects its four pupils to have them.
    """
    open_ones = {licence.pk: licence for licence in licences if licence.state != State.EXPIRED}
    queue = list(
        Waiting.objects.filter(licence__in=open_ones, user__is_active=True)
        .order_by("pk")
        .values_list("pk", "licence_id", "user_id", "rule_id")
    )
    left = {pk: licence.available for pk, licence in open_ones.items() if licence.available > 0}
    if not (queue and left):
        return 0
    sources = {pk: sources_of(open_ones[pk], open_ones.values()) for pk in {entry[1] for entry in queue}}
    held: set[tuple[int, int]] = set()
    for piece in chunks(user_id for _, _, user_id, _ in queue):
        held.update(Assignment.objects.filter(licence__in=left, user__in=piece).values_list("licence_id", "user_id"))
    served: list[int] = []
    seats: list[Assignment] = []
    for pk, licence_id, user_id, rule_id in queue:
        able = (source for source in sources[licence_id] if left.get(source) and (source, user_id) not in held)
        if (source := next(able, None)) is not None:
            left[source] -= 1
            held.add((source, user_id))
            served.append(pk)
            seats.append(Assignment(licence_id=source, user_id=user_id, rule_id=rule_id))
    for piece in chunks(served):
        Waiting.objects.filter(pk__in=piece).delete()
    write_seats(licences, seats)
    return len(seats)


def sources_of(short: Licence, licences: Iterable[Licence]) -> list[int]:
    """Return the numbers of the licences that can serve who waits for `short`: itself first."""
    return [short.pk, *(licence.pk for licence in licences if licence.relieves(short))]


def seats_bought(pks: Iterable[int]) -> int:
    """Call after the seats or dates of licences changed: those who wait are served; return how many."""
    schools = Licence.objects.filter(pk__in=pks).order_by().values_list("school_id", flat=True)
    with turn(*schools):
        return serve_waiting(Licence.objects.families_of(pks).lock())
