"""All mails go through one queue: nothing that was promised is lost, and what fails is seen."""

import socket
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import mail as outgoing
from django.db import connections, transaction
from django.utils import timezone

from accounts import mail, tasks
from accounts.emails import LEASE, PAUSES, Email
from accounts.tests.smtp import mail_server
from conftest import PASSWORD
from imports.tests.harness import wait_until


@pytest.fixture
def server(settings):
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
        yield server


def an_hour_passes():
    Email.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def only_email():
    return Email.objects.get()


def test_an_email_that_is_deferred_twice_arrives_once(bob, server):
    """Greylisting: 451, 451, then 250."""
    server.answers = ["451 come back later"] * 2
    mail.enqueue("password_reset", user=bob)
    for tries in (1, 2):
        tasks.send_due_emails()
        email = only_email()
        assert (email.status, email.attempts) == ("pending", tries)
        pause = (email.due_at - timezone.now()).total_seconds() / 60
        assert PAUSES[tries - 1] - 1 < pause <= PAUSES[tries - 1]
        tasks.send_due_emails()  # Not yet due: the server is left alone.
        assert len(server.tries) == tries
        an_hour_passes()
    tasks.send_due_emails()
    assert only_email().status == "sent"
    ((recipient, text),) = server.received
    assert recipient == "bob@example.org"
    assert "/mot-de-passe/nouveau/" in text
    tasks.send_due_emails()
    assert len(server.received) == 1


def test_retries_cover_a_day():
    assert sum(PAUSES) > 24 * 60
    assert list(PAUSES) == sorted(PAUSES)


def test_refused_for_good(bob, server, as_alice, school):
    server.answers = ["550 no such user"]
    mail.enqueue("password_reset", user=bob)
    tasks.send_due_emails()
    email = only_email()
    assert (email.status, email.attempts) == ("failed", 1)
    assert "550" in email.reason
    an_hour_passes()
    tasks.send_due_emails()
    assert len(server.tries) == 1
    for page in (as_alice.get(f"/etablissements/{school.code}/"), as_alice.get(bob.get_absolute_url())):
        assert "Mot de passe oublié »" in page.text
    assert bob.get_absolute_url() in as_alice.get(f"/etablissements/{school.code}/").text


def test_refused_after_the_text(bob, server, monkeypatch):
    """The server says no to the text itself, or to the sender."""
    import smtplib

    for error in (smtplib.SMTPDataError(554, b"spam"), smtplib.SMTPSenderRefused(553, b"no", "x")):
        mail.enqueue("password_reset", user=bob)

        def refuse(self, error=error):
            raise error

        monkeypatch.setattr("accounts.mail.EmailMessage.send", refuse)
        tasks.send_due_emails()
    assert set(Email.objects.values_list("status", flat=True)) == {"failed"}


def test_no_server(bob, alice, settings):
    """Nobody listens: the next e-mails are not tried in vain, none is lost."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", reserved.getsockname()[1]
        for user in (bob, alice):
            mail.enqueue("password_reset", user=user)
        tasks.send_due_emails()
    assert sorted(Email.objects.values_list("status", "attempts")) == [("pending", 0), ("pending", 1)]


def test_given_up_after_the_last_pause(bob, server):
    mail.enqueue("password_reset", user=bob)
    Email.objects.update(attempts=len(PAUSES))
    server.answers = ["451 come back later"]
    tasks.send_due_emails()
    assert only_email().status == "failed"


def test_seen_until_it_is_mended(bob, server, as_alice, school):
    page = f"/etablissements/{school.code}/"
    server.answers = ["550 no such user"]
    mail.enqueue("password_reset", user=bob)
    tasks.send_due_emails()
    assert "n'ont pas pu être remis" in as_alice.get(page).text
    bob.email = "bob.bonnet@example.org"
    bob.save()
    assert "n'ont pas pu être remis" not in as_alice.get(page).text
    bob.email = "bob@example.org"
    bob.save()
    mail.enqueue("password_reset", user=bob)
    tasks.send_due_emails()
    assert "n'ont pas pu être remis" not in as_alice.get(page).text


def test_another_school_sees_nothing(bob, alice, server, as_charlie, other_school):
    server.answers = ["550 no such user"]
    mail.enqueue("password_reset", user=bob)
    tasks.send_due_emails()
    assert "n'ont pas pu être remis" not in as_charlie.get(f"/etablissements/{other_school.code}/").text


def test_an_administrator_of_the_school_is_named_too(alice, server, as_alice, school):
    server.answers = ["550 no such user"]
    mail.enqueue("password_reset", user=alice)
    tasks.send_due_emails()
    assert "Admin Alice" in as_alice.get(f"/etablissements/{school.code}/").text


def test_the_operator_sees_them_and_sends_again(client, operator, bob, server):
    server.answers = ["550 no such user"]
    email = mail.enqueue("password_reset", user=bob)
    tasks.send_due_emails()
    client.force_login(operator)
    address = "/operateur/accounts/email/"
    assert "bob@example.org" in client.get(f"{address}?status=failed").text
    assert client.get(f"{address}{email.pk}/change/").status_code == 200
    assert client.get(f"{address}add/").status_code == 403
    client.post(address, {"action": "try_again", "_selected_action": [email.pk]})
    tasks.send_due_emails()
    assert only_email().status == "sent"


def test_nothing_secret_in_the_row(bob):
    bob.initial_password = bob.give_initial_password()
    mail.enqueue("password_reset", user=bob)
    tasks.send_due_emails()
    (message,) = outgoing.outbox
    row = repr(Email.objects.values().get())
    assert message.body.split("/nouveau/")[1].split("/")[1] not in row
    assert bob.initial_password not in row


def test_written_with_what_it_tells_of(bob, django_capture_on_commit_callbacks):
    """Rolled back, there is no e-mail; and the worker is told after the commit only."""
    with django_capture_on_commit_callbacks() as dispatched:
        mail.enqueue("password_reset", user=bob)
        assert Email.objects.count() == 1
        with transaction.atomic():
            mail.enqueue("password_reset", user=bob)
            transaction.set_rollback(True)
    assert Email.objects.count() == 1
    assert len(dispatched) == 1


def test_broker_down(bob, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(tasks.send_email, "apply_async", refuse)
    mail.dispatch(mail.enqueue("password_reset", user=bob).pk)
    assert "not dispatched" in caplog.text
    tasks.send_due_emails()
    assert len(outgoing.outbox) == 1


def test_nothing_to_send_any_more(bob, zoe):
    for user in (bob, zoe, None):
        mail.enqueue("password_reset", user=user)
    bob.is_active = False
    bob.save()
    tasks.send_due_emails()
    assert set(Email.objects.values_list("status", flat=True)) == {"void"}
    assert not outgoing.outbox


def test_to_a_chosen_address_with_facts(bob, monkeypatch):
    """What another module registers: its own templates, its own facts."""
    monkeypatch.setitem(mail.KINDS, "note", None)
    mail.register(
        "note",
        label="Essai",
        subject="accounts/mail/password_reset_subject.txt",
        body="accounts/mail/password_reset.txt",
        context=lambda email: {"link": email.facts["where"]},
    )
    mail.enqueue("note", user=bob, address="Old@Example.org", where="là-bas")
    tasks.send_due_emails()
    (message,) = outgoing.outbox
    assert message.to == ["old@example.org"]
    assert "là-bas" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert only_email().facts == {}
    with pytest.raises(LookupError):
        mail.enqueue("nothing", user=bob)


def test_an_email_that_cannot_be_written_stops_no_other(bob, alice, monkeypatch, caplog):
    monkeypatch.setitem(mail.KINDS, "broken", mail.EmailKind("x", "nowhere.txt", "nowhere.txt", lambda email: {}))
    for kind, user in (("broken", bob), ("password_reset", alice)):
        mail.enqueue(kind, user=user)
    tasks.send_due_emails()
    assert [message.to for message in outgoing.outbox] == [["alice@example.org"]]
    assert "cannot be written" in caplog.text
    assert "bob@" not in caplog.text


def test_purge(bob):
    mail.enqueue("password_reset", user=bob)
    tasks.send_due_emails()
    tasks.clean_up()
    assert Email.objects.count() == 1
    Email.objects.update(finished_at=timezone.now() - timedelta(days=31))
    tasks.clean_up()
    assert Email.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one(bob, server):
    pks = [mail.enqueue("password_reset", user=bob).pk for _ in range(5)]
    barrier = Barrier(4)

    def work():
        try:
            barrier.wait(20)
            for pk in pks:
                mail.deliver(pk)
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(server.received) == len(pks)
    assert set(Email.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_a_killed_worker_loses_none(start_worker, bob, server):
    """Killed between the text and the answer: sent again, under the same Message-ID."""
    server.pause.clear()
    mail_url = f"smtp://127.0.0.1:{server.port}"
    worker = start_worker(EMAIL_URL=mail_url)
    mail.enqueue("password_reset", user=bob)
    wait_until(lambda: server.received, what="le texte du message")
    worker.kill()
    email = only_email()
    assert (email.status, email.attempts) == ("pending", 1)
    assert timedelta(0) < email.due_at - timezone.now() < LEASE
    server.pause.set()
    an_hour_passes()  # The lease has run out.
    tasks.send_due_emails()
    assert only_email().status == "sent"
    first, second = ([line for line in text.splitlines() if "Message-ID" in line] for _, text in server.received)
    assert first == second


@pytest.mark.django_db(transaction=True)
def test_from_the_page_to_the_mailbox(client, start_worker, bob, server):
    start_worker(EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
    client.post("/mot-de-passe/oublie/", {"email": "bob"})
    wait_until(lambda: server.received, what="le message")
    assert client.post("/connexion/", {"username": "bob", "password": PASSWORD}).status_code == 302
