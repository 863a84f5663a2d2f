import re
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlsafe_base64_encode

from accounts import tasks
from accounts.emails import Email
from accounts.models import InitialCredential
from conftest import PASSWORD

URL = "/mot-de-passe/oublie/"
NEW = "Tout-Neuf-2026"


def ask(client, login, **more):
    response = client.post(URL, {"email": login}, **more)
    tasks.send_due_emails()
    return response


def link_in(message):
    return re.search(rf"{re.escape(settings.SITE_URL)}(/mot-de-passe/nouveau/\S+)", message.body)[1]


def open_link(client, link):
    return client.get(link, follow=True)


def test_page(client):
    assert client.get(URL).status_code == 200


@pytest.mark.parametrize("login", ["bob@example.org", "BOB@example.org", "bob", " Bob "])
def test_email(client, bob, login):
    response = ask(client, login)
    assert response.url == "/mot-de-passe/oublie/envoye/"
    (message,) = mail.outbox
    assert message.to == ["bob@example.org"]
    assert message.subject == "Edulib : choisissez un nouveau mot de passe"
    assert "Bonjour Bob Bonnet," in message.body
    assert "Votre identifiant : bob" in message.body


@pytest.mark.parametrize(
    "login", ["nobody@example.org", "nobody", "zoe.martin", "asleep", "pas une adresse @@", "é\u202e"]
)
def test_same_answer_and_no_email(client, bob, zoe, alice, login):
    alice.username, alice.is_active = "asleep", False
    alice.save()
    answer, right = ask(client, login), ask(client, "bob")
    assert (answer.status_code, answer.url) == (right.status_code, right.url)
    assert not client.get(answer.url).context["messages"]
    assert [message.to for message in mail.outbox] == [["bob@example.org"]]


def test_same_work_whatever_is_typed(client, bob, zoe):
    """Same time: as many queries, and an e-mail that waits, for nobody as for Bob."""
    done = []
    for login in ["bob", "bob@example.org", "nobody", "nobody@example.org", "zoe.martin"]:
        with CaptureQueriesContext(connection) as queries:
            client.post(URL, {"email": login})
        done.append([query["sql"].split()[0] for query in queries])
    assert done == [done[0]] * len(done)
    assert Email.objects.due().count() == len(done)


@pytest.mark.parametrize("host", ["127.0.0.1:6666", "localhost:1", "testserver:99999", "TESTSERVER."])
def test_the_host_of_a_request_reaches_no_mail(client, bob, settings, host):
    """Whoever asks for somebody's e-mail must not choose where its link leads."""
    settings.SITE_URL = "https://edulib.example.org:8443"
    ask(client, "bob", headers={"Host": host, "X-Forwarded-Host": host})
    (message,) = mail.outbox
    assert "https://edulib.example.org:8443/mot-de-passe/nouveau/" in message.body
    assert host.lower() not in message.body.lower()
    assert link_in(message)


def test_a_message_of_the_version_before(client, bob):
    """It waited in the broker while the workers were started again."""
    tasks.send_password_reset("bob", "127.0.0.1:6666", True)
    tasks.send_due_emails()
    (message,) = mail.outbox
    assert "6666" not in message.body
    assert link_in(message)


def test_one_mailbox_is_not_flooded(client, bob):
    for _ in range(15):
        assert ask(client, "bob").url == "/mot-de-passe/oublie/envoye/"
    assert len(mail.outbox) == 5
    # Nor does it keep him from signing in.
    assert client.post("/connexion/", {"username": "bob", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("data", [{"login": "bob"}, {"email": ""}, {"email": "x" * 300}])
def test_bad_input(client, db, data):
    page = client.post(URL, data)
    assert page.status_code == 200
    assert page.context["form"].errors


def test_wrong_method(client, db):
    assert client.put(URL).status_code == 405


def test_choose_by_email(client, bob):
    ask(client, "bob")
    link = link_in(mail.outbox[0])
    page = open_link(client, link)
    form_address = page.redirect_chain[-1][0]
    assert link not in page.text
    assert 'autocomplete="new-password"' in page.text
    done = client.post(form_address, {"new_password1": NEW, "new_password2": NEW})
    assert done.url == "/mot-de-passe/nouveau/fait/"
    assert client.get(done.url).status_code == 200
    bob.refresh_from_db()
    assert bob.check_password(NEW)
    # Once only.
    assert "Ce lien ne sert plus" in open_link(client, link).text


def test_email_for_a_generated_password(client, zoe):
    """A password that we drew counts as one; choosing another destroys its readable copy."""
    zoe.email = "zoe@example.org"
    zoe.save(update_fields=["email"])
    ask(client, "zoe@example.org")
    form_address = open_link(client, link_in(mail.outbox[0])).redirect_chain[-1][0]
    same = {"new_password1": zoe.initial_password, "new_password2": zoe.initial_password}
    page = client.post(form_address, same)
    assert "new_password1" in page.context["form"].errors
    assert client.post(form_address, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    zoe.refresh_from_db()
    assert zoe.check_password(NEW)
    assert not zoe.password_is_initial
    assert not InitialCredential.objects.filter(user=zoe).exists()


def test_weak_password(client, bob):
    ask(client, "bob")
    form_address = open_link(client, link_in(mail.outbox[0])).redirect_chain[-1][0]
    page = client.post(form_address, {"new_password1": "faible", "new_password2": "faible"})
    assert "new_password2" in page.context["form"].errors


@pytest.mark.parametrize(("hours", "works"), [(23, True), (25, False)])
def test_valid_24_hours(client, bob, monkeypatch, hours, works):
    ask(client, "bob")
    later = datetime.now() + timedelta(hours=hours)  # noqa: DTZ005 as Django counts it
    monkeypatch.setattr("django.contrib.auth.tokens.PasswordResetTokenGenerator._now", lambda self: later)
    assert ("Ce lien ne sert plus" not in open_link(client, link_in(mail.outbox[0])).text) == works


@pytest.mark.parametrize("change", ["inactive", "email", "password", "signed_in"])
def test_link_dies_with_what_it_was_made_for(client, bob, change):
    ask(client, "bob")
    if change == "inactive":
        bob.is_active = False
        bob.save()
    elif change == "email":
        bob.email = "ailleurs@example.org"
        bob.save()
    elif change == "password":
        bob.choose_password(NEW)
    else:
        client.post("/connexion/", {"username": "bob", "password": PASSWORD})
    assert "Ce lien ne sert plus" in open_link(client, link_in(mail.outbox[0])).text


@pytest.mark.parametrize("uid", ["", "!!", "zzzz", "99999999999999999999999"])
def test_invented_links(client, bob, uid):
    uid = urlsafe_base64_encode(uid.encode()) if uid else "x"
    assert "Ce lien ne sert plus" in open_link(client, f"/mot-de-passe/nouveau/{uid}/abc-def/").text


def test_anothers_account_with_ones_own_link(client, bob, alice):
    ask(client, "bob")
    token = link_in(mail.outbox[0]).split("/")[-2]
    uid = urlsafe_base64_encode(str(alice.pk).encode())
    assert "Ce lien ne sert plus" in open_link(client, f"/mot-de-passe/nouveau/{uid}/{token}/").text
