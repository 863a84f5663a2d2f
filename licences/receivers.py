"""What licences do when people, classes or groups change. Everything runs in the transaction of the change."""

from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from accounts.signals import FutureMember, groups_left, people_changed, people_forecast
from licences import forecast, rules
from licences.models import Rule
from schools.models import Group, School, SchoolClass
from schools.turns import turn


@receiver(people_changed, dispatch_uid="licences.people_changed")
def sync_seats(sender: Any, school: School, pks: list[int], change: str, **kwargs: Any) -> None:
    if change == "deleted":
        rules.release(school, pks)
    else:
        rules.sync(school, pks)


@receiver(people_forecast, dispatch_uid="licences.people_forecast")
def forecast_shortage(sender: Any, school: School, kind: str, members: list[FutureMember], **kwargs: Any) -> list[str]:
    return forecast.shortages(school, kind, members)


@receiver(groups_left, dispatch_uid="licences.groups_left")
def titles_lost(
    sender: Any, school: School, kind: str, members: list[tuple[FutureMember, frozenset[int]]], **kwargs: Any
) -> dict[int, list[str]]:
    return forecast.titles_lost(school, kind, members)


@receiver(post_save, sender=SchoolClass, dispatch_uid="licences.class_saved")
def sync_level(sender: Any, instance: SchoolClass, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Bring the seats of a class in line with its new level."""
    if not created and not raw and Rule.objects.filter(licence__school=instance.school_id).exclude(level="").exists():
        rules.sync(instance.school, list(instance.students.order_by().values_list("pk", flat=True)))


@receiver(pre_delete, sender=Group, dispatch_uid="licences.group_deleted")
@receiver(pre_delete, sender=SchoolClass, dispatch_uid="licences.class_deleted")
def drop_rules(sender: Any, instance: SchoolClass | Group, **kwargs: Any) -> None:
    """Remove the rules of a class or group before it is deleted: its people leave it."""
    with turn(instance.school_id):
        for rule in instance.licence_rules.select_related("licence"):
            rules.remove_rule(rule, take_back=True)
