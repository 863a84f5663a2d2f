"""All e-mails go through one queue: `enqueue` writes a row (emails.Email), a worker renders and sends it.

The row is written in the transaction of what it is about, and tried again for a day. The broker only wakes a worker.
An e-mail is sent at least once; one that is sent twice, because its worker was killed, has the same Message-ID. The
school's administrators and the operator see what failed for good.
"""

import logging
import smtplib
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.emails import Email, EmailStatus
from accounts.models import User
from schools.site import absolute_url

SWEEP_SECONDS = 30
MESSAGE_SECONDS = 600  # By then the sweep has sent the e-mail.
logger = logging.getLogger(__name__)


class NothingToSend(Exception):
    """The e-mail is not true any more, or nobody is there to receive it."""


class EmailKind(NamedTuple):
    """`label`: the subject in French, for lists. `context`: called with the e-mail when it is sent."""

    label: str
    subject: str
    body: str
    context: Callable[[Email], dict[str, Any]]


KINDS: dict[str, EmailKind] = {}


def register(
    kind: str,
    *,
    label: str,
    subject: str,
    body: str,
    context: Callable[[Email], dict[str, Any]] = lambda email: {},
) -> None:
    """Add a kind of e-mail.

    `subject`, `body`: templates; they get `user`, the facts and what `context(email)` returns. `context` makes links
    with `schools.site.absolute_url` and may raise NothingToSend.
    """
    KINDS[kind] = EmailKind(label, subject, body, context)


def enqueue(kind: str, *, user: User | None = None, address: str = "", **facts: Any) -> Email:
    """Send an e-mail of `kind` to `user`, or to `address`, once the transaction is committed.

    `facts`: values for its templates. They are stored: never a password, a token or a link.
    """
    if kind not in KINDS:
        raise LookupError(f"no e-mail of kind {kind!r}: register it")
    email = Email.objects.create(kind=kind, user=user, address=address.strip().lower(), facts=facts)
    transaction.on_commit(partial(dispatch, email.pk))
    return email


def enqueue_many(kind: str, users: Iterable[User]) -> None:
    """Send an e-mail of `kind` to each of `users`: one query writes them, the sweep sends them."""
    Email.objects.bulk_create((Email(kind=kind, user=user) for user in users), batch_size=2000)


def dispatch(pk: int) -> None:
    """Wake a worker for e-mail `pk`. Never raises: the sweep sends it too."""
    from accounts.tasks import send_email

    try:
        send_email.apply_async([pk], expires=MESSAGE_SECONDS)
    except Exception as error:
        logger.warning("e-mail %s: not dispatched (%s), the sweep will send it", pk, type(error).__name__)


def send_due(*, seconds: float) -> None:
    """Send what is due, for about `seconds`; stop at once when the mail server does not answer."""
    deadline = time.monotonic() + seconds
    for pk in list(Email.objects.due().order_by("due_at", "pk").values_list("pk", flat=True)[:500]):
        if not deliver(pk) or time.monotonic() > deadline:
            break


def deliver(pk: int) -> bool:
    """Send e-mail `pk` if it is due and nobody else holds it. Return False if the mail server does not answer."""
    email = Email.objects.claim(pk)
    if email is None:
        return True
    answered = True
    try:
        message = compose(email)
        email.recipient = message.to[0]
        message.send()
    except NothingToSend:
        email.finish(EmailStatus.VOID)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        code = refusal_code(error)
        reason = f"Le serveur de messagerie a refusé le message (code {code})."
        email.finish(EmailStatus.FAILED, reason) if 500 <= code < 600 else email.put_off(reason)
    except OSError as error:  # SMTPException is one; so are time-outs and a full disk.
        answered = False
        logger.warning("e-mail %s: the mail server does not answer (%s)", pk, type(error).__name__)
        email.put_off("Le serveur de messagerie ne répond pas.")
    except Exception:
        logger.exception("e-mail %s: cannot be written", pk)
        email.put_off("Une erreur inattendue empêche d'écrire le message.")
    else:
        email.finish(EmailStatus.SENT)
    return answered


def refusal_code(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _ in error.recipients.values())
    return error.smtp_code


def compose(email: Email) -> EmailMessage:
    """Return the message. Raises NothingToSend."""
    kind = KINDS[email.kind]
    recipient = email.address or (email.user.email if email.user else "")
    if not recipient:
        raise NothingToSend
    context = {"user": email.user, **email.facts, **kind.context(email)}
    subject = " ".join(render_to_string(kind.subject, context).split())
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    headers = {
        "Message-ID": f"<edulib.{email.pk}.{email.created_at:%Y%m%d%H%M%S%f}@{domain}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(subject, render_to_string(kind.body, context), to=[recipient], headers=headers)


# --- The kinds of this app ----------------------------------------------------------------------------------
def password_reset(email: Email) -> dict[str, Any]:
    user = email.user
    if not (user.is_active and user.has_usable_password()):
        raise NothingToSend
    if user.has_rights and not user.email_is_trusted:
        raise NothingToSend  # The school may have typed this address: its owner confirms it first (email_change).
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return {"link": absolute_url(reverse("password_reset_confirm", args=[uid, token]))}


register(
    "password_reset",
    label="Mot de passe oublié",
    subject="accounts/mail/password_reset_subject.txt",
    body="accounts/mail/password_reset.txt",
    context=password_reset,
)


def email_to_confirm(email: Email) -> dict[str, Any]:
    from accounts.email_change import token_for

    address = email.address or email.user.email
    if not email.user.is_active:
        raise NothingToSend
    return {
        "address": address,
        "link": absolute_url(reverse("email_confirm", args=[token_for(email.user, address)])),
    }


for kind, label, context in (
    ("way_in", "Nouveaux droits", password_reset),
    ("email_to_confirm", "Adresse à confirmer", email_to_confirm),
    ("email_changed", "E-mail modifié", lambda email: {}),
    ("password_changed", "Mot de passe modifié", lambda email: {}),
):
    register(
        kind,
        label=label,
        subject=f"accounts/mail/{kind}_subject.txt",
        body=f"accounts/mail/{kind}.txt",
        context=context,
    )
