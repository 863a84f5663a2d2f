"""Seal the initial passwords with the first key of CREDENTIAL_KEYS, so that older keys can be retired."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Q

from accounts import vault
from accounts.models import InitialCredential, User

AT_ONCE = 1000


class Command(BaseCommand):
    help = "Rescelle les mots de passe initiaux avec la première clé de CREDENTIAL_KEYS. Ne déconnecte personne."

    def handle(self, **options: Any) -> None:
        done, unreadable, last = 0, 0, 0
        while True:
            with transaction.atomic():
                # Accounts are locked first, as by a reset of passwords.
                concerned = User.objects.filter(pk__gt=last, initial_credential__isnull=False).order_by("pk")
                held = list(
                    concerned.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)[:AT_ONCE]
                )
                if not held:
                    break
                credentials = list(
                    InitialCredential.objects.filter(user_id__in=held).select_related("user").order_by("user_id")
                )
                resealed = [credential for credential in credentials if reseal(credential)]
                InitialCredential.objects.bulk_update(resealed, ["key_id", "sealed"])
                User.objects.bulk_update([credential.user for credential in resealed], ["password"])
            done += len(resealed)
            unreadable += sum(credential.key_id != vault.active_key_id() for credential in credentials)
            last = held[-1]
        self.stdout.write(f"Mots de passe initiaux passés à la clé « {vault.active_key_id()} » : {done}.")
        if unreadable:
            self.stdout.write(f"Copies illisibles, dont la clé n'est plus dans CREDENTIAL_KEYS : {unreadable}.")
        self.report_keys_still_needed()

    def report_keys_still_needed(self) -> None:
        needed = Counter()
        digests = Q(password__startswith=f"{vault.GENERATED}$") | Q(password__startswith=f"{vault.TYPED}$")
        encoded = User.objects.filter(digests).order_by().values_list("password", flat=True)
        for password in encoded.iterator():
            needed[password.split("$")[1]] += 1
        del needed[vault.active_key_id()]
        for key_id, count in sorted(needed.items()):
            self.stdout.write(
                f"Comptes qui dépendent encore de la clé « {key_id} » : {count}. Gardez-la dans CREDENTIAL_KEYS "
                "jusqu'à leur première connexion ou leur réinitialisation."
            )
        if not needed:
            self.stdout.write("Les autres clés ne servent plus : vous pouvez les retirer de CREDENTIAL_KEYS.")


def reseal(credential: InitialCredential) -> bool:
    """Move the copy and the digest of one account to the active key; return whether anything changed.

    A copy that cannot be opened, or that is not what the digest was made of, is left alone.
    """
    active, user = vault.active_key_id(), credential.user
    initial = vault.is_digest(user.password)
    if credential.key_id == active and not (initial and user.password.split("$")[1] != active):
        return False
    try:
        password = credential.reveal()
    except vault.Unreadable:
        return False
    credential.key_id, credential.sealed = vault.seal(password, bound_to=user.uid.bytes)
    if initial and vault.digest_matches(password, user.password):
        user.password = vault.digest(password, typed=vault.is_typed(user.password))
    return True
