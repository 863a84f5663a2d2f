"""All e-mails go through one queue: `enqueue` writes a row (emails.Email), a worker renders and sends it.

The row is the truth: it is written with what it tells of, in one transaction, and tried again over a day. The broker
only wakes a worker. An e-mail is sent at least once; one sent twice (its worker was killed in between) has the same
Message-ID both times. What finally failed is shown to the school's administrators and to the operator.
"""

import logging
import smtplib
import time
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.emails import Email, EmailStatus
from schools.site import absolute_url

SWEEP_SECONDS = 30
MESSAGE_SECONDS = 600  # What no worker took by then, the sweep has sent.
logger = logging.getLogger(__name__)


class NothingToSend(Exception):
    """What the e-mail was to tell is not true any more, or has nobody to go to."""


class EmailKind(NamedTuple):
    """`label`: what it is about, in French. `context`: called with the e-mail when it is sent."""

    label: str
    subject: str
    body: str
    context: callable


KINDS = {}


def register(kind, *, label, subject, body, context=lambda email: {}):
    """Add a kind of e-mail.

    `subject`, `body`: templates; they get `user`, the facts and what `context(email)` returns. `context` makes links
    with `schools.site.absolute_url` and may raise NothingToSend.
    """
    KINDS[kind] = EmailKind(label, subject, body, context)


def enqueue(kind, *, user=None, address="", **facts):
    """Have an e-mail of `kind` sent to `user` (or to `address`) once the transaction is committed.

    `facts`: a few values for its templates, never a password, a token or a link: they stay in the database.
    """
    if kind not in KINDS:
        raise LookupError(f"no e-mail of kind {kind!r}: register it")
    email = Email.objects.create(kind=kind, user=user, address=address.strip().lower(), facts=facts)
    transaction.on_commit(partial(dispatch, email.pk))
    return email


def enqueue_many(kind, users):
    """Have an e-mail of `kind` sent to each of `users`: one query; the sweep sends them, no message for each."""
    Email.objects.bulk_create((Email(kind=kind, user=user) for user in users), batch_size=2000)


def dispatch(pk):
    """Tell a worker that e-mail `pk` waits. Never raises: the row is safe, and the sweep sends it too."""
    from accounts.tasks import send_email

    try:
        send_email.apply_async([pk], expires=MESSAGE_SECONDS)
    except Exception as error:
        logger.warning("e-mail %s: not dispatched (%s), the sweep will send it", pk, type(error).__name__)


def send_due(*, seconds):
    """Send what is due, for at most some `seconds`; stop at once when the mail server does not answer."""
    deadline = time.monotonic() + seconds
    for pk in list(Email.objects.due().order_by("due_at", "pk").values_list("pk", flat=True)[:500]):
        if not deliver(pk) or time.monotonic() > deadline:
            break


def deliver(pk):
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


def refusal_code(error):
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _ in error.recipients.values())
    return error.smtp_code


def compose(email):
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
def password_reset(email):
    user = email.user
    if not (user.is_active and user.has_usable_password()):
        raise NothingToSend
    if user.has_rights and not user.email_is_trusted:
        raise NothingToSend  # Who typed this address? Its owner confirms it first (email_change).
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


def email_to_confirm(email):
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
