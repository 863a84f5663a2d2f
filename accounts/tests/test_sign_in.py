from threading import Barrier, Thread

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.hashers import check_password, make_password
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.counters import Counter
from accounts.models import InitialCredential, User
from conftest import PASSWORD

URL = "/connexion/"
FAILURE = "ne correspondent à aucun compte actif"


def sign_in(client, username, password, **more):
    return client.post(URL, {"username": username, "password": password, **more})


def test_page(client):
    page = client.get(URL)
    assert page.status_code == 200
    assert 'autocomplete="username"' in page.text
    assert 'autocomplete="current-password"' in page.text
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("login", ["alice", "ALICE", " alice ", "alice@example.org", "Alice@Example.ORG"])
def test_identifiant_or_email(client, alice, login):
    response = sign_in(client, login, PASSWORD)
    assert response.status_code == 302
    assert response.url == "/"
    assert get_user(client) == alice
    assert client.session["password_typed_at"] > 0


def test_initial_password_becomes_argon2_at_first_sign_in_and_stays_readable(client, zoe):
    assert zoe.password.startswith("generated$")
    sign_in(client, "zoe.martin", zoe.initial_password)
    assert get_user(client) == zoe
    zoe.refresh_from_db()
    assert zoe.password.startswith("argon2$argon2id$")
    assert zoe.password_is_initial
    assert zoe.initial_credential.reveal() == zoe.initial_password
    # The session outlives the page that opened it: the upgrade came first.
    assert get_user(client) == zoe


def test_session_key_changes(client, alice):
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    sign_in(client, "alice", PASSWORD)
    assert client.session.session_key != session.session_key


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("alice", "Faux-Secret-1"),
        ("asleep", PASSWORD),
        ("unusable", PASSWORD),
    ],
)
def test_one_sentence_for_every_failure(client, alice, login, password):
    asleep = User(username="asleep", last_name="A", first_name="A", is_active=False)
    asleep.set_password(PASSWORD)
    asleep.save()
    unusable = User(username="unusable", last_name="U", first_name="U")
    unusable.set_unusable_password()
    unusable.save()
    page = sign_in(client, login, password)
    assert page.status_code == 200
    assert page.context["form"].non_field_errors() == [
        "L'identifiant (ou l'e-mail) et le mot de passe ne correspondent à aucun compte actif."
    ]
    assert not get_user(client).is_authenticated


@pytest.mark.parametrize(
    "data", [{"next": ""}, {"username": "alice"}, {"password": PASSWORD}, {"username": "\0", "password": "x"}]
)
def test_bad_input(client, alice, data):
    page = client.post(URL, data)
    assert page.status_code == 200
    assert page.context["form"].errors


@pytest.mark.parametrize("address", ["/mes-manuels/", "/etablissements/0750001A/eleves/?q=%C3%A9"])
def test_next_of_ours(client, alice, address):
    assert f'value="{address}"' in client.get(URL, {"next": address}).text
    assert sign_in(client, "alice", PASSWORD, next=address).url == address


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:///x",
    ],
)
def test_next_of_others_is_ignored(client, alice, address):
    assert "evil" not in client.get(URL, {"next": address}).text
    assert sign_in(client, "alice", PASSWORD, next=address).url == "/"


def test_already_signed_in(as_alice):
    assert as_alice.get(URL).url == "/"
    assert as_alice.get(URL, {"next": "https://evil.example/"}).url == "/"


def test_wrong_method(client, db):
    assert client.put(URL).status_code == 405


def test_signing_in_leaves_the_readable_copy(client, zoe):
    sign_in(client, "zoe.martin", zoe.initial_password)
    sign_in(client, "zoe.martin", zoe.initial_password)
    assert InitialCredential.objects.filter(user=zoe).exists()


def test_password_in_error_reports_is_hidden(client, alice, rf):
    from accounts.views.signing_in import sign_in as view

    request = rf.post(URL, {"username": "alice", "password": PASSWORD})
    request.user, request.session = get_user(client), client.session
    view(request)
    assert request.sensitive_post_parameters == "__ALL__"


def test_every_page_leads_here(client, school):
    address = reverse("home")
    assert client.get(address, follow=True).redirect_chain[-1][0] == "/connexion/?next=/"


def test_a_reset_during_the_sign_in_wins(client, zoe, monkeypatch):
    """The school resets the password while the former one is being checked: the new one is not overwritten."""
    reset = []

    def reset_meanwhile(password):
        reset.append(User.objects.get(pk=zoe.pk).give_initial_password())
        return make_password(password)

    monkeypatch.setattr("accounts.models.make_password", reset_meanwhile)
    sign_in(client, "zoe.martin", zoe.initial_password)
    zoe.refresh_from_db()
    assert check_password(reset[0], zoe.password)
    assert not get_user(client).is_authenticated


@pytest.mark.django_db(transaction=True)
def test_a_first_sign_in_submitted_twice_opens_two_sessions(zoe, monkeypatch):
    """A double click: both check the initial password before either has made Argon2id of it."""
    both_have_checked = Barrier(2)

    def upgrade_together(password):
        both_have_checked.wait(20)
        return make_password(password)

    monkeypatch.setattr("accounts.models.make_password", upgrade_together)
    clients = [Client(), Client()]

    def work(client):
        try:
            sign_in(client, "zoe.martin", zoe.initial_password)
        finally:
            connections.close_all()

    threads = [Thread(target=work, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [get_user(client) for client in clients] == [zoe, zoe]


# --- What looks the same is the same ------------------------------------------------------------------------
SPOILT = [" {}", "{}\t", "{}\r\n", "\u00a0{}", "\ufeff{}\u200b", "{}\u2028", "\u202a{}\u202c"]


@pytest.mark.parametrize("pasted", SPOILT)
def test_pasted_from_a_cell(client, bob, zoe, pasted):
    assert sign_in(client, pasted.format("bob"), pasted.format(PASSWORD)).status_code == 302
    client.logout()
    assert sign_in(client, "zoe.martin", pasted.format(zoe.initial_password)).status_code == 302
    # It does not count as a guess.
    assert not Counter.objects.filter(count__gt=1).exists()


@pytest.mark.parametrize(
    "password",
    [
        " Mon-Secret-1",
        "Mon-Secret-1\u00a0",
        "Mon  Secret-1",
        "Mon\u00a0Secret-1",
        "E\u0301te\u0301-Secret-1",
        "\u200bMon-S1",
    ],
)
def test_a_password_of_before_goes_on_as_typed(client, bob, password):
    """It was set when spaces still counted."""
    bob.set_password(password)
    bob.save()
    assert sign_in(client, "bob", password).status_code == 302
    client.logout()
    assert sign_in(client, "bob", PASSWORD).status_code == 200


def test_composed_or_not(client, bob):
    bob.set_password("\u00c9t\u00e9-Secret-1")
    bob.save()
    assert sign_in(client, "bob", "E\u0301te\u0301-Secret-1").status_code == 302


@pytest.mark.parametrize(("typed", "hashed"), [("Faux-Secret-1", 1), (" Faux-Secret-1", 2)])
@pytest.mark.parametrize("login", ["bob", "nobody", "zoe.martin"])
def test_each_writing_is_one_argon2_and_one_try(client, bob, zoe, monkeypatch, login, typed, hashed):
    """Whoever the account is: no second one is had for nothing, and its time tells nothing."""
    import argon2

    done = []
    for name in ("hash_secret", "verify_secret"):
        real = getattr(argon2.low_level, name)

        def count(*args, real=real, **kwargs):
            done.append(real)
            return real(*args, **kwargs)

        monkeypatch.setattr(argon2.low_level, name, count)
        if name == "verify_secret":
            monkeypatch.setattr(argon2._password_hasher, name, count)
    sign_in(client, login, typed)
    assert len(done) == hashed
    assert set(Counter.objects.values_list("count", flat=True)) == {hashed}
