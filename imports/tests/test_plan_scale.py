"""Looking for resembling names is bounded work: twice the rows, twice the time, however alike they are."""

import gc
import random
import time

import pytest

from accounts.models import User
from accounts.names import name_key
from imports.pipeline import rare_collections
from imports.tests.simulation import Line, plan_of
from schools.models import School, SchoolClass

pytestmark = [pytest.mark.django_db, pytest.mark.hard]

ROWS = 10_000
TRIES = 4
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


def crowded(shape, count):
    """Return a school with `count` accounts in 6A and 6B."""
    school = School.objects.create(code=f"N{count}", name=f"{count} comptes")
    classes = [SchoolClass.objects.create(school=school, code=code, level="6e") for code in ("6A", "6B")]
    User.objects.bulk_create(
        (
            User(
                school=school,
                kind="student",
                school_class=classes[number % 2],
                username=f"compte{count}.{number}",
                last_name=last_name,
                first_name=first_name,
                name_key=name_key(last_name, first_name),
                password="!",
            )
            for number, (last_name, first_name) in ((number, shape(number)) for number in range(count))
        ),
        batch_size=2000,
    )
    return school


def listed(shape, count):
    """Return `count` rows: half bear the names of accounts, half resemble them; the identifiants are nobody's."""
    names = [shape(number + count // 2) for number in range(count)]
    return [Line(number, *name, ("6A", "6B")[number % 3 == 0], f"neuf{number}") for number, name in enumerate(names)]


def seconds_of(school, lines):
    """Return the processor time of planning."""
    gc.collect()
    with rare_collections():  # As the worker does.
        start = time.process_time()
        plan_of(school, lines)
        return time.process_time() - start


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_that_all_resemble_each_other_stay_linear(tried, shape):
    schools = [(crowded(SHAPES[shape], count), listed(SHAPES[shape], count)) for count in (ROWS, 2 * ROWS)]
    # A neighbour on the machine may disturb one measure; what grows with the square fails them all.
    for _ in range(TRIES):
        half, whole = (seconds_of(school, lines) for school, lines in schools)
        if whole < ONCE_MORE * half:
            break
    tried(
        f"{2 * ROWS} lignes qui se ressemblent : {shape}",
        f"{2 * ROWS} comptes",
        f"{whole:.1f} s de calcul ({half:.1f} s pour la moitié)",
    )
    assert whole < ONCE_MORE * half
