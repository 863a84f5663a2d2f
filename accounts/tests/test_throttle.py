"""Guessing is slow for the one who guesses, and for nobody else."""

import sys
from threading import Barrier, Semaphore, Thread
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connections
from django.test import Client

from accounts import counters, devices, mail, tasks, throttle, vault
from accounts.counters import Counter
from accounts.emails import Email
from accounts.models import User
from accounts.tests.people import make_people
from conftest import PASSWORD

URL = "/connexion/"
ELSEWHERE = "203.0.113.9"


def sign_in(client, username, password, **extra):
    return client.post(URL, {"username": username, "password": password}, **extra)


def fail(client, username, times, **extra):
    for _ in range(times):
        assert sign_in(client, username, "Faux-Secret-1", **extra).status_code == 200


def refused(response):
    """Tell whether the try was refused, as a page that says how long to wait."""
    if response.status_code != 429:
        return False
    assert "Trop d'essais en peu de temps" in response.context["form"].non_field_errors()[0]
    assert 0 < int(response["Retry-After"]) <= 3600
    return True


@pytest.fixture
def cheap(monkeypatch):
    """No Argon2: what is tested is who may try."""
    done = []
    monkeypatch.setattr("accounts.backends.make_password", done.append)
    monkeypatch.setattr("accounts.models.make_password", lambda password: vault.digest(password))
    return done


@pytest.fixture
def crowd(school, class_6a, cheap):
    people = make_people(school, 80, school_class=class_6a)
    User.objects.update_each(["password"], [(vault.digest(PASSWORD), user.pk) for user in people])
    return people


def later(seconds):
    for counter in Counter.objects.all():
        Counter.objects.filter(pk=counter.pk).update(expires_at=counter.expires_at - seconds * 1000)


def test_waits_after_too_many_failures(client, bob):
    fail(client, "bob", throttle.LIMIT)
    assert refused(sign_in(client, "BOB ", PASSWORD))
    later(throttle.SECONDS)
    assert sign_in(client, "bob", PASSWORD).status_code == 302


def test_identifiant_and_email_are_one_account(client, bob):
    fail(client, "bob", throttle.LIMIT // 2)
    fail(client, "BOB@example.org", throttle.LIMIT // 2)
    assert refused(sign_in(client, "bob", PASSWORD))
    assert refused(sign_in(client, "bob@example.org", PASSWORD))


@pytest.mark.parametrize("again", ["nobody", " NOBODY", "Nobödy", "no\u200bbody"])
def test_a_name_of_no_account_waits_too(client, db, cheap, again):
    fail(client, "nobody", throttle.LIMIT)
    assert refused(sign_in(client, again, PASSWORD))


def test_a_refused_try_costs_nothing_and_prolongs_nothing(client, bob, monkeypatch):
    fail(client, "bob", throttle.LIMIT)
    before = sorted(Counter.objects.values_list())
    monkeypatch.setattr("accounts.backends.make_password", None)
    monkeypatch.setattr(User, "check_password", None)
    for _ in range(5):
        assert refused(sign_in(client, "bob", PASSWORD))
    assert sorted(Counter.objects.values_list()) == before


def test_one_failure_less_and_the_count_starts_anew(client, bob):
    fail(client, "bob", throttle.LIMIT - 1)
    assert sign_in(client, "bob", PASSWORD).status_code == 302
    client.cookies.clear()
    fail(client, "bob", throttle.LIMIT - 1)
    assert sign_in(client, "bob", PASSWORD).status_code == 302


def test_a_stranger_elsewhere_does_not_shut_the_owner_out(client, bob):
    fail(client, "bob", throttle.LIMIT, REMOTE_ADDR=ELSEWHERE)
    assert refused(sign_in(client, "bob", PASSWORD, REMOTE_ADDR=ELSEWHERE))
    assert sign_in(client, "bob", PASSWORD).status_code == 302


def test_a_class_that_mistypes_is_not_refused(client, crowd):
    """30 names with 4 failures each, then their success, from one address."""
    for user in crowd[:30]:
        fail(client, user.username, 4)
        assert sign_in(client, user.username, PASSWORD).status_code == 302
        client.cookies.clear()


def test_an_address_that_tries_many_names_is_refused(client, crowd):
    """60 names, 10 tries each: refused from the 201st."""
    answers = [refused(sign_in(client, user.username, "Faux-Secret-1")) for user in crowd[:60] for _ in range(10)]
    assert answers == [False] * 200 + [True] * 400
    # Elsewhere nobody is concerned, and in a quarter of an hour here neither.
    assert sign_in(Client(), crowd[0].username, PASSWORD, REMOTE_ADDR=ELSEWHERE).status_code == 302
    later(throttle.ADDRESS_SECONDS)
    assert sign_in(client, crowd[70].username, PASSWORD).status_code == 302


def test_who_signed_in_there_before_still_does(client, crowd):
    """Past the limit of an address, its own people go on, from other devices too, and each makes room for ten."""
    for user in crowd[:2]:
        sign_in(Client(), user.username, PASSWORD)
    Counter.objects.filter(pk=counters.key_of("address", "127.0.0.1")).delete()
    for user in crowd[2:22]:
        fail(client, user.username, 10)
    assert refused(sign_in(client, crowd[30].username, PASSWORD))
    assert sign_in(Client(), crowd[0].username, PASSWORD).status_code == 302
    fail(client, crowd[40].username, 9)
    assert sign_in(Client(), crowd[1].username, PASSWORD).status_code == 302


def attack(crowd_member, times=throttle.ACCOUNT_LIMIT):
    """Guess from many addresses."""
    for number in range(times):
        fail(Client(), crowd_member.username, 1, REMOTE_ADDR=f"198.51.{number // 5}.7")


def test_an_account_attacked_from_everywhere(crowd):
    """50 an hour, then one try a minute."""
    owner = crowd[0]
    attack(owner)
    fail(Client(), owner.username, 1, REMOTE_ADDR="198.51.100.1")
    assert refused(sign_in(Client(), owner.username, PASSWORD, REMOTE_ADDR="198.51.100.2"))
    later(throttle.ACCOUNT_PACE)
    fail(Client(), owner.username, 1, REMOTE_ADDR="198.51.100.3")
    response = sign_in(Client(), owner.username, PASSWORD, REMOTE_ADDR="198.51.100.4")
    assert refused(response)
    assert int(response["Retry-After"]) <= 60
    assert sign_in(Client(), crowd[1].username, PASSWORD).status_code == 302


def test_the_owner_gets_in_from_her_device(crowd, client):
    owner = crowd[0]
    assert sign_in(client, owner.username, PASSWORD).status_code == 302
    attack(owner, throttle.ACCOUNT_LIMIT + 1)
    assert refused(sign_in(Client(), owner.username, PASSWORD))
    del client.cookies["sessionid"]
    assert sign_in(client, owner.username, PASSWORD).status_code == 302


def test_the_owner_gets_in_by_reset_from_any(crowd, client, class_6a):
    """By e-mail, even at an address from which nobody new may try; or by her school."""
    owner = crowd[0]
    User.objects.filter(pk=owner.pk).update(email="owner@example.org")
    for user in crowd[1:21]:
        fail(Client(), user.username, 10)
    attack(owner, throttle.ACCOUNT_LIMIT + 1)
    assert refused(sign_in(client, owner.username, PASSWORD))
    link = mail.password_reset(Email(user=User.objects.get(pk=owner.pk)))["link"]
    page = client.get(urlsplit(link).path, follow=True)
    new = "Tout-Neuf-2026"
    client.post(page.redirect_chain[-1][0], {"new_password1": new, "new_password2": new})
    assert sign_in(client, owner.username, new).status_code == 302
    attack(owner, throttle.ACCOUNT_LIMIT + 1)
    initial = User.objects.get(pk=owner.pk).give_initial_password()
    assert sign_in(Client(), owner.username, initial, REMOTE_ADDR=ELSEWHERE).status_code == 302


def test_a_device_is_worthless_after_ten_failures_of_its_own(crowd, client):
    owner = crowd[0]
    sign_in(client, owner.username, PASSWORD)
    del client.cookies["sessionid"]
    attack(owner, throttle.ACCOUNT_LIMIT + 1)
    fail(client, owner.username, throttle.LIMIT)
    assert refused(sign_in(client, owner.username, PASSWORD))


@pytest.mark.parametrize("spoil", [lambda text: text[:-2] + "xx", lambda text: "gibberish", lambda text: "a:b:c"])
def test_a_forged_device_is_a_stranger(crowd, client, spoil):
    owner = crowd[0]
    sign_in(client, owner.username, PASSWORD)
    del client.cookies["sessionid"]
    client.cookies[devices.NAME] = spoil(client.cookies[devices.NAME].value)
    attack(owner, throttle.ACCOUNT_LIMIT + 1)
    assert refused(sign_in(client, owner.username, PASSWORD))


def test_a_device_is_known_to_its_own_accounts_only(crowd, client):
    for user in crowd[: devices.MOST + 5]:
        sign_in(client, user.username, PASSWORD)
        del client.cookies["sessionid"]
    cookie = client.cookies[devices.NAME]
    assert len(cookie.value) < 1500
    assert cookie["httponly"]
    assert cookie["path"] == URL
    attack(crowd[60], throttle.ACCOUNT_LIMIT + 1)
    assert refused(sign_in(client, crowd[60].username, PASSWORD))
    attack(crowd[devices.MOST], throttle.ACCOUNT_LIMIT + 1)
    assert sign_in(client, crowd[devices.MOST].username, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("seen", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("198.51.100.7:4711", "198.51.100.7:4711"),
        ("", ""),
    ],
)
def test_whom_an_address_is(rf, seen, counted):
    assert throttle.visitor_address(rf.get("/", REMOTE_ADDR=seen)) == counted


@pytest.mark.parametrize(("behind_proxy", "address"), [(False, "127.0.0.1"), (True, "198.51.100.7")])
def test_behind_a_proxy(rf, settings, behind_proxy, address):
    """The last address is the one that the proxy saw; the others are what the visitor claims."""
    settings.BEHIND_PROXY = behind_proxy
    request = rf.get("/", headers={"X-Forwarded-For": "1.2.3.4, 198.51.100.7"})
    assert throttle.visitor_address(request) == address


def test_nothing_personal_in_the_table(client, bob):
    fail(client, "bob@example.org", 1)
    sign_in(client, "bob@example.org", PASSWORD)
    rows = repr(list(Counter.objects.values_list()))
    assert "bob" not in rows
    assert "127.0.0.1" not in rows
    assert all(len(counter.key) == 64 for counter in Counter.objects.all())


def test_cleaned_up(client, bob):
    fail(client, "bob", 1)
    assert Counter.objects.count() == 3
    tasks.clean_up()
    assert Counter.objects.count() == 3
    later(throttle.ACCOUNT_SECONDS)
    tasks.clean_up()
    assert Counter.objects.count() == 0


def test_letters(rf, bob):
    """At most 5 an hour for one person, whatever they are asked under and from where."""
    asked = [throttle.may_write(rf.get("/", REMOTE_ADDR=f"198.51.100.{n}"), bob, "bob") for n in range(8)]
    assert asked == [True] * 5 + [False] * 3
    asked = [throttle.may_write(rf.get("/"), None, name) for name in ["nobody", "NOBODY"] * 4]
    assert asked == [True] * 5 + [False] * 3
    later(throttle.MAIL_SECONDS)
    assert throttle.may_write(rf.get("/"), bob, "bob")


def at_the_same_moment(many, work):
    """Call `work()` from `many` threads at once; return what they answered."""
    barrier, answers = Barrier(many), []
    # PostgreSQL takes 100 connections by default, and other tests run beside.
    connected = Semaphore(60)

    def run():
        barrier.wait(60)
        with connected:
            try:
                answers.append(work())
            finally:
                connections.close_all()

    threads = [Thread(target=run) for _ in range(many)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    finally:
        sys.setswitchinterval(interval)
    return answers


@pytest.mark.django_db(transaction=True)
def test_120_tries_of_one_moment_count_as_120(rf, bob):
    def attempt():
        try:
            throttle.Try(rf.get("/"), bob, "bob").begin()
        except throttle.TooManyTries:
            return False
        return True

    answers = at_the_same_moment(120, attempt)
    assert (answers.count(True), len(answers)) == (throttle.LIMIT, 120)


@pytest.mark.django_db(transaction=True)
def test_120_tries_from_as_many_addresses(rf, bob):
    numbers = iter(range(1000))

    def attempt():
        try:
            throttle.Try(rf.get("/", REMOTE_ADDR=f"198.51.100.{next(numbers)}"), bob, "bob").begin()
        except throttle.TooManyTries:
            return False
        return True

    # The one of this minute too.
    assert at_the_same_moment(120, attempt).count(True) == throttle.ACCOUNT_LIMIT + 1


@pytest.mark.django_db(transaction=True)
def test_a_counter_that_cannot_be_written(client, bob, monkeypatch, caplog):
    """A full disk keeps nobody from signing in."""

    def refuse(*args, **kwargs):
        raise OperationalError("database or disk is full")

    for name in ("count", "give_back", "forget"):
        monkeypatch.setattr(counters, name, refuse)
    assert sign_in(client, "bob", PASSWORD).status_code == 302
    assert "not counted" in caplog.text
