"""Whatever a list holds: lists drawn from few names, so that everything collides, keep the promises of every import."""

import random

import pytest

from accounts.names import fold
from accounts.resemblance import first_names_agree
from imports.tests.roll import line, teacher_line

FAMILY_NAMES = ["Roux", "Martin", "Martin-Roux", "De La Tour", "Delatour", "Müller", "Mueller", "Mathieu", "Bernard"]
FIRST_NAMES = ["Léa", "Léo", "Léa Marie", "Louis", "Louise", "Mathieu", "Matieu", "Roux", "MATHIEU", "Lea"]
CODES = ["6A", "6B", "5A", "4A"]
ADDRESSES = ["famille@example.org", "lea.roux@example.org", "louis.martin@example.org", "mathieu@example.org"]

NAMED = ("last_name", "first_name", "school_class")

pytestmark = pytest.mark.django_db


def fill(roll, chance, kind):
    """Add up to 20 accounts; return their identifiants."""
    addresses = chance.sample(ADDRESSES, 3)
    return [
        roll.account(
            chance.choice(FAMILY_NAMES),
            chance.choice(FIRST_NAMES),
            chance.choice(CODES) if kind == "student" else None,
            email=addresses.pop() if addresses and chance.random() < 0.2 else "",
            is_active=chance.random() < 0.95,
            groups=["CHORALE"] if chance.random() < 0.2 else [],
        ).username
        for _ in range(chance.randrange(20))
    ]


def draw_list(chance, kind, logins):
    """Return up to 15 rows; the wilder the list, the more of its cells are filled."""
    wild = chance.choice([0, 0.1, 0.4])
    logins = [*logins, "neuf1", "neuf2"]
    chance.shuffle(logins)
    lines = []
    for _ in range(chance.randrange(1, 16)):
        cells = {}
        if chance.random() < wild:
            cells["username"] = logins.pop() if logins else ""
        if chance.random() < wild:
            cells["email"] = chance.choice([*ADDRESSES, f"neuf{len(lines)}@example.org"])
        if chance.random() < 0.1:
            cells["groups"] = chance.choice(["CHORALE", "LATIN", "CHORALE;LATIN"])
        name = chance.choice(FAMILY_NAMES), chance.choice(FIRST_NAMES)
        lines.append(line(*name, chance.choice(CODES), **cells) if kind == "student" else teacher_line(*name, **cells))
    if chance.random() < 0.7:  # Else hardly a list is without a row that stands there twice.
        lines = list({tuple(each[field] for field in each if field in NAMED): each for each in lines}.values())
    return lines


def told(outcome, lines):
    """Return what was said of each row, whatever the order of the rows."""
    return sorted(
        (problem.severity, problem.code, "" if problem.row is None else str(lines[problem.row - 2]))
        for problem in outcome.problems
    )


@pytest.mark.parametrize("seed", range(16))
def test_any_list(roll, seed):
    chance = random.Random(seed)
    kind = chance.choice(["student", "student", "teacher"])
    roll.classes(*CODES)
    roll.group("LATIN")
    roll.group("CHORALE")
    lines = draw_list(chance, kind, fill(roll, chance, kind))
    before = roll.snapshot()

    check = roll.imports(*lines, kind=kind, mode="check")
    shuffled = chance.sample(lines, len(lines))
    assert told(roll.imports(*shuffled, kind=kind, mode="check"), shuffled) == told(check, lines), "in any order"

    outcome = roll.imports(*lines, kind=kind)
    assert (outcome.counts, outcome.errors) == (check.counts, check.errors), "as the check foretold"
    for login, changed in outcome.changes.items():
        if "first_name" in changed:
            now, then = (fold(who["first_name"]) for who in (changed, before[login]))
            corrected = "name_corrected" in {code for _, code in outcome.warnings}
            assert corrected or first_names_agree(now, then)
    if outcome.status == "done":
        again = roll.imports(*lines, kind=kind)
        assert (again.new, again.errors, again.changes) == ([], [], {}), "the same file twice"
