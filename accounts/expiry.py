"""Destroys the readable copies of initial passwords that are too old (setting, 365 days).

A password that a person typed is hashed with Argon2id before its copy is destroyed: it may be weak, so its keyed digest
must not outlive the copy. A sign-in or a reset at the same moment wins.
"""

import logging

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import vault
from accounts.models import InitialCredential, User
from accounts.passwords import generate_password

AT_ONCE = 200  # Some four seconds of Argon2id.
logger = logging.getLogger(__name__)


def destroy_expired() -> bool:
    """Destroy the expired copies of generated passwords, and some of those of typed ones; tell whether any are left."""
    expired = InitialCredential.objects.expired()
    typed = expired.filter(user__password__startswith=f"{vault.TYPED}$")
    expired.exclude(user__password__startswith=f"{vault.TYPED}$").delete()
    batch = list(typed.select_related("user").order_by("created_at", "pk")[: AT_ONCE + 1])
    for credential in batch[:AT_ONCE]:
        destroy(credential)
    return len(batch) > AT_ONCE


def destroy(credential: InitialCredential) -> None:
    user = credential.user
    better = hardened(credential)
    with transaction.atomic():
        # Each only if nobody has replaced it since.
        User.objects.filter(pk=user.pk, password=user.password).update(password=better)
        InitialCredential.objects.filter(pk=user.pk, sealed=credential.sealed).delete()


def hardened(credential: InitialCredential) -> str:
    """Return what replaces the digest of a typed password: its Argon2id hash.

    Where the key of the copy is lost, nobody can sign in with it: it becomes a password that nobody knows, because
    whoever finds that key could guess it from the digest. “Mot de passe oublié” and a reset still work.
    """
    try:
        password = credential.reveal()
    except vault.Unreadable:
        password = None
    if password is None or not vault.digest_matches(password, credential.user.password):
        logger.warning("initial password of %s cannot be opened with CREDENTIAL_KEYS: reset it", credential.user_id)
        return vault.digest(generate_password())
    return make_password(password)
