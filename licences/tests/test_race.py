"""Twenty threads and two processes want the last five seats: five get one, and nothing breaks."""

import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from accounts.models import User
from accounts.signals import people_changed
from imports.tests.harness import database_url
from licences.models import Licence, Waiting
from licences.rules import add_rule
from licences.seats import assign, take_back

pytestmark = pytest.mark.django_db(transaction=True)

# What each process does: the threads start together, as soon as a line comes in.
RACER = """
import sys, threading, django
django.setup()
from django.db import connections
from licences.models import Licence
from licences.seats import assign
licence = Licence.objects.get(pk=int(sys.argv[1]))
people = [int(pk) for pk in sys.argv[2:]]
barrier = threading.Barrier(len(people))
won = []
def race(pk):
    try:
        barrier.wait(20)
        won.append(assign(licence, [pk]).assigned)
    finally:
        connections.close_all()
print("ready", flush=True)
sys.stdin.readline()
threads = [threading.Thread(target=race, args=[pk]) for pk in people]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(won), sum(won), flush=True)
"""


def race(*acts):
    """Run the acts at the same moment, each in its thread; return what they returned. What one raises is raised."""
    barrier = threading.Barrier(len(acts))
    results, errors = [], []

    def run(act):
        try:
            barrier.wait(20)
            results.append(act())
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return results


def test_twenty_threads_for_five_seats(licence, make_pupils, has_seat):
    people = make_pupils(20)
    outcomes = race(*(lambda person=person: assign(licence, [person.pk]) for person in people))
    assert len(outcomes) == 20
    assert sum(outcome.assigned for outcome in outcomes) == len(has_seat(licence)) == 5


def test_two_processes_for_five_seats(licence, make_pupils, has_seat):
    people = [str(person.pk) for person in make_pupils(20)]
    connection.close()
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "edulib_admin.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "CREDENTIAL_KEYS": settings.CREDENTIAL_KEYS,
    }
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(licence.pk), *part],
            cwd=settings.BASE_DIR,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in (people[:10], people[10:])
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    finished = [tuple(map(int, racer.communicate(timeout=60)[0].split())) for racer in racers]
    assert sum(count for count, _ in finished) == 20
    assert sum(won for _, won in finished) == len(has_seat(licence)) == 5


def test_giving_and_taking_back_at_once(licence, make_pupils, has_seat):
    people = make_pupils(20)
    assign(licence, people[:5])
    race(
        *(lambda person=person: take_back(licence, [person.pk]) for person in people[:5]),
        *(lambda person=person: assign(licence, [person.pk]) for person in people[5:]),
    )
    assert len(has_seat(licence)) <= 5


def test_two_buyers_serve_the_queue_once(make_licence, class_6a, make_pupils, has_seat):
    licence = make_licence(5)
    people = make_pupils(15)
    add_rule(licence, school_class=class_6a)
    assert licence.queue.count() == 10
    race(*(lambda person=person: take_back(licence, [person.pk]) for person in people[:5]))
    assert has_seat(licence) == {person.pk for person in people[5:10]}
    assert Waiting.objects.count() == 5


def test_deactivated_while_being_served(licence, make_pupils, school, has_seat):
    """Whichever comes first, a deactivated account ends without a seat, and the pair never blocks each other."""
    for person in make_pupils(5):

        def deactivate(person=person):
            with transaction.atomic():
                User.objects.filter(pk=person.pk).update(is_active=False)
                people_changed.send(sender=User, school=school, pks=[person.pk], change="updated")

        race(deactivate, lambda person=person: assign(licence, [person.pk]))
        assert has_seat(licence) == set()


def test_a_rule_made_while_people_come(make_licence, class_6a, make_pupils, school, has_seat):
    for number in range(3):
        licence = make_licence(50)

        def come(number=number):
            with transaction.atomic():
                people = make_pupils(3, prefix=f"vague{number}")
                people_changed.send(sender=User, school=school, pks=[person.pk for person in people], change="created")

        race(come, lambda licence=licence: add_rule(licence, school_class=class_6a))
        assert has_seat(licence) == set(class_6a.students.values_list("pk", flat=True))
        assert Licence.objects.get(pk=licence.pk).assigned == 3 * (number + 1)
