"""Whoever gains rights (a membership, the operator's) gets a new password that nobody else knows.

The school of a teacher has set their password and may have typed their e-mail: with them, its administrators would have
the new rights too. The password of an account without a school is known to the operator alone, and stays.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from accounts import initial_passwords, mail
from accounts.models import User
from schools.models import Membership


@receiver(post_save, sender=Membership, dispatch_uid="accounts.membership_gained")
def membership_gained(sender: Any, instance: Membership, created: bool, raw: bool = False, **kwargs: Any) -> None:
    # Not while a backup is loaded (raw): nobody gains anything.
    if created and not raw:
        gained(instance.user, school_id=instance.school_id)


# Without `sender`: the proxies Student and Teacher are senders of their own.
@receiver(pre_save, dispatch_uid="accounts.operator_before")
def remember_operator(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not isinstance(instance, User):
        return
    is_operator = instance.is_staff or instance.is_superuser
    instance.becomes_operator = False
    if is_operator and instance.school_id and instance.pk and not raw:
        instance.becomes_operator = User.objects.filter(pk=instance.pk, is_staff=False, is_superuser=False).exists()


@receiver(post_save, dispatch_uid="accounts.operator_gained")
def operator_gained(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if isinstance(instance, User) and instance.becomes_operator:
        gained(instance, school_id=None)


def gained(user: User, *, school_id: int | None) -> None:
    """Replace the password of `user` if others may know it. They gained rights in a school (None: the operator's)."""
    with transaction.atomic():
        # Locked: a reset by the school waits, then sees the new rights (selection.hold_within_reach).
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        if others_may_know(user, school_id):
            renew_way_in(user)


def others_may_know(user: User, school_id: int | None) -> bool:
    """Tell whether somebody who has fewer rights than `user` has now could have set their password."""
    if not user.school_id:
        return False
    before = user.memberships.exclude(school=school_id)
    was_operator = school_id is not None and (user.is_staff or user.is_superuser)
    if not (was_operator or before.exclude(school=user.school_id).exists()):
        return True
    if was_operator:
        return False
    # Rights elsewhere kept the school from setting it, except a colleague who had the same ones, and lacks the new.
    colleagues = User.objects.filter(memberships__school=user.school_id).exclude(pk=user.pk)
    for held in before.values_list("school", flat=True):
        colleagues = colleagues.filter(memberships__school=held)
    return colleagues.exclude(pk__in=Membership.objects.filter(school=school_id).values("user")).exists()


def renew_way_in(user: User) -> None:
    """Replace the password. A link is sent by e-mail, or else `user.drawn_password` is to be shown once."""
    (password,) = initial_passwords.give([user], readable=False)
    if user.email and user.email_is_trusted:
        user.drawn_password = ""
        mail.enqueue("way_in", user=user)
    else:
        user.drawn_password = password
        if user.email:
            mail.enqueue("email_to_confirm", user=user)
