from io import StringIO

import pytest
from django.contrib.auth import get_user
from django.core.management import call_command
from django.test import Client

from accounts.models import InitialCredential, User
from conftest import PASSWORD

URL = "/mot-de-passe/changer/"
NEW = "Tout-Neuf-2026"


def change(client, old, new, again=None):
    return client.post(URL, {"old_password": old, "new_password1": new, "new_password2": again or new})


def sign_in(client, username, password):
    assert client.post("/connexion/", {"username": username, "password": password}).status_code == 302


def test_change(client, zoe):
    sign_in(client, "zoe.martin", zoe.initial_password)
    elsewhere = Client()
    sign_in(elsewhere, "zoe.martin", zoe.initial_password)
    assert change(client, zoe.initial_password, NEW).url == "/"
    zoe.refresh_from_db()
    assert zoe.check_password(NEW)
    assert zoe.password.startswith("argon2$argon2id$")
    assert not zoe.password_is_initial
    assert not InitialCredential.objects.filter(user=zoe).exists()
    assert get_user(client) == zoe
    assert not get_user(elsewhere).is_authenticated


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("Faux-Secret-1", NEW, NEW, "old_password"),
        (PASSWORD, "court-1A", "autre-1A", "new_password2"),
        (PASSWORD, "Court-1", "Court-1", "new_password2"),
        (PASSWORD, "sans-majuscule-1", "sans-majuscule-1", "new_password2"),
        (PASSWORD, "SANS-MINUSCULE-1", "SANS-MINUSCULE-1", "new_password2"),
        (PASSWORD, "Sans-Chiffre", "Sans-Chiffre", "new_password2"),
        (PASSWORD, "SansSpecial1", "SansSpecial1", "new_password2"),
        (PASSWORD, PASSWORD, PASSWORD, "new_password1"),
        ("", "", "", "old_password"),
    ],
)
def test_refused(as_bob, bob, old, new, again, field):
    page = as_bob.post(URL, {"old_password": old, "new_password1": new, "new_password2": again})
    assert page.status_code == 200
    assert field in page.context["form"].errors
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_rule_is_said_in_full(as_bob):
    assert "~ ! @ # $ % ^ &amp; * ( ) - _ = + [ ] { } ; : , . &lt; &gt; / ? |" in as_bob.get(URL).text


def test_initial_password_cannot_be_kept(client, zoe):
    sign_in(client, "zoe.martin", zoe.initial_password)
    page = change(client, zoe.initial_password, zoe.initial_password)
    assert "new_password1" in page.context["form"].errors
    assert InitialCredential.objects.filter(user=zoe).exists()


def test_stranger(client, db):
    assert client.get(URL).url == f"/connexion/?next={URL}"


def test_wrong_method(as_bob):
    assert as_bob.put(URL).status_code == 405


def test_set_password_anywhere_destroys_the_readable_copy(zoe):
    """A form of Django's, a command, a shell: whatever calls set_password and saves."""
    user = User.objects.get(pk=zoe.pk)
    user.set_password(NEW)
    user.save(update_fields=["last_login"])
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert not user.password_is_initial
    assert not InitialCredential.objects.filter(user=zoe).exists()


def test_command_changepassword_destroys_the_readable_copy(zoe, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", "zoe.martin", stdout=StringIO())
    assert not InitialCredential.objects.filter(user=zoe).exists()


def test_new_initial_password_is_readable_again(zoe):
    zoe.choose_password(NEW)
    password = zoe.give_initial_password()
    zoe.refresh_from_db()
    assert zoe.password_is_initial
    assert zoe.initial_credential.reveal() == password


def test_saving_something_else_keeps_the_readable_copy(zoe):
    user = User.objects.get(pk=zoe.pk)
    assert user.check_password(zoe.initial_password)  # Upgrades the hash.
    user.first_name = "Zoë"
    user.save()
    user.refresh_from_db()
    assert user.password_is_initial
    assert user.initial_credential.reveal() == zoe.initial_password


@pytest.mark.parametrize("typed", [f" {PASSWORD}", f"{PASSWORD}\t", f"{PASSWORD}\u00a0"])
def test_what_nobody_sees_does_not_count(client, as_bob, bob, typed):
    """Neither in the current password, nor in the new one."""
    assert change(as_bob, typed, f"{NEW}\u200b\n", f" {NEW}").status_code == 302
    as_bob.logout()
    sign_in(as_bob, "bob", NEW)


def test_the_current_one_of_before_goes_on_as_typed(as_bob, bob):
    bob.set_password(" Mon-Secret-1 ")
    bob.save()
    as_bob.force_login(bob)
    assert change(as_bob, " Mon-Secret-1 ", NEW).status_code == 302
