"""Schools (the tenants), their administrators, classes and groups."""

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from schools.fields import KeyedModel, KeyedQuerySet, SearchKeyField, SortKeyField
from schools.folding import sort_key
from schools.text import tidy


def code_key(code: str) -> str:
    """Return the form in which two codes are compared: tidy, without case."""
    return tidy(code).casefold()


class School(KeyedModel):
    """A tenant. `code` is its UAI, or any slug for a school that has none."""

    code = models.CharField(
        "code (UAI)",
        max_length=32,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z", "Lettres sans accent, chiffres, tirets seulement.")],
        help_text="Il figure dans l'adresse des pages : ne le changez plus ensuite.",
    )
    name = models.CharField("nom", max_length=150)
    city = models.CharField("ville", max_length=100, blank=True)
    teachers_must_change_password = models.BooleanField(
        "les enseignants changent leur mot de passe à la première connexion", default=True
    )
    students_must_change_password = models.BooleanField(
        "les élèves changent leur mot de passe à la première connexion", default=False
    )
    name_sort = SortKeyField("name")
    city_sort = SortKeyField("city")
    search_key = SearchKeyField("code", "name", "city")

    class Meta:
        verbose_name = "établissement"
        ordering = ["name_sort", "pk"]
        indexes = [models.Index(fields=["name_sort"], name="school_name_sort")]
        constraints = [
            models.UniqueConstraint(
                Lower("code"),
                name="school_code_unique",
                violation_error_message="Ce code est déjà celui d'un établissement.",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def students_url(self) -> str:
        return get_user_model().list_url(self, "student")

    @property
    def teachers_url(self) -> str:
        return get_user_model().list_url(self, "teacher")

    def levels(self) -> list[str]:
        """Return the levels of its classes, each once, in their order."""
        levels = self.schoolclass_set.exclude(level="").order_by().values_list("level", flat=True).distinct()
        return sorted(levels, key=lambda level: (sort_key(level), level))

    def head_count(self) -> dict[str, int]:
        """Return the active people as `{students, teachers, students_new, teachers_new}` (new: never signed in)."""

        def count(kind, **criteria):
            return models.Count("pk", filter=models.Q(kind=kind, **criteria))

        return self.people.filter(is_active=True).aggregate(
            students=count("student"),
            teachers=count("teacher"),
            students_new=count("student", last_login=None),
            teachers_new=count("teacher", last_login=None),
        )


class Membership(models.Model):
    """Makes a user an administrator of a school."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name="personne"
    )
    school = models.ForeignKey(School, models.CASCADE, related_name="memberships", verbose_name="établissement")

    class Meta:
        verbose_name = "administrateur d'établissement"
        verbose_name_plural = "administrateurs d'établissement"
        ordering = ["school", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "school"],
                name="membership_unique",
                violation_error_message="Cette personne administre déjà cet établissement.",
            )
        ]

    def __str__(self):
        return f"{self.user} → {self.school}"


class SchoolClassQuerySet(KeyedQuerySet):
    def with_counts(self) -> Self:
        return self.annotate(student_count=models.Count("students"))


class GroupQuerySet(KeyedQuerySet):
    def with_counts(self) -> Self:
        return self.annotate(
            student_count=models.Count("people", filter=models.Q(people__kind="student")),
            teacher_count=models.Count("people", filter=models.Q(people__kind="teacher")),
        )


class CodedModel(KeyedModel):
    """Something of a school that people name by a short code of their own."""

    school = models.ForeignKey(School, models.CASCADE, related_name="%(class)s_set")
    code = models.CharField("code", max_length=30)
    # Stored, because SQLite's LOWER() knows only ASCII letters.
    code_key = models.CharField(max_length=60, editable=False)
    name = models.CharField("nom", max_length=100, blank=True)
    code_sort = SortKeyField("code", max_length=60)
    name_sort = SortKeyField("name")

    class Meta:
        abstract = True

    def __str__(self):
        return self.code

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.code = tidy(self.code)
        self.code_key = code_key(self.code)
        if update_fields is not None and "code" in update_fields:
            update_fields = {*update_fields, "code_key"}
        super().save(*args, update_fields=update_fields, **kwargs)


class SchoolClass(CodedModel):
    level = models.CharField("niveau", max_length=30, blank=True)
    level_sort = SortKeyField("level", max_length=60)
    search_key = SearchKeyField("code", "name", "level")

    objects = SchoolClassQuerySet.as_manager()

    class Meta:
        verbose_name = "classe"
        ordering = ["code_sort", "pk"]
        indexes = [models.Index(fields=["school", "code_sort"], name="class_code_sort")]
        constraints = [
            models.UniqueConstraint(fields=["school", "code_key"], name="class_code_unique"),
            models.CheckConstraint(condition=~models.Q(code_key=""), name="class_code_not_empty"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("class_detail", args=[self.school.code, self.pk])


class Group(CodedModel):
    search_key = SearchKeyField("code", "name")

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = "groupe"
        ordering = ["code_sort", "pk"]
        indexes = [models.Index(fields=["school", "code_sort"], name="group_code_sort")]
        constraints = [
            models.UniqueConstraint(fields=["school", "code_key"], name="group_code_unique"),
            models.CheckConstraint(condition=~models.Q(code_key=""), name="group_code_not_empty"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("group_detail", args=[self.school.code, self.pk])
