"""Celery's side: thin shells. Whatever message comes twice, or never, the `Email` rows decide."""

from celery import shared_task

from accounts import mail
from accounts.counters import Counter
from accounts.emails import Email
from accounts.expiry import destroy_expired
from accounts.models import User
from accounts.sessions import SessionStore


@shared_task
def send_email(pk: int) -> None:
    mail.deliver(pk)


@shared_task
def send_due_emails() -> None:
    mail.send_due(seconds=mail.SWEEP_SECONDS)


@shared_task
def clean_up() -> None:
    """Delete what is too old: finished e-mails, counters, sessions."""
    Email.objects.old().delete()
    Counter.objects.clean_up()
    SessionStore.clear_expired()


@shared_task
def send_password_reset(login: str, *former: str) -> None:
    """Serve a message that an earlier version left in the broker: the `login` typed, and the host of the request."""
    user = User.objects.with_login(login).first()
    if user:
        mail.enqueue("password_reset", user=user)


@shared_task
def expire_initial_passwords() -> None:
    """Destroy the readable copies that are too old, some in each message: imports are served in between."""
    if destroy_expired():
        expire_initial_passwords.apply_async(expires=3600)
