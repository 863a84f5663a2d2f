"""Seats that were given (Assignment), rules that give them, and who waits for one or is not to be given one."""

from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import Kind, User
from licences.models.licences import Licence
from schools.disk import unless_disk_refuses
from schools.models import Group, SchoolClass


class Rule(models.Model):
    """A licence follows a class, a group, a level, or (none of them) everybody of its audience."""

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="rules")
    school_class = models.ForeignKey(
        SchoolClass, models.CASCADE, null=True, blank=True, related_name="licence_rules", verbose_name="classe"
    )
    group = models.ForeignKey(
        Group, models.CASCADE, null=True, blank=True, related_name="licence_rules", verbose_name="groupe"
    )
    level = models.CharField("niveau", max_length=30, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "affectation automatique"
        verbose_name_plural = "affectations automatiques"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(school_class=None, group=None) | Q(school_class=None, level="") | Q(group=None, level=""),
                name="rule_follows_one_thing",
            ),
            models.UniqueConstraint(
                fields=["licence", "school_class"],
                condition=Q(school_class__isnull=False),
                name="rule_class_unique",
            ),
            models.UniqueConstraint(
                fields=["licence", "group"], condition=Q(group__isnull=False), name="rule_group_unique"
            ),
            models.UniqueConstraint(fields=["licence", "level"], condition=~Q(level=""), name="rule_level_unique"),
            models.UniqueConstraint(
                fields=["licence"],
                condition=Q(school_class=None, group=None, level=""),
                name="rule_everyone_unique",
            ),
        ]

    def __str__(self) -> str:
        if self.school_class_id:
            return f"classe {self.school_class}"
        if self.group_id:
            return f"groupe {self.group}"
        if self.level:
            return f"niveau {self.level}"
        return "tous les élèves" if self.licence.audience == Kind.STUDENT else "tous les enseignants"

    def members(self) -> QuerySet[User]:
        """The active people whom it is to serve, as a queryset."""
        people = self.licence.readers()
        if self.school_class_id:
            return people.filter(school_class=self.school_class_id)
        if self.group_id:
            return people.filter(groups=self.group_id)
        if self.level:
            # Compared here as in `matches`: SQLite's iexact knows only ASCII letters.
            levels = SchoolClass.objects.filter(school=self.licence.school_id).order_by().values_list("pk", "level")
            return people.filter(
                school_class__in=[pk for pk, level in levels if level.casefold() == self.level.casefold()]
            )
        return people

    def matches(self, school_class_id: int | str | None, level: str, group_ids: Collection[int | None]) -> bool:
        """Tell whether someone of its audience, in that class, level and groups, is to have a seat."""
        if self.school_class_id:
            return self.school_class_id == school_class_id
        if self.group_id:
            return self.group_id in group_ids
        if self.level:
            return self.level.casefold() == level.casefold()
        return True


class AssignmentQuerySet(models.QuerySet):
    def of_reader(self, user: User) -> Self:
        """The books of `user`, with what their page shows."""
        return self.filter(user=user, user__is_active=True).select_related("licence__textbook")


class Assignment(models.Model):
    """One seat given to one person: by `rule`, or by hand (None). Who holds one is checked by the database."""

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="assignments", verbose_name="licence")
    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name="personne")
    rule = models.ForeignKey(Rule, models.SET_NULL, null=True, blank=True, related_name="assignments")
    given_at = models.DateTimeField("affectée le", default=timezone.now)
    opened_count = models.PositiveIntegerField("ouvertures", default=0)
    last_opened_at = models.DateTimeField("dernière ouverture", null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "affectation"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["licence", "user"], name="assignment_unique")]

    def __str__(self) -> str:
        return f"{self.licence_id} → {self.user_id}"

    def record_opening(self) -> None:
        """Count one opening of the textbook, also when it is opened twice at the same moment."""
        with unless_disk_refuses("opening of a textbook"):
            Assignment.objects.filter(pk=self.pk).update(
                opened_count=F("opened_count") + 1, last_opened_at=timezone.now()
            )


class Waiting(models.Model):
    """A place in the queue of a licence: a rule says that the person is to have a seat, and none was left."""

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="queue")
    user = models.ForeignKey(User, models.CASCADE, related_name="awaited_licences")
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="queue")
    created_at = models.DateTimeField("en attente depuis", default=timezone.now)

    class Meta:
        verbose_name = "personne en attente"
        verbose_name_plural = "personnes en attente"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["licence", "user"], name="waiting_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} waits for {self.licence_id}"


class Withheld(models.Model):
    """A seat taken back by hand from someone whom a rule serves: the rule does not give it again.

    It ends when the person leaves what the rule follows, or gets a seat by hand.
    """

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="withheld")
    user = models.ForeignKey(User, models.CASCADE, related_name="withheld_licences")

    class Meta:
        verbose_name = "retrait manuel"
        verbose_name_plural = "retraits manuels"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["licence", "user"], name="withheld_unique")]

    def __str__(self) -> str:
        return f"{self.licence_id} withheld from {self.user_id}"
