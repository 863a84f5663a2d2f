"""A session that the disk refuses to write is kept by a signed cookie (the whole story: test_full_disk)."""

import sqlite3

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.db import OperationalError

from accounts import signed_sessions
from accounts.sessions import RowStore, Session
from conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def full_disk(monkeypatch):
    """A disk that cannot take another session. Returns what ends that."""

    def refuse(self, must_create=False):
        error = OperationalError("database or disk is full")
        error.__cause__ = sqlite3.OperationalError()
        error.__cause__.sqlite_errorname = "SQLITE_FULL"
        raise error

    monkeypatch.setattr(RowStore, "save", refuse, raising=False)
    return monkeypatch.undo


def cookie(client):
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def sign_in(client):
    assert client.post("/connexion/", {"username": "alice", "password": PASSWORD}).status_code == 302


def test_signs_in_and_becomes_a_row_when_there_is_room(client, alice, school, full_disk):
    sign_in(client)
    assert cookie(client).startswith("signed:")
    assert not Session.objects.exists()
    assert client.get(f"/etablissements/{school.code}/").status_code == 200
    full_disk()
    assert client.get(f"/etablissements/{school.code}/").status_code == 200
    assert Session.objects.get(pk=cookie(client)).user_id == alice.pk


def test_ends_with_a_new_password_and_after_an_hour(client, alice, school, full_disk, monkeypatch):
    sign_in(client)
    monkeypatch.setattr(signed_sessions, "SECONDS", -1)
    assert client.get(f"/etablissements/{school.code}/").status_code == 302
    monkeypatch.setattr(signed_sessions, "SECONDS", 3600)
    sign_in(client)
    alice.set_password("Autre-Secret-1")
    alice.save()
    assert client.get(f"/etablissements/{school.code}/").status_code == 302


@pytest.mark.parametrize("salt", ["other", "signed:"])
def test_nobody_else_signs_it(client, alice, school, salt):
    forged = signing.dumps({"_auth_user_id": str(alice.pk)}, key="not ours", salt=salt)
    for value in (f"signed:{forged}", "signed:", "signed:é\x00", "signed:a:b:c"):
        client.cookies[django_settings.SESSION_COOKIE_NAME] = value
        assert client.get(f"/etablissements/{school.code}/").status_code == 302
