"""Signing in costs one Argon2id, whatever the account is and whatever was typed."""

import argon2
import pytest
from django.contrib.auth import authenticate

from accounts.backends import IdentifierBackend
from accounts.models import User
from conftest import PASSWORD


@pytest.fixture(autouse=True)
def light_argon2id():
    """Not here: what it costs is the question."""


@pytest.fixture(autouse=True)
def known_key(settings):
    settings.CREDENTIAL_KEYS = f"local:{'k' * 32}"


@pytest.fixture
def operations(monkeypatch):
    """What argon2 really computes, as a list of "hash" and "verify" with the parameters of each."""
    done = []
    hash_secret, verify_secret = argon2.low_level.hash_secret, argon2.low_level.verify_secret

    def hashing(*args, **params):
        done.append(("hash", params["memory_cost"], params["time_cost"], params["parallelism"]))
        return hash_secret(*args, **params)

    def verifying(encoded, *args, **kwargs):
        params = argon2.extract_parameters(encoded.decode())
        done.append(("verify", params.memory_cost, params.time_cost, params.parallelism))
        return verify_secret(encoded, *args, **kwargs)

    monkeypatch.setattr(argon2.low_level, "hash_secret", hashing)
    monkeypatch.setattr(argon2._password_hasher, "hash_secret", hashing)
    monkeypatch.setattr(argon2._password_hasher, "verify_secret", verifying)
    return done


@pytest.fixture
def account(bob, zoe, class_6a):
    """Every kind of account, by name; `right` is what opens (or would open) each."""

    def make(name):
        if name == "nobody":
            return "nobody", PASSWORD
        if name == "nobody's e-mail":
            return "nobody@example.org", PASSWORD
        if name.startswith("generated"):
            zoe.is_active = "inactive" not in name
            zoe.save()
            if "retired key" in name:
                User.objects.filter(pk=zoe.pk).update(password=zoe.password.replace("$local$", "$gone$"))
                assert "$gone$" in User.objects.get(pk=zoe.pk).password
            return zoe.username, zoe.initial_password
        if name == "typed initial":
            zoe.give_initial_password("Apolline-2026")
            return zoe.username, "Apolline-2026"
        bob.is_active = name != "inactive"
        if name == "unusable":
            bob.set_unusable_password()
        bob.save()
        if name == "gibberish":
            User.objects.filter(pk=bob.pk).update(password="")
        return "bob@example.org" if name == "by e-mail" else "bob", PASSWORD

    return make


@pytest.mark.parametrize("typed", ["right", "wrong"])
@pytest.mark.parametrize(
    "name",
    [
        "nobody",
        "nobody's e-mail",
        "personal",
        "by e-mail",
        "inactive",
        "unusable",
        "gibberish",
        "typed initial",
        "generated",
        "generated, inactive",
        "generated, retired key",
    ],
)
def test_exactly_one(account, operations, name, typed):
    username, password = account(name)
    operations.clear()
    user = authenticate(username=username, password=password if typed == "right" else "Faux-Secret-1")
    assert [operation[1:] for operation in operations] == [(19456, 2, 1)]
    opens = typed == "right" and name in {"personal", "by e-mail", "typed initial", "generated"}
    assert (user is not None) == opens


@pytest.mark.parametrize("credentials", [{"username": "bob"}, {"password": PASSWORD}, {}])
def test_incomplete(bob, credentials):
    assert authenticate(**credentials) is None


def test_a_deactivated_account_loses_its_session(as_bob, bob):
    bob.is_active = False
    bob.save()
    assert as_bob.get("/mot-de-passe/changer/").status_code == 302


def test_the_school_comes_with_the_user(bob, django_assert_num_queries):
    """Every page asks whether the school wants another password: that costs no query of its own."""
    with django_assert_num_queries(1):
        assert IdentifierBackend().get_user(bob.pk).must_change_password is False
    bob.give_initial_password()
    with django_assert_num_queries(1):
        assert IdentifierBackend().get_user(bob.pk).must_change_password is True
