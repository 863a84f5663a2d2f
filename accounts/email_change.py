"""Whose e-mail is it? Changing one's own, and proving that it is one's own before it may reset rights.

The proof takes both: the e-mail that came to the address, and being signed in as its owner. Either alone is not
enough: somebody else may have typed the address of their own mailbox.
"""

from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import mail
from accounts.models import User
from schools.journal import journal

SALT = "accounts.email_change"
VALID = timedelta(hours=24)
EMAILS_PER_HOUR = 5


class EmailTaken(Exception):
    """Another account bears this e-mail."""


def token_for(user, address):
    """Return what the e-mail to `address` holds; worthless once the address of `user` changed or was confirmed."""
    return signing.dumps([user.pk, address, user.email, user.confirmed_email], salt=SALT)


def address_of(token, user):
    """Return the address that `token` proves for `user`, or None: expired, used, damaged, somebody else's."""
    try:
        pk, address, *state = signing.loads(token, salt=SALT, max_age=VALID)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    is_right = pk == user.pk and state == [user.email, user.confirmed_email]
    return address if is_right else None


def may_write(user):
    """Tell whether one more e-mail may go out for this account; each costs somebody's mailbox a message."""
    since = timezone.now() - timedelta(hours=1)
    return user.emails.filter(kind="email_to_confirm", created_at__gt=since).count() < EMAILS_PER_HOUR


def ask_to_confirm(user, address):
    """Send the e-mail that proves `address`; return False when too many went out already."""
    if not may_write(user):
        return False
    with transaction.atomic():
        mail.enqueue("email_to_confirm", user=user, address=address)
        journal("own_email_asked", user=user)
    return True


def change(user, address, *, confirmed=False):
    """Give `user` the e-mail `address` and tell the former one. Raises EmailTaken."""
    former = user.email
    try:
        with transaction.atomic():
            user.email, user.updated_at = address, timezone.now()
            if confirmed:
                user.confirmed_email = address
            user.save(update_fields=["email", "confirmed_email", "updated_at"])
            tell_former_address(user, former)
            journal("own_email_confirmed" if confirmed else "own_email_changed", user=user)
    except IntegrityError:
        user.email = former
        raise EmailTaken from None


def tell_former_address(user, former):
    if former and former != user.email:
        # Bound to nobody: an address that is given up because it is dead is no fault to show to the school.
        mail.enqueue("email_changed", address=former, name=user.get_full_name(), username=user.username)


def tell_password_changed(people):
    """Tell everybody of `people` (users) who has an e-mail that their password changed; the sweep sends it."""
    mail.enqueue_many("password_changed", [user for user in people if user.email])


def is_taken(address, user):
    return User.objects.with_emails([address]).exclude(pk=user.pk).exists()
