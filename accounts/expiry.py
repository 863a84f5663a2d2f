"""Readable copies of initial passwords that have had their time (setting, 365 days) are destroyed.

What a person typed is checked against a keyed digest as long as its copy is there, and becomes Argon2id before the
copy goes: the digest of a weak secret never outlives it. Sign-ins and resets that come in between win.
"""

import logging

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import vault
from accounts.models import InitialCredential, User
from accounts.passwords import generate_password

BATCH = 200  # Some four seconds of Argon2id.
logger = logging.getLogger(__name__)


def destroy_expired():
    """Destroy the expired copies of generated passwords, and a batch of those of typed ones; tell if some are left."""
    expired = InitialCredential.objects.expired()
    typed = expired.filter(user__password__startswith=f"{vault.TYPED}$")
    expired.exclude(user__password__startswith=f"{vault.TYPED}$").delete()
    batch = list(typed.select_related("user").order_by("created_at", "pk")[: BATCH + 1])
    for credential in batch[:BATCH]:
        destroy(credential)
    return len(batch) > BATCH


def destroy(credential):
    user = credential.user
    better = hardened(credential)
    with transaction.atomic():
        # Each only if it is still the one that was read.
        User.objects.filter(pk=user.pk, password=user.password).update(password=better)
        InitialCredential.objects.filter(pk=user.pk, sealed=credential.sealed).delete()


def hardened(credential):
    """Return what replaces the digest of a typed password: its Argon2id hash.

    Without the key of the copy nobody can sign in with it: it becomes a password that nobody knows, so that whoever
    finds the key some day finds nothing to try it on. “Mot de passe oublié” and a reset go on working.
    """
    try:
        password = credential.reveal()
    except vault.Unreadable:
        password = None
    if password is None or not vault.digest_matches(password, credential.user.password):
        logger.warning("initial password of %s cannot be opened with CREDENTIAL_KEYS: reset it", credential.user_id)
        return vault.digest(generate_password())
    return make_password(password)
