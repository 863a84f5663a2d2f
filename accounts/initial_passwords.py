"""Initial passwords: the one place that gives them, and that writes and destroys their readable copies.

A copy is sealed with a key that the database does not hold (vault.py). It goes when its owner chooses a password, and
when its time is over (expiry.py).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone

from accounts import vault
from accounts.passwords import generate_password
from accounts.sessions import end_all
from schools.chunks import chunks

if TYPE_CHECKING:
    from accounts.models import User

ROWS_PER_QUERY = 2000


class InitialCredentialQuerySet(models.QuerySet["InitialCredential"]):
    def readable(self) -> Self:
        return self.filter(created_at__gt=timezone.now() - timedelta(days=settings.INITIAL_PASSWORD_DAYS))

    def expired(self) -> Self:
        return self.filter(created_at__lte=timezone.now() - timedelta(days=settings.INITIAL_PASSWORD_DAYS))


class InitialCredential(models.Model):
    """The readable copy of an initial password, sealed with a key that the database does not hold."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="initial_credential"
    )
    key_id = models.CharField(max_length=32)
    # Base64 text: a BinaryField halves the speed of PostgreSQL's bulk insert.
    sealed = models.CharField(max_length=400)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = InitialCredentialQuerySet.as_manager()

    def __str__(self) -> str:
        return f"initial password of {self.user_id}"

    def reveal(self) -> str:
        """Return the initial password. Raises vault.Unreadable if its key is gone or it was tampered with."""
        return vault.unseal(self.key_id, self.sealed, bound_to=self.user.uid.bytes)


def create_accounts(users: Sequence["User"], typed: Iterable[str]) -> None:
    """Insert `users`, each with an initial password: as `typed`, or drawn where that is empty."""
    copies = [issue(user, password)[1] for user, password in zip(users, typed, strict=True)]
    get_user_model().objects.bulk_create(users, batch_size=ROWS_PER_QUERY)
    for copy, user in zip(copies, users, strict=True):
        copy.user_id = user.pk
    InitialCredential.objects.bulk_create(copies, batch_size=ROWS_PER_QUERY)


def give(users: Sequence["User"], typed: Iterable[str] | None = None, *, readable: bool = True) -> list[str]:
    """Replace the passwords of `users`, who exist, and end their sessions; return the new ones.

    `readable`: False for a password that no list of a school may show.
    """
    issued = [issue(user, password) for user, password in zip(users, typed or [""] * len(users), strict=True)]
    now, accounts = timezone.now(), get_user_model().objects
    with transaction.atomic():
        accounts.update_each(["password"], [(user.password, user.pk) for user in users])
        for pks in chunks(user.pk for user in users):
            accounts.filter(pk__in=pks).update(password_is_initial=True, updated_at=now)
            forget(pks)
        if readable:
            InitialCredential.objects.bulk_create([copy for _, copy in issued], batch_size=ROWS_PER_QUERY)
    for user in users:
        user.updated_at, user.owner_chose_password = now, False
    return [password for password, _ in issued]


def issue(user: "User", typed: str = "") -> tuple[str, InitialCredential]:
    """Set the initial password of `user`, `typed` or drawn; return it and its copy. Neither is saved."""
    password = typed or generate_password()
    user.password, user.password_is_initial = vault.digest(password, typed=bool(typed)), True
    key_id, sealed = vault.seal(password, bound_to=user.uid.bytes)
    return password, InitialCredential(user=user, key_id=key_id, sealed=sealed)


def forget(pks: Sequence[int]) -> None:
    """Destroy the readable copies of the accounts `pks`, whose password has just been replaced; sessions end."""
    InitialCredential.objects.filter(user_id__in=pks).delete()
    end_all(pks)
