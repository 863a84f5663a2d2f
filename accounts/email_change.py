"""Changing one's own e-mail address, and confirming it.

Whoever has rights confirms their address before it may reset their password. They open the link that came to it, signed
in to the account. Neither is enough alone: somebody else may have typed the address of their own mailbox.
"""

from collections.abc import Iterable
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


def token_for(user: User, address: str) -> str:
    """Return the token of the link to confirm `address`; another or a confirmed e-mail of `user` makes it invalid."""
    return signing.dumps([user.pk, address, user.email, user.confirmed_email], salt=SALT)


def address_of(token: str, user: User) -> str | None:
    """Return the address that `token` confirms for `user`; None if it is expired, used, damaged or somebody else's."""
    try:
        pk, address, *state = signing.loads(token, salt=SALT, max_age=VALID)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    is_right = pk == user.pk and state == [user.email, user.confirmed_email]
    return address if is_right else None


def may_write(user: User) -> bool:
    """Tell whether one more e-mail to confirm an address may be sent: `user` must not flood somebody's mailbox."""
    since = timezone.now() - timedelta(hours=1)
    return user.emails.filter(kind="email_to_confirm", created_at__gt=since).count() < EMAILS_PER_HOUR


def ask_to_confirm(user: User, address: str) -> bool:
    """Send the e-mail that confirms `address`; return False when too many were sent already."""
    if not may_write(user):
        return False
    with transaction.atomic():
        mail.enqueue("email_to_confirm", user=user, address=address)
        journal("own_email_asked", user=user)
    return True


def change(user: User, address: str, *, confirmed: bool = False) -> None:
    """Change the e-mail of `user` to `address`, and notify the former one. Raises EmailTaken."""
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


def tell_former_address(user: User, former: str) -> None:
    if former and former != user.email:
        # Without `user`: the school need not see that a former address, perhaps a dead one, cannot be reached.
        mail.enqueue("email_changed", address=former, name=user.get_full_name(), username=user.username)


def tell_password_changed(people: Iterable[User]) -> None:
    """Notify those of `people` who have an e-mail that their password changed; the sweep sends it."""
    mail.enqueue_many("password_changed", [user for user in people if user.email])


def is_taken(address: str, user: User) -> bool:
    return User.objects.with_emails([address]).exclude(pk=user.pk).exists()
