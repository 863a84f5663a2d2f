import sys
from threading import Barrier, Thread

import pytest
from django.core.cache import cache

from accounts import throttle
from conftest import PASSWORD

URL = "/connexion/"


def sign_in(client, username, password, **extra):
    return client.post(URL, {"username": username, "password": password}, **extra)


def fail(client, username, times, **extra):
    for _ in range(times):
        assert sign_in(client, username, "Faux-Secret-1", **extra).status_code == 200


def test_waits_after_too_many_failures(client, alice):
    fail(client, "alice", throttle.LIMIT)
    page = sign_in(client, "ALICE ", PASSWORD)
    assert page.context["form"].non_field_errors() == [throttle.MESSAGE]


def test_unknown_account_waits_too(client, db):
    fail(client, "nobody", throttle.LIMIT)
    assert sign_in(client, "nobody", PASSWORD).context["form"].non_field_errors() == [throttle.MESSAGE]


def test_one_failure_less_and_the_count_starts_anew(client, alice):
    fail(client, "alice", throttle.LIMIT - 1)
    assert sign_in(client, "alice", PASSWORD).status_code == 302
    client.logout()
    fail(client, "alice", throttle.LIMIT - 1)
    assert sign_in(client, "alice", PASSWORD).status_code == 302


def test_a_classroom_behind_one_address_is_not_shut_out(client, alice, bob):
    fail(client, "alice", throttle.LIMIT + 1)
    assert sign_in(client, "bob", PASSWORD).status_code == 302


def test_a_stranger_elsewhere_does_not_shut_the_owner_out(client, alice):
    fail(client, "alice", throttle.LIMIT + 1, REMOTE_ADDR="203.0.113.9")
    assert sign_in(client, "alice", PASSWORD).status_code == 302


def test_the_wait_ends(client, alice, monkeypatch):
    monkeypatch.setattr(throttle, "SECONDS", 0.001)
    fail(client, "alice", throttle.LIMIT + 1)
    assert sign_in(client, "alice", PASSWORD).status_code == 302


@pytest.mark.parametrize(("behind_proxy", "address"), [(False, "127.0.0.1"), (True, "198.51.100.7")])
def test_address(rf, settings, behind_proxy, address):
    """Behind a proxy the last address is the one that the proxy saw; the others are what the visitor claims."""
    settings.BEHIND_PROXY = behind_proxy
    request = rf.get("/", headers={"X-Forwarded-For": "1.2.3.4, 198.51.100.7"})
    assert throttle.visitor_address(request) == address


def test_nothing_personal_in_the_cache(rf):
    assert "alice" not in throttle.key_for(rf.get("/"), "alice@example.org")


def test_cache_down(client, alice, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise ConnectionError

    for name in ("get", "add", "incr", "delete"):
        monkeypatch.setattr(type(cache._connections["default"]), name, refuse)
    assert sign_in(client, "alice", PASSWORD).status_code == 302
    assert "does not answer" in caplog.text


def test_attempts_of_one_moment_count_as_many(rf):
    """The cache reads and adds in one step: with a pause between both, all would pass."""
    started, passed = Barrier(3 * throttle.LIMIT), []

    def attempt():
        started.wait()
        passed.append(throttle.may_try(rf.get("/"), "alice"))

    threads = [Thread(target=attempt) for _ in range(3 * throttle.LIMIT)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert passed.count(True) == throttle.LIMIT


def test_waiting_is_not_prolonged_by_trying(rf, monkeypatch):
    for _ in range(throttle.LIMIT):
        assert throttle.may_try(rf.get("/"), "alice")
    monkeypatch.setattr(cache._connections["default"].__class__, "incr", None)
    assert not throttle.may_try(rf.get("/"), "alice")
