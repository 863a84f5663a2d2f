import threading

import pytest
from django.db import OperationalError, connection, transaction

from accounts import usernames
from accounts.models import HeldStem, Teacher, User
from accounts.names import name_key


def people(school, names):
    return User.objects.bulk_create(
        User(
            school=school,
            kind="teacher",
            username=name,
            last_name=name,
            first_name="X",
            name_key=name_key(name, "X"),
        )
        for name in names
    )


def test_free_stems_are_given_as_they_are(db):
    assert usernames.allocate(["lea.martin", "tom.petit"]) == ["lea.martin", "tom.petit"]


def test_homonyms_of_one_file_are_numbered_in_order(db):
    assert usernames.allocate(["a.b", "c.d", "a.b", "a.b"]) == ["a.b", "c.d", "a.b2", "a.b3"]


def test_accounts_of_other_schools_count_whatever_their_case(school, other_school):
    people(other_school, ["Lea.Martin", "lea.martin3"])
    assert usernames.allocate(["lea.martin", "lea.martin", "lea.martin"]) == [
        "lea.martin2",
        "lea.martin4",
        "lea.martin5",
    ]


def test_reserved_identifiants_are_left_alone(db):
    assert usernames.allocate(["lea.martin"], reserved={"LEA.martin", "lea.martin2"}) == ["lea.martin3"]


def test_a_stem_that_looks_like_a_numbered_one(db):
    given = usernames.allocate(["a.b", "a.b", "a.b2", "a.b21"])
    assert len(set(given)) == 4
    assert given[:2] == ["a.b", "a.b2"]


def test_nobody_asks(db):
    assert usernames.allocate([]) == []


def test_300_of_one_name_cost_few_queries(school, django_assert_max_num_queries):
    people(school, ["a.b", *(f"a.b{number}" for number in range(2, 301))])
    with django_assert_max_num_queries(10):
        assert usernames.allocate(["a.b", "a.b"]) == ["a.b301", "a.b302"]


def test_10_000_stems_cost_few_queries(school, django_assert_max_num_queries):
    people(school, [f"eleve.{number}" for number in range(0, 10_000, 2)])
    stems = [f"eleve.{number}" for number in range(9_000)] + ["eleve.commun"] * 1000
    with django_assert_max_num_queries(25):
        given = usernames.allocate(stems)
    assert len(set(given)) == 10_000
    assert not usernames.taken(given)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_given():
    with pytest.raises(RuntimeError, match="transaction"):
        usernames.allocate(["a.b"])


@pytest.mark.django_db(transaction=True)
def test_schools_that_give_the_same_names_at_the_same_moment_never_collide(school, other_school):
    start, failures = threading.Barrier(4), []

    def give(school):
        try:
            start.wait(timeout=10)
            with transaction.atomic():
                given = usernames.allocate(["lea.martin"] * 20)
                people(school, given)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=[each]) for each in (school, other_school) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    assert Teacher.objects.count() == 80


def letters(number):
    """Return a name of four letters, another for each number: names that differ by digits only share their turn."""
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(4))


@pytest.mark.django_db(transaction=True)
def test_files_that_share_half_of_their_names_wait_without_blocking_each_other(school, other_school):
    """The same names in opposite orders, among others: whoever comes second waits, and nobody waits in a circle."""
    start, failures = threading.Barrier(4), []
    stems = [f"x.{letters(number)}" for number in range(600)]

    def give(school, stems):
        try:
            start.wait(timeout=10)
            with transaction.atomic():
                people(school, usernames.allocate(stems))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    files = [stems[:400], stems[200:][::-1], stems[100:500], stems[::-2]]
    threads = [
        threading.Thread(target=give, args=[each, part])
        for each, part in zip((school, other_school) * 2, files, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert Teacher.objects.count() == sum(map(len, files))
    assert not HeldStem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_other_names_do_not_wait(school, other_school, needs_postgres):
    """Two transactions that give 5,000 identifiants each, one in the middle of the other."""
    mine = [f"x.{letters(number)}" for number in range(5000)]
    theirs = [f"y.{letters(number)}" for number in range(5000)]
    done = []

    def give():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '10s'")
                people(other_school, usernames.allocate(theirs))
            done.append(True)
        finally:
            connection.close()

    with transaction.atomic():
        people(school, usernames.allocate(mine))
        other = threading.Thread(target=give)
        other.start()
        other.join(timeout=60)
        assert done == [True]
    assert Teacher.objects.count() == 10_000


@pytest.mark.django_db(transaction=True)
def test_a_name_that_numbers_would_make_waits_too(school, other_school, needs_postgres):
    """`a.b2` may come from two people called `a.b`, or from one who is called so."""
    tried = []

    def give():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                usernames.allocate(["a.b2"])
        except OperationalError as error:
            tried.append(error.__cause__.sqlstate)
        finally:
            connection.close()

    with transaction.atomic():
        usernames.allocate(["a.b", "a.b"])
        other = threading.Thread(target=give)
        other.start()
        other.join(timeout=30)
    assert tried == ["55P03"]
