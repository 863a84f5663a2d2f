"""Licences: seats that a school bought of a textbook."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.models import Kind, User
from licences.isbn import with_whole_isbn
from licences.models.textbooks import Textbook
from schools.fields import KeyedModel, KeyedQuerySet, SearchKeyField, SortKeyField, holding
from schools.models import School

MAX_SEATS = 1_000_000  # The only number that people type; far beyond any school, and any sum of it fits everywhere.


class State(models.TextChoices):
    OPEN = "open", "en cours"
    UPCOMING = "upcoming", "à venir"
    EXPIRED = "expired", "expirée"


class LicenceQuerySet(KeyedQuerySet):
    def search(self, text: str) -> Self:
        """Every word of `text` stands in the textbook's key or in the order reference."""
        return self.filter(holding(with_whole_isbn(text), "textbook__search_key", "search_key"))

    def in_state(self, state: str, day: date | None = None) -> Self:
        day = day or timezone.localdate()
        return self.filter(
            {
                State.OPEN: Q(valid_from__lte=day, valid_until__gte=day),
                State.UPCOMING: Q(valid_from__gt=day),
                State.EXPIRED: Q(valid_until__lt=day),
            }[State(state)]
        )

    def not_expired(self) -> Self:
        return self.filter(valid_until__gte=timezone.localdate())

    def with_free_seats(self) -> Self:
        return self.filter(assigned__lt=F("seats"))

    def families_of(self, pks: Iterable[int]) -> Self:
        """The licences `pks`, and all others by which their schools have the same textbooks."""
        theirs = Licence.objects.filter(pk__in=pks).order_by()
        return self.filter(school__in=theirs.values("school"), textbook__in=theirs.values("textbook"))

    def with_waiting(self) -> Self:
        """Annotate `waiting`: how many people a rule could not serve."""
        queue = Licence.objects.filter(pk=OuterRef("pk")).order_by().annotate(people=Count("queue"))
        return self.annotate(waiting=Subquery(queue.values("people")))

    def lock(self) -> list["Licence"]:
        """Lock the licences until the transaction ends, always in the same order; return them with their textbooks.

        Code that gives or takes seats locks the licence first, then reads people and assignments. So two
        transactions never give the last seat twice.
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

    def __str__(self) -> str:
        return f"{self.textbook} ({self.get_audience_display()})"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is None and not self._state.adding:
            # Only the triggers write the counter; the value here may be out of date.
            fields = self._meta.concrete_fields
            update_fields = [field.name for field in fields if field.name not in ("id", "assigned")]
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("licence_detail", args=[self.school.code, self.pk])

    def clean(self) -> None:
        if self.seats is not None and self.assigned > self.seats:
            raise ValidationError({"seats": self.too_few_seats(self.seats)})

    def too_few_seats(self, seats: int) -> str:
        """Say why the licence cannot shrink to `seats`."""
        short = self.assigned - seats
        return (
            f"{self.assigned} licences sont affectées : il en manquerait {short}. "
            f"L'établissement doit d'abord en retirer {short}."
        )

    def readers(self) -> QuerySet[User]:
        """The people who can have a seat: active, of its school and audience; as a queryset."""
        return User.objects.filter(school=self.school_id, kind=self.audience, is_active=True)

    @property
    def available(self) -> int:
        return self.seats - self.assigned

    @property
    def state(self) -> State:
        today = timezone.localdate()
        if today > self.valid_until:
            return State.EXPIRED
        return State.UPCOMING if today < self.valid_from else State.OPEN

    def relieves(self, short: "Licence") -> bool:
        """True if its seats can serve those who wait for `short`: the same book for the same people and time."""
        return (
            self.pk != short.pk
            and self.textbook_id == short.textbook_id
            and (self.school_id, self.audience) == (short.school_id, short.audience)
            and self.state != State.EXPIRED
            and self.valid_from <= short.valid_until <= self.valid_until
        )

    @property
    def opens(self) -> bool:
        """True if its textbook can be opened today by those who hold a seat."""
        return self.state == State.OPEN and bool(self.textbook.url)
