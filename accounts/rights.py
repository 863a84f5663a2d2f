"""Whoever gains rights (a membership, the operator's) gets a way in that nobody else can know.

The school of a teacher has set their password and may have typed their e-mail: with them, it would go where it has
no rights itself. An account without a school is the operator's alone, and so is its password.
"""

from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from accounts import initial_passwords, mail
from accounts.models import User
from schools.models import Membership


@receiver(post_save, sender=Membership, dispatch_uid="accounts.membership_gained")
def membership_gained(sender, instance, created, raw=False, **kwargs):
    # Not for a backup that is loaded (raw): there nobody gains what they had not.
    if created and not raw:
        gained(instance.user, school_id=instance.school_id)


# Of whatever class: a proxy (Student, Teacher) is a sender of its own.
@receiver(pre_save, dispatch_uid="accounts.operator_before")
def remember_operator(sender, instance, raw=False, **kwargs):
    if not isinstance(instance, User):
        return
    is_operator = instance.is_staff or instance.is_superuser
    instance.becomes_operator = False
    if is_operator and instance.school_id and instance.pk and not raw:
        instance.becomes_operator = User.objects.filter(pk=instance.pk, is_staff=False, is_superuser=False).exists()


@receiver(post_save, dispatch_uid="accounts.operator_gained")
def operator_gained(sender, instance, raw=False, **kwargs):
    if isinstance(instance, User) and instance.becomes_operator:
        gained(instance, school_id=None)


def gained(user, *, school_id):
    """Renew the way in of `user`, who just gained rights in a school (None: the operator's), unless it is theirs."""
    with transaction.atomic():
        # Held: a reset by the school waits, and then finds the new rights (selection.hold_within_reach).
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        if others_may_know(user, school_id):
            renew_way_in(user)


def others_may_know(user, school_id):
    """Tell whether somebody who may do less than `user` may now could have set the password of `user`."""
    if not user.school_id:
        return False
    before = user.memberships.exclude(school=school_id)
    was_operator = school_id is not None and (user.is_staff or user.is_superuser)
    if not (was_operator or before.exclude(school=user.school_id).exists()):
        return True
    if was_operator:
        return False
    # Rights elsewhere kept the school away, but for a colleague who had all of them, and has not these.
    colleagues = User.objects.filter(memberships__school=user.school_id).exclude(pk=user.pk)
    for held in before.values_list("school", flat=True):
        colleagues = colleagues.filter(memberships__school=held)
    return colleagues.exclude(pk__in=Membership.objects.filter(school=school_id).values("user")).exists()


def renew_way_in(user):
    """Replace the password; sessions end. The new way: an e-mail, or `user.drawn_password`, to be shown once."""
    (password,) = initial_passwords.give([user], readable=False)
    if user.email and user.email_is_trusted:
        user.drawn_password = ""
        mail.enqueue("way_in", user=user)
    else:
        user.drawn_password = password
        if user.email:
            mail.enqueue("email_to_confirm", user=user)
