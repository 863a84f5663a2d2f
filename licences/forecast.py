"""What an import would do to seats, told before it is done: books that would be short, books that would be lost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from accounts.models import User
from accounts.signals import FutureMember
from licences.models import Assignment, Licence, Rule, Withheld
from licences.reconcile import read_entries, rules_of
from schools.chunks import chunks
from schools.french import counted
from schools.models import School


def shortages(school: School, kind: str, members: Sequence[FutureMember]) -> list[str]:
    """Return sentences (French), one per licence that would be short: “Maths 6e : il manquera 4 licences”.

    `members`: one for each person who would be created or changed.
    """
    followed = Licence.objects.filter(school=school, audience=kind, rules__isnull=False)
    licences = list(followed.not_expired().with_waiting().select_related("textbook").distinct())
    if not licences:
        return []
    family = list(Licence.objects.families_of([licence.pk for licence in licences]))
    rules, levels = rules_of(licences), levels_of(school)
    pks = [member.pk for member in members if member.pk]
    inactive = inactive_among(pks)
    active = [member for member in members if member.pk not in inactive]
    by_rule: set[tuple[int, int]] = set()  # (licence, person): has a seat or waits for one as a rule says
    by_hand: set[tuple[int, int]] = set()  # given or taken back by a person: rules change nothing
    for entry in read_entries(licences, pks):
        fixed = entry.given_by_hand or entry.model is Withheld
        (by_hand if fixed else by_rule).add((entry.licence_id, entry.user_id))
    sentences = []
    for licence in licences:
        missing = licence.waiting - licence.available - sum(o.available for o in family if o.relieves(licence))
        for member in active:
            if (licence.pk, member.pk) not in by_hand:
                wanted = is_served(member, rules.get(licence.pk, ()), levels)
                missing += wanted - ((licence.pk, member.pk) in by_rule)
        if missing > 0:
            sentences.append(
                f"{licence.textbook.title} : il manquera {counted(missing, 'licence')}"
                f" ({licence.get_audience_display()}s)."
            )
    return sentences


def inactive_among(pks: Iterable[int]) -> set[int]:
    found = (User.objects.filter(pk__in=piece, is_active=False).values_list("pk", flat=True) for piece in chunks(pks))
    return {pk for piece in found for pk in piece}


def levels_of(school: School) -> dict[int, str]:
    """Return {class number: its level}."""
    return dict(school.schoolclass_set.order_by().values_list("pk", "level"))


def is_served(member: FutureMember, rules: Iterable[Rule], levels: Mapping[Any, str]) -> bool:
    """Tell whether one of the rules is to give the person a seat."""
    level = levels.get(member.school_class_id or 0, "")
    return any(rule.matches(member.school_class_id, level, member.group_ids) for rule in rules)


def titles_lost(
    school: School, kind: str, members: Sequence[tuple[FutureMember, frozenset[int]]]
) -> dict[int, list[str]]:
    """Return {account number: [titles]} of the books that people lose with the groups that they leave.

    `members`: (FutureMember as they would be, numbers of the groups left), one for each who leaves any.
    """
    by_pk = {member.pk: (member, left) for member, left in members}
    groups = frozenset().union(*(left for _, left in by_pk.values()))
    rules = rules_of(Licence.objects.filter(school=school, audience=kind))
    levels = levels_of(school)
    columns = ("user_id", "licence_id", "rule__licence_id", "rule__group_id", "licence__textbook__title")
    lost = defaultdict(list)
    for piece in chunks(by_pk):
        seats = Assignment.objects.filter(rule__group__in=groups, user__in=piece).order_by(
            "licence__textbook__title_sort"
        )
        for pk, licence_id, source, group_id, title in seats.values_list(*columns):
            member, left = by_pk[pk]
            if group_id in left:
                followed = [*rules.get(source, ()), *rules.get(licence_id, ())]
                if not is_served(member, followed, levels):
                    lost[pk].append(title)
    return dict(lost)
