"""Sessions end with idleness, with the browser, with a new password; they are not written at every page."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import mail, selection, tasks
from accounts.emails import Email
from accounts.models import User
from accounts.sessions import Session, SessionStore, summary
from conftest import PASSWORD

PAGE = "/mon-compte/"


def sign_in(client, username, password=PASSWORD, **extra):
    assert client.post("/connexion/", {"username": username, "password": password}, **extra).status_code == 302


def idle(minutes):
    """Let so many minutes go by without use."""
    for session in Session.objects.all():
        session.last_used_at -= timedelta(minutes=minutes)
        session.expire_date -= timedelta(minutes=minutes)
        session.save()


@pytest.mark.parametrize(("who", "minutes"), [("bob", 60), ("alice", 120), ("olga", 120)])
def test_ends_without_use(client, bob, alice, operator, who, minutes):
    sign_in(client, who)
    idle(minutes - 1)
    assert client.get(PAGE).status_code == 200
    # It was used: it lives as long again.
    idle(minutes - 1)
    assert client.get(PAGE).status_code == 200
    idle(minutes + 1)
    assert client.get(PAGE).status_code == 302


def test_a_teacher_who_administers_a_school_is_an_administrator(client, bob, school):
    school.memberships.create(user=bob)
    bob.refresh_from_db()
    bob.choose_password(PASSWORD)  # The former one ended with the new rights.
    sign_in(client, "bob")
    idle(119)
    assert client.get(PAGE).status_code == 200


def test_the_cookie_of_a_pupil_ends_with_the_browser(client, bob, alice):
    sign_in(client, "bob")
    assert client.cookies["sessionid"]["max-age"] == ""
    other = Client()
    sign_in(other, "alice")
    assert other.cookies["sessionid"]["max-age"] == 120 * 60
    idle(30)
    # Sent again, or the browser would drop it while the session lives.
    assert other.get(PAGE).cookies["sessionid"]["max-age"] == 120 * 60
    assert "sessionid" not in client.get(PAGE).cookies


def test_settings(client, bob, settings):
    settings.SESSION_MINUTES = 10
    sign_in(client, "bob")
    idle(11)
    assert client.get(PAGE).status_code == 302


def test_the_last_use_is_written_once_a_minute(as_bob):
    def writes():
        with CaptureQueriesContext(connection) as queries:
            as_bob.get(PAGE)
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    as_bob.get(PAGE)
    assert writes() == 0
    idle(2)
    assert [writes(), writes()] == [1, 0]


def test_a_page_is_read_though_nothing_can_be_written(as_bob, monkeypatch):
    def refuse(self):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(SessionStore, "touch", refuse)
    monkeypatch.setattr("accounts.middleware.connection", type("Outside", (), {"in_atomic_block": False}))
    assert as_bob.get(PAGE).status_code == 200


@pytest.mark.parametrize("how", ["choose", "give", "set", "selection"])
def test_a_new_password_ends_them_all(as_bob, bob, alice, school, how):
    assert Session.objects.filter(user=bob).count() == 1
    if how == "choose":
        bob.choose_password("Tout-Neuf-2026")
    elif how == "give":
        bob.give_initial_password()
    elif how == "set":
        bob.set_password("Tout-Neuf-2026")
        bob.save()
    else:
        selection.reset_passwords(school, User.objects.filter(pk=bob.pk), by=alice)
    assert not Session.objects.filter(user=bob).exists()
    assert as_bob.get(PAGE).status_code == 302


def test_resetting_ones_own_password_while_signed_in(as_bob, bob):
    link = mail.password_reset(Email(user=bob))["link"]
    form = as_bob.get("/" + link.split("/", 3)[3], follow=True).redirect_chain[-1][0]
    new = "Tout-Neuf-2026"
    assert as_bob.post(form, {"new_password1": new, "new_password2": new}).status_code == 302
    assert not get_user(as_bob).is_authenticated
    assert not Session.objects.filter(user=bob).exists()
    sign_in(as_bob, "bob", new)


def test_deleted_with_the_account(as_bob, bob):
    bob.delete()
    assert Session.objects.count() == 0
    assert as_bob.get(PAGE).status_code == 302


@pytest.mark.parametrize("key", ['"\\000aaaaaaaaa"', "a", "é" * 20, "../../etc/passwd", "A" * 32, "x" * 5000])
def test_a_key_that_is_none(client, db, key):
    client.cookies["sessionid"] = key
    assert client.get(PAGE).status_code == 302


def test_cleaned_up(as_bob):
    tasks.clean_up()
    assert Session.objects.count() == 1
    idle(61)
    tasks.clean_up()
    assert Session.objects.count() == 0


def test_former_sessions_end_at_the_migration(migrated_to):
    before = migrated_to(("accounts", "0006_counter"), ("sessions", "0001_initial"))
    former = before.get_model("sessions", "Session").objects
    former.create(session_key="k" * 32, session_data="x", expire_date=timezone.now() + timedelta(hours=1))
    after = migrated_to(("accounts", "0007_session"), ("sessions", "0001_initial"))
    assert after.get_model("sessions", "Session").objects.count() == 0
    client = Client()
    client.cookies["sessionid"] = "k" * 32
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("<script>", "Appareil inconnu"),
        ("", "Appareil inconnu"),
    ],
)
def test_what_a_browser_is(agent, said):
    assert summary(agent) == said
