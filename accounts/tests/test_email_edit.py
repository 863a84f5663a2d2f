"""One's own e-mail, and that of others: the password first, a mail to the old address, proof for whoever has rights."""

import re

import pytest
from django.core import mail as outbox
from django.urls import reverse

from accounts import email_change, mail
from accounts.models import User
from accounts.tests.people import typed_just_now, typed_long_ago
from conftest import PASSWORD
from schools.models import Membership

URL = "/mon-compte/e-mail/"


def emails():
    outbox.outbox.clear()
    mail.send_due(seconds=10)
    return {message.to[0]: message for message in outbox.outbox}


def link_in(message):
    return re.search(r"https?://[^/]+(/\S+)", message.body)[1]


def test_change_one_s_own(as_bob, bob):
    typed_just_now(as_bob)
    assert 'value="bob@example.org"' in as_bob.get(URL).text
    assert as_bob.post(URL, {"email": "Bob@Ailleurs.example"}).url == URL
    assert User.objects.get(pk=bob.pk).email == "bob@ailleurs.example"
    told = emails()
    assert list(told) == ["bob@example.org"]
    assert "bob@ailleurs" not in told["bob@example.org"].body


def test_take_it_away(as_bob, bob):
    typed_just_now(as_bob)
    as_bob.post(URL, {"email": ""})
    assert User.objects.get(pk=bob.pk).email == ""
    assert list(emails()) == ["bob@example.org"]


def test_the_password_is_a_field_of_the_form(as_bob, bob):
    typed_long_ago(as_bob)
    assert 'name="current_password"' in as_bob.get(URL).text
    page = as_bob.post(URL, {"email": "bob@ailleurs.example", "current_password": "Faux-Secret-1"})
    assert page.context["form"].errors.as_data()["current_password"][0].code == "wrong_password"
    assert 'value="bob@ailleurs.example"' in page.text
    assert User.objects.get(pk=bob.pk).email == "bob@example.org"
    as_bob.post(URL, {"email": "bob@ailleurs.example", "current_password": PASSWORD})
    assert User.objects.get(pk=bob.pk).email == "bob@ailleurs.example"


def test_another_field_is_corrected_without_typing_the_password_again(as_bob, bob):
    typed_long_ago(as_bob)
    page = as_bob.post(URL, {"email": "pas-un-e-mail", "current_password": PASSWORD})
    assert list(page.context["form"].errors) == ["email"]
    assert 'name="current_password"' not in page.text
    assert as_bob.post(URL, {"email": "bob@ailleurs.example"}).status_code == 302


@pytest.mark.parametrize("email", ["ALICE@example.org", "x", "a" * 250 + "@example.org"])
def test_bad_input(as_bob, alice, bob, email):
    typed_just_now(as_bob)
    assert as_bob.post(URL, {"email": email}).context["form"].errors["email"]
    assert User.objects.get(pk=bob.pk).email == "bob@example.org"


def test_taken_at_the_same_moment(as_bob, bob, alice, monkeypatch):
    monkeypatch.setattr(email_change, "is_taken", lambda *who: False)
    typed_just_now(as_bob)
    assert as_bob.post(URL, {"email": "alice@example.org"}).context["form"].errors["email"]


def test_whoever_has_rights_proves_the_new_address(as_alice, alice):
    as_alice.post(URL, {"email": "alice@ailleurs.example"})
    assert User.objects.get(pk=alice.pk).email == "alice@example.org"
    told = emails()
    assert list(told) == ["alice@ailleurs.example"]
    link = link_in(told["alice@ailleurs.example"])
    assert as_alice.get(link).status_code == 200
    assert as_alice.post(link).url == URL
    alice.refresh_from_db()
    assert (alice.email, alice.confirmed_email) == ("alice@ailleurs.example", "alice@ailleurs.example")
    assert list(emails()) == ["alice@example.org"]
    assert as_alice.post(link).status_code == 410


def test_a_link_of_somebody_else_or_damaged(client, alice, bob, as_charlie):
    token = email_change.token_for(alice, "autre@example.org")
    for each in (token, token[:-2], "x"):
        assert as_charlie.get(reverse("email_confirm", args=[each])).status_code == 410


def test_a_link_expires(as_alice, alice, monkeypatch):
    token = email_change.token_for(alice, "autre@example.org")
    now = email_change.signing.time.time()
    monkeypatch.setattr(email_change.signing.time, "time", lambda: now + 24 * 3600 + 5)
    assert email_change.address_of(token, alice) is None


def test_emails_are_bounded(as_alice, alice):
    for number in range(5):
        assert as_alice.post(URL, {"email": f"a{number}@example.org"}).status_code == 302
    assert "attendez une heure" in as_alice.post(URL, {"email": "a6@example.org"}).context["form"].errors["email"][0]
    assert len(emails()) == 5


def test_an_address_to_confirm_is_said_so(client, school, bob):
    Membership.objects.create(user=bob, school=school)
    bob.choose_password(PASSWORD)
    client.force_login(bob)
    typed_just_now(client)
    emails()
    assert "encore confirmée" in client.get(URL).text
    client.post(URL, {"email": "bob@example.org"})
    link = link_in(emails()["bob@example.org"])
    client.post(link)
    assert "encore confirmée" not in client.get(URL).text


def test_wrong_method_and_visitors(client, as_bob):
    assert as_bob.put(URL).status_code == 405
    client.logout()
    assert client.get(URL).url == f"/connexion/?next={URL}"


# --- Somebody's e-mail, changed by the school ---------------------------------------------------------------
def edit(client, school, person, **changes):
    fields = {name: getattr(person, name) for name in ("last_name", "first_name", "username", "email")}
    return client.post(reverse(f"{person.kind}_edit", args=[school.code, person.pk]), {**fields, **changes})


def test_the_password_before_the_e_mail_of_somebody_changes(as_alice, school, bob):
    typed_long_ago(as_alice)
    assert edit(as_alice, school, bob, last_name="Bonneton").status_code == 302  # A name asks for nothing.
    bob.refresh_from_db()
    page = edit(as_alice, school, bob, email="b@ailleurs.example", first_name="Robert")
    assert page.context["form"].errors.as_data()["current_password"][0].code == "required"
    for typed in ('value="b@ailleurs.example"', 'value="Robert"', 'name="current_password"'):
        assert typed in page.text
    assert edit(as_alice, school, bob, email="b@ailleurs.example", current_password="Faux-1").status_code == 200
    assert User.objects.get(pk=bob.pk).email == "bob@example.org"
    assert edit(as_alice, school, bob, email="b@ailleurs.example", current_password=PASSWORD).status_code == 302
    assert User.objects.get(pk=bob.pk).email == "b@ailleurs.example"
    assert list(emails()) == ["bob@example.org"]


# --- Passwords ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["own", "reset", "selection"])
def test_a_password_that_changes_is_told(client, alice, school, bob, way):
    client.force_login(bob if way == "own" else alice)
    typed_just_now(client)
    if way == "own":
        new = {"old_password": PASSWORD, "new_password1": "Tout-A-Moi-1", "new_password2": "Tout-A-Moi-1"}
        client.post(reverse("password_change"), new)
    elif way == "reset":
        client.post(reverse("teacher_reset_password", args=[school.code, bob.pk]))
    else:
        act = {"action": "reset_passwords", "selection": bob.pk, "confirmed": "1"}
        client.post(reverse("teacher_selection", args=[school.code]), act)
    assert not User.objects.get(pk=bob.pk).check_password(PASSWORD)
    assert "mot de passe a changé" in emails()["bob@example.org"].subject
