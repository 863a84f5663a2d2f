"""Looking for resembling names is bounded work: twice the rows, twice the time, however alike they are."""

import gc
import random
import statistics
import time

import pytest

from accounts.models import User
from accounts.names import name_key

from .simulation import Line, plan_of

pytestmark = [pytest.mark.django_db, pytest.mark.hard]

ROWS = 10_000
ONCE_MORE = 2.6  # Twice, and what caches and the collector of garbage make of it.
FIRST_NAMES = ("Mathieu", "Matieu", "Mathieux", "Matthieu", "Mathis", "Mathys")


def one_letter_off(number):
    """Return a name that differs from thousands of others by one letter."""
    chance = random.Random(number)
    letters = list("Bertrandeau")
    for _ in range(chance.randrange(1, 4)):
        letters[chance.randrange(len(letters))] = chance.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters).capitalize(), chance.choice(FIRST_NAMES)


def with_particles(number):
    """Return the same few words in another order, with and without spaces and particles."""
    chance = random.Random(number)
    words = chance.sample(
        ["de", "la", "du", "Tour", "Martin", "Roux", "Le", "Müller", "Mueller"], chance.randrange(2, 7)
    )
    return chance.choice((" ", "", "-")).join(words), chance.choice(FIRST_NAMES)


SHAPES = {
    "des noms à une lettre près": one_letter_off,
    "les mêmes mots et particules": with_particles,
    "deux noms": lambda number: (("Martin", "Thomas"), ("Thomas", "Martin"))[number % 2],
}


@pytest.fixture
def crowded(school, class_6a, class_6b):
    """Make accounts: `crowded(shape, count)` fills 6A and 6B, in the place of those who were there."""

    def crowd(shape, count):
        User.objects.all().delete()
        User.objects.bulk_create(
            (
                User(
                    school=school,
                    kind="student",
                    school_class=(class_6a, class_6b)[number % 2],
                    username=f"compte{number}",
                    last_name=last_name,
                    first_name=first_name,
                    name_key=name_key(last_name, first_name),
                    password="!",
                )
                for number, (last_name, first_name) in ((number, shape(number)) for number in range(count))
            ),
            batch_size=2000,
        )

    return crowd


def seconds_of(school, lines):
    """Return the processor time of planning."""
    gc.collect()
    start = time.process_time()
    plan_of(school, lines)
    return time.process_time() - start


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_that_all_resemble_each_other_stay_linear(school, crowded, tried, shape):
    def lines(count):
        # Half of them bear the names of accounts, half resemble them; the identifiants are nobody's.
        names = [SHAPES[shape](number + count // 2) for number in range(count)]
        return [
            Line(number, *name, ("6A", "6B")[number % 3 == 0], f"neuf{number}") for number, name in enumerate(names)
        ]

    few, many = lines(ROWS), lines(2 * ROWS)
    crowded(SHAPES[shape], ROWS)
    half = statistics.median(seconds_of(school, few) for _ in range(3))
    crowded(SHAPES[shape], 2 * ROWS)
    # A neighbour on the machine may make it longer, nothing makes it shorter.
    whole = min(takewhile_slow(lambda: seconds_of(school, many), ONCE_MORE * half))
    tried(
        f"{2 * ROWS} lignes qui se ressemblent : {shape}",
        f"{2 * ROWS} comptes",
        f"{whole:.1f} s de calcul ({half:.1f} s pour la moitié)",
    )
    assert whole < ONCE_MORE * half


def takewhile_slow(measure, limit, tries=3):
    """Yield measures until one is below `limit`."""
    for _ in range(tries):
        spent = measure()
        yield spent
        if spent < limit:
            return
