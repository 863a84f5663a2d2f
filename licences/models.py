"""Textbooks, licences (bought seats), assignments (given seats), rules that give them, and who waits for one."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.models import Kind, User
from schools.disk import unless_disk_refuses
from schools.fields import KeyedModel, KeyedQuerySet, SearchKeyField, SortKeyField, holding
from schools.models import Group, School, SchoolClass

ISBN_SEPARATOR = r"[\s\u00a0\u202f‐‑–-]"
# Its beginning, or nine digits at least.
ISBN_AS_TYPED = re.compile(
    rf"\b(?:97[89](?:{ISBN_SEPARATOR}?[0-9]){{0,10}}|[0-9](?:{ISBN_SEPARATOR}?[0-9]){{8,12}}(?:{ISBN_SEPARATOR}?[Xx])?)\b"
)


def clean_ean(text):
    """Return `text` without the spaces and hyphens that people put in an ISBN."""
    return re.sub(ISBN_SEPARATOR, "", text)


def validate_ean(value):
    """An EAN-13 (an ISBN-13 is one): 13 digits, the last of which checks the others."""
    if not re.fullmatch(r"[0-9]{13}", value):
        raise ValidationError("Un ISBN (EAN) compte 13 chiffres.", code="invalid_isbn")
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(value))
    if weighted % 10:
        raise ValidationError(
            "Cet ISBN (EAN) comporte une faute de frappe : son dernier chiffre ne correspond pas aux autres.",
            code="invalid_isbn",
        )


def with_whole_isbn(text):
    """Return `text` with each ISBN in one piece, as in the catalogue; of an ISBN-10 what stands in the EAN too."""

    def whole(typed):
        isbn = clean_ean(typed[0])
        return isbn[:9] if len(isbn) == 10 else isbn

    return ISBN_AS_TYPED.sub(whole, text)


class TextbookQuerySet(KeyedQuerySet):
    def search(self, text):
        """Every word of `text` stands in its title, publisher, subject, level or ISBN, however that is written."""
        return super().search(with_whole_isbn(text))


class Textbook(KeyedModel):
    """A digital textbook of the catalogue. Without an address yet, it cannot be opened."""

    isbn = models.CharField(
        "ISBN (EAN)",
        max_length=13,
        unique=True,
        validators=[validate_ean],
        error_messages={"unique": "Ce manuel est déjà au catalogue."},
    )
    title = models.CharField("titre", max_length=200)
    publisher = models.CharField("éditeur", max_length=100, blank=True)
    subject = models.CharField("matière", max_length=100, blank=True)
    level = models.CharField("niveau", max_length=30, blank=True)
    url = models.URLField(
        "adresse du manuel",
        max_length=500,
        blank=True,
        validators=[
            URLValidator(["https"], code="not_https", message="L'adresse du manuel doit commencer par https://.")
        ],
    )
    title_sort = SortKeyField("title")
    publisher_sort = SortKeyField("publisher")
    subject_sort = SortKeyField("subject")
    level_sort = SortKeyField("level", max_length=60)
    search_key = SearchKeyField("title", "publisher", "subject", "level", "isbn")

    objects = TextbookQuerySet.as_manager()

    class Meta:
        verbose_name = "manuel numérique"
        verbose_name_plural = "manuels numériques"
        ordering = ["title_sort", "pk"]
        indexes = [models.Index(fields=["title_sort"], name="textbook_title_sort")]
        constraints = [
            models.CheckConstraint(condition=Q(url="") | Q(url__startswith="https://"), name="textbook_url_https")
        ]

    def __str__(self):
        return self.title

    @property
    def colour(self):
        """Which of the generated covers it bears, 0 to 7: always the same one."""
        return int(self.isbn[-4:-1] or 0) % 8


MAX_SEATS = 1_000_000  # The only number that people type; far beyond any school, and any sum of it fits everywhere.


class State(models.TextChoices):
    OPEN = "open", "en cours"
    UPCOMING = "upcoming", "à venir"
    EXPIRED = "expired", "expirée"


class LicenceQuerySet(KeyedQuerySet):
    def search(self, text):
        """Every word of `text` stands in the textbook's key or in the order reference."""
        return self.filter(holding(with_whole_isbn(text), "textbook__search_key", "search_key"))

    def in_state(self, state, day=None):
        day = day or timezone.localdate()
        return self.filter(
            {
                State.OPEN: Q(valid_from__lte=day, valid_until__gte=day),
                State.UPCOMING: Q(valid_from__gt=day),
                State.EXPIRED: Q(valid_until__lt=day),
            }[State(state)]
        )

    def not_expired(self):
        return self.filter(valid_until__gte=timezone.localdate())

    def with_free_seats(self):
        return self.filter(assigned__lt=F("seats"))

    def families_of(self, pks):
        """The licences `pks`, and all others by which their schools have the same textbooks."""
        theirs = Licence.objects.filter(pk__in=pks).order_by()
        return self.filter(school__in=theirs.values("school"), textbook__in=theirs.values("textbook"))

    def with_waiting(self):
        """Annotate `waiting`: how many people a rule could not serve."""
        waiting = Waiting.objects.filter(licence=models.OuterRef("pk")).order_by().values("licence")
        return self.annotate(
            waiting=models.functions.Coalesce(models.Subquery(waiting.annotate(n=models.Count("pk")).values("n")), 0)
        )

    def lock(self):
        """Hold the licences until the transaction ends, always in the same order; return them, textbook included.

        Whoever gives or takes seats holds the licence first and reads people and assignments after: that is all
        that keeps two transactions from giving the last seat twice.
        """
        return list(
            self.select_related("textbook", "school").select_for_update(of=("self",), no_key=True).order_by("pk")
        )


class Licence(KeyedModel):
    """One line of an order: seats of a textbook for one audience of a school.

    `assigned` is kept by the database itself (triggers.py), and cannot leave 0…`seats`.
    """

    school = models.ForeignKey(School, models.PROTECT, related_name="licences", verbose_name="établissement")
    textbook = models.ForeignKey(Textbook, models.PROTECT, related_name="licences", verbose_name="manuel")
    audience = models.CharField("public", max_length=7, choices=Kind)
    seats = models.PositiveIntegerField("achetées", validators=[MinValueValidator(1), MaxValueValidator(MAX_SEATS)])
    assigned = models.PositiveIntegerField("affectées", default=0, editable=False)
    valid_from = models.DateField("début de validité")
    valid_until = models.DateField("fin de validité", help_text="Dernier jour compris.")
    order_reference = models.CharField("référence de commande", max_length=60)
    order_sort = SortKeyField("order_reference", max_length=120)
    search_key = SearchKeyField("order_reference")

    objects = LicenceQuerySet.as_manager()

    class Meta:
        ordering = ["textbook__title_sort", "audience", "valid_until", "pk"]
        constraints = [
            models.UniqueConstraint(
                "school",
                Lower("order_reference"),
                "textbook",
                "audience",
                name="licence_order_line_unique",
                violation_error_message="Cette commande comporte déjà ce manuel pour ce public.",
            ),
            models.CheckConstraint(
                condition=Q(assigned__gte=0, assigned__lte=F("seats")),
                name="licence_assigned_within_seats",
                violation_error_message="Il y aurait moins de licences achetées que de licences affectées.",
            ),
            models.CheckConstraint(
                condition=Q(seats__lte=MAX_SEATS),
                name="licence_seats_bounded",
                violation_error_message=f"Une licence compte au plus {MAX_SEATS} places.",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="licence_dates_in_order",
                violation_error_message="La fin de validité précède le début.",
            ),
            models.CheckConstraint(condition=Q(audience__in=Kind.values), name="licence_audience"),
        ]

    def __str__(self):
        return f"{self.textbook} ({self.get_audience_display()})"

    def save(self, *args, update_fields=None, **kwargs):
        if update_fields is None and not self._state.adding:
            # The counter is the triggers' own: ours may be late by now.
            fields = self._meta.concrete_fields
            update_fields = [field.name for field in fields if field.name not in ("id", "assigned")]
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self):
        return reverse("licence_detail", args=[self.school.code, self.pk])

    def clean(self):
        if self.seats is not None and self.assigned > self.seats:
            raise ValidationError({"seats": self.too_few_seats(self.seats)})

    def too_few_seats(self, seats):
        """Say why the licence cannot shrink to `seats`."""
        short = self.assigned - seats
        return (
            f"{self.assigned} licences sont affectées : il en manquerait {short}. "
            f"L'établissement doit d'abord en retirer {short}."
        )

    def readers(self):
        """The people who can have a seat: active, of its school and audience; as a queryset."""
        return User.objects.filter(school=self.school_id, kind=self.audience, is_active=True)

    @property
    def available(self):
        return self.seats - self.assigned

    @property
    def used_percent(self):
        return round(100 * self.assigned / self.seats) if self.seats else 100

    @property
    def state(self):
        today = timezone.localdate()
        if today > self.valid_until:
            return State.EXPIRED
        return State.UPCOMING if today < self.valid_from else State.OPEN

    def relieves(self, short):
        """True if its seats can serve those who wait for `short`: the same book for the same people and time."""
        return (
            self.pk != short.pk
            and self.textbook_id == short.textbook_id
            and (self.school_id, self.audience) == (short.school_id, short.audience)
            and self.state != State.EXPIRED
            and self.valid_from <= short.valid_until <= self.valid_until
        )

    @property
    def opens(self):
        """True if its textbook can be opened today by those who hold a seat."""
        return self.state == State.OPEN and bool(self.textbook.url)


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

    def __str__(self):
        if self.school_class_id:
            return f"classe {self.school_class}"
        if self.group_id:
            return f"groupe {self.group}"
        if self.level:
            return f"niveau {self.level}"
        return "tous les élèves" if self.licence.audience == Kind.STUDENT else "tous les enseignants"

    def members(self):
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

    def matches(self, school_class_id, level, group_ids):
        """Tell whether someone of its audience, in that class, level and groups, is to have a seat."""
        if self.school_class_id:
            return self.school_class_id == school_class_id
        if self.group_id:
            return self.group_id in group_ids
        if self.level:
            return self.level.casefold() == level.casefold()
        return True


class AssignmentQuerySet(models.QuerySet):
    def of_reader(self, user):
        """The books of `user`, with what their page shows."""
        return self.filter(user=user, user__is_active=True).select_related("licence__textbook")

    def opened(self):
        return self.filter(opened_count__gt=0)


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

    def __str__(self):
        return f"{self.licence_id} → {self.user_id}"

    def record_opening(self):
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

    def __str__(self):
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

    def __str__(self):
        return f"{self.licence_id} withheld from {self.user_id}"
