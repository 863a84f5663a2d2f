"""People: one `User`, two faces (`Student`, `Teacher`)."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import connections, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts import initial_passwords
from accounts.counters import Counter  # noqa: F401 a model of this app
from accounts.details import DetailField
from accounts.emails import Email  # noqa: F401 another
from accounts.initial_passwords import InitialCredential  # noqa: F401 another
from accounts.names import name_key
from accounts.sessions import Session  # noqa: F401 another
from schools.disk import unless_disk_refuses
from schools.fields import KeyField, holding
from schools.models import Group, Membership, School, SchoolClass
from schools.text import tidy

username_validator = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._+-]*\Z",
    "Lettres sans accent, chiffres, points et tirets seulement, sans espace ni @.",
    code="invalid_username",
)


class Kind(models.TextChoices):
    STUDENT = "student", "élève"
    TEACHER = "teacher", "enseignant"


def has_rights_beyond(administrator: "User") -> Q:
    """Return the condition of an account that may do what `administrator` may not.

    It looks at the memberships of each account, never at those of the whole platform.
    """
    theirs = Membership.objects.filter(user=administrator, school=OuterRef("school"))
    elsewhere = Membership.objects.filter(~Exists(theirs), user=OuterRef("pk"))
    return Q(is_staff=True) | Q(is_superuser=True) | Exists(elsewhere)


class UserQuerySet(models.QuerySet):
    def of_kind(self, kind: str) -> Self:
        return self.filter(kind=kind)

    def with_login(self, login: str) -> Self:
        """Accounts whose identifiant or e-mail is `login` (at most one: identifiants hold no `@`)."""
        login = tidy(login)
        return self.with_emails([login]) if "@" in login else self.with_usernames([login])

    def with_usernames(self, usernames: Iterable[str]) -> Self:
        return self.filter(username__lower__in={username.lower() for username in usernames})

    def with_emails(self, emails: Iterable[str]) -> Self:
        """Accounts whose e-mail is one of `emails`, case aside; nobody for an empty one.

        The index of e-mails leaves the empty ones out: it serves only queries that exclude them too.
        """
        return self.exclude(email="").filter(email__lower__in={email.lower() for email in emails})

    def search(self, text: str) -> Self:
        """Every word of `text` stands in the name, the identifiant or the e-mail; case and accents aside."""
        return self.filter(holding(text, "name_key", typed=("username", "email")))

    def update_each(self, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Set `fields` of many accounts, each to its own values. `rows`: (value, …, pk).

        Four times as fast as bulk_update, which builds an expression for each value. Values: text, numbers, None.
        """
        columns = ", ".join(f"{self.model._meta.get_field(name).column} = %s" for name in fields)
        with connections[self.db].cursor() as cursor:
            cursor.executemany(f"UPDATE {self.model._meta.db_table} SET {columns} WHERE id = %s", rows)  # noqa: S608

    def never_signed_in(self) -> Self:
        return self.filter(last_login=None)

    def with_rights(self) -> Self:
        """Operators and administrators of any school."""
        return self.filter(Q(is_staff=True) | Q(is_superuser=True) | Q(memberships__isnull=False)).distinct()

    def out_of_reach_of(self, administrator: "User") -> Self:
        """Accounts that may do what `administrator` may not: operators, administrators of schools not theirs.

        Whoever could reset their password or change their e-mail would gain these rights.
        """
        return self.filter(has_rights_beyond(administrator))

    def within_reach_of(self, administrator: "User") -> Self:
        """Accounts that `administrator` may reset, deactivate or delete: not their own, nor those out of reach."""
        return self.exclude(pk=administrator.pk).filter(~has_rights_beyond(administrator))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username: str) -> "User":
        return self.with_login(username).get()

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: student or teacher of one school, administrator, operator.

    `kind` and `school` go together; both are empty for operators and for administrators who do not teach.
    """

    # The sealed copy of the initial password is bound to it. Unlike the primary key, it is known before the INSERT.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(
        School, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="établissement"
    )
    kind = models.CharField("profil", max_length=7, choices=Kind, blank=True)
    last_name = models.CharField("nom", max_length=100)
    first_name = models.CharField("prénom", max_length=100)
    name_key = KeyField(max_length=420)
    username = models.CharField(
        "identifiant",
        max_length=100,
        validators=[username_validator],
        error_messages={"unique": "Cet identifiant est déjà pris."},
    )
    email = models.EmailField("e-mail", blank=True, max_length=254)
    # The last address that its owner confirmed: `email`, or a former one.
    confirmed_email = models.EmailField(blank=True, max_length=254, default="", editable=False)
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, null=True, blank=True, related_name="students", verbose_name="classe"
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="people", verbose_name="groupes")
    # The school gave the password; its readable copy may have expired.
    password_is_initial = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField("actif", default=True)
    is_staff = models.BooleanField("opérateur", default=False)
    created_at = models.DateTimeField("date de création", default=timezone.now, editable=False)
    updated_at = models.DateTimeField("date de modification", default=timezone.now, editable=False)

    objects = UserManager()

    # True from set_password() to the next save().
    owner_chose_password = False

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["last_name", "first_name"]

    class Meta:
        verbose_name = "compte"
        ordering = ["name_key", "pk"]
        indexes = [models.Index(fields=["school", "kind", "name_key"], name="user_school_kind_name")]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_unique",
                violation_error_message="Cet identifiant est déjà pris.",
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_unique",
                violation_error_message="Cet e-mail est déjà celui d'un autre compte.",
            ),
            models.CheckConstraint(condition=~Q(username__contains="@"), name="user_username_no_at"),
            models.CheckConstraint(
                condition=Q(kind="", school=None) | Q(kind__in=Kind.values, school__isnull=False),
                name="user_kind_and_school",
            ),
            models.CheckConstraint(
                condition=Q(kind="student", school_class__isnull=False) | (~Q(kind="student") & Q(school_class=None)),
                name="user_class_for_students",
            ),
        ]

    def __str__(self):
        return f"{self.last_name} {self.first_name}".strip() or self.username

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        # As an import reads them: an exported list imports without a change. E-mails in lower case, because LOWER()
        # treats accents (in a domain) differently in each database.
        self.last_name, self.first_name, self.email = tidy(self.last_name), tidy(self.first_name), self.email.lower()
        self.name_key = name_key(self.last_name, self.first_name)
        for field in self.details_of(self.kind):
            setattr(self, field.name, tidy(getattr(self, field.name)))
        if update_fields is not None and {"last_name", "first_name"} & set(update_fields):
            update_fields = {*update_fields, "name_key"}
        if not self.owner_chose_password:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        if update_fields is not None:
            update_fields = {*update_fields, "password", "password_is_initial"}
        with transaction.atomic():
            super().save(*args, update_fields=update_fields, **kwargs)
            initial_passwords.forget([self.pk])
        self.owner_chose_password = False

    def set_password(self, raw_password: str | None) -> None:
        """As Django's, also for its forms and commands. The next save() destroys the readable copy and the sessions."""
        super().set_password(raw_password)
        self.password_is_initial, self.owner_chose_password = False, True

    @classmethod
    def all_details(cls) -> list[str]:
        """Return the names of the optional texts, whomever they are about."""
        return [field.name for field in cls._meta.concrete_fields if isinstance(field, DetailField)]

    @classmethod
    def details_of(cls, kind: str) -> list[DetailField]:
        """Return the optional texts (DetailField) that people of `kind` may have, in order."""
        return [field for field in cls._meta.concrete_fields if isinstance(field, DetailField) and kind in field.kinds]

    @property
    def details(self) -> list[tuple[str, str]]:
        """Its optional texts as [(name in French, text)]."""
        return [(field.verbose_name, getattr(self, field.name)) for field in self.details_of(self.kind)]

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @staticmethod
    def list_url(school: School, kind: str) -> str:
        return reverse(f"{kind}_list", args=[school.code])

    def get_absolute_url(self) -> str:
        return reverse(f"{self.kind}_detail", args=[self.school.code, self.pk])

    @property
    def must_change_password(self) -> bool:
        if not self.password_is_initial:
            return False
        if not self.school_id:
            return True  # Administrators and operators.
        if self.kind == Kind.TEACHER:
            return self.school.teachers_must_change_password or self.memberships.exists()
        return self.school.students_must_change_password

    @property
    def has_rights(self) -> bool:
        """True for operators and for administrators of a school."""
        return self.is_staff or self.is_superuser or self.memberships.exists()

    @property
    def email_is_trusted(self) -> bool:
        """False if the e-mail may be one that the school typed: not confirmed, of somebody who is in a school."""
        return not self.school_id or self.confirmed_email == self.email

    def refusal_to(self, administrator: "User") -> str | None:
        """Return why `administrator` may not reset, deactivate or delete this account, in French; None if they may."""
        if self.pk == administrator.pk:
            return "C'est votre propre compte : demandez à un collègue administrateur ou à l'opérateur."
        if User.objects.filter(pk=self.pk).out_of_reach_of(administrator).exists():
            return "Ce compte a aussi des droits en dehors de votre établissement : demandez à l'opérateur."
        return None

    def check_password(self, raw_password: str) -> bool:
        """As Django's, but the upgrade of a hash never overwrites a password that was set at the same moment.

        After a double click, the second request keeps the hash that the first has written: the session is bound to it.
        """
        came_second = False

        def upgrade(password):
            nonlocal came_second
            better = make_password(password)
            with unless_disk_refuses("better hash of a password"):
                if User.objects.filter(pk=self.pk, password=self.password).update(password=better):
                    self.password = better
                else:
                    came_second = True

        if not check_password(raw_password, self.password, upgrade):
            return False
        if came_second:
            self.password = User.objects.filter(pk=self.pk).values_list("password", flat=True).first() or ""
            return check_password(raw_password, self.password)
        return True

    def give_initial_password(self, password: str | None = None) -> str:
        """Set a password that the school can read until its owner chooses another; return it.

        `password`: typed by an administrator; None draws a random one.
        """
        (given,) = initial_passwords.give([self], [password or ""])
        return given

    def choose_password(self, password: str) -> None:
        """Set the owner's own password and destroy the readable copy of the initial one."""
        self.set_password(password)
        self.save(update_fields=["password"])


class FaceManager(UserManager):
    def get_queryset(self) -> UserQuerySet:
        return super().get_queryset().filter(kind=self.model.KIND)


class Student(User):
    KIND = Kind.STUDENT
    objects = FaceManager()

    class Meta:
        proxy = True
        verbose_name = "élève"


class Teacher(User):
    KIND = Kind.TEACHER
    objects = FaceManager()

    class Meta:
        proxy = True
        verbose_name = "enseignant"


class HeldStem(models.Model):
    """The stem of identifiants that a transaction is giving (usernames.hold). The row is gone when it commits."""

    root = models.CharField(max_length=100, primary_key=True)

    def __str__(self):
        return self.root
