"""An e-mail that waits to be sent, and what became of it. The row is the queue (mail.py writes and sends)."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

# Minutes between one try and the next: fast enough for greylisting, 25 hours in all for a server that is down.
PAUSES = (1, 2, 5, 10, 20, 40, 60, 120, 180, 240, 360, 480)
# Longer than any dialogue with a mail server. An e-mail whose worker died is due again afterwards.
LEASE = timedelta(minutes=5)
KEPT = timedelta(days=30)


class EmailStatus(models.TextChoices):
    PENDING = "pending", "En attente"
    SENT = "sent", "Envoyé"
    FAILED = "failed", "Échoué"
    VOID = "void", "Sans objet"


class EmailQuerySet(models.QuerySet):
    def due(self) -> Self:
        return self.filter(status=EmailStatus.PENDING, due_at__lte=timezone.now())

    def claim(self, pk: int) -> "Email | None":
        """Take e-mail `pk` for this worker, for the time of LEASE; return it, or None if it is not due."""
        until = timezone.now() + LEASE
        if not self.due().filter(pk=pk).update(attempts=F("attempts") + 1, due_at=until):
            return None
        return self.select_related("user").get(pk=pk)

    def undelivered(self) -> Self:
        """Those that failed for good, to an address that is still the person's (or was given for this e-mail).

        Unless a later one reached the same address.
        """
        later = Email.objects.filter(
            user=OuterRef("user"),
            recipient=OuterRef("recipient"),
            status=EmailStatus.SENT,
            finished_at__gt=OuterRef("finished_at"),
        )
        wanted = Q(recipient=F("user__email")) | ~Q(address="")
        return self.filter(wanted, ~Exists(later), status=EmailStatus.FAILED)

    def old(self) -> Self:
        return self.filter(finished_at__lt=timezone.now() - KEPT)


class Email(models.Model):
    """One e-mail. It holds no password, link or body: they are made when it is sent."""

    kind = models.CharField("message", max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="emails", verbose_name="personne"
    )
    # Empty: to the e-mail that `user` has when it is sent.
    address = models.EmailField("adresse imposée", blank=True)
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField("demandé le", default=timezone.now)

    status = models.CharField("état", max_length=7, choices=EmailStatus, default=EmailStatus.PENDING)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    # The next try. While a worker holds it: when another one may take it.
    due_at = models.DateTimeField("prochain essai", default=timezone.now)
    finished_at = models.DateTimeField("fini le", null=True)
    recipient = models.EmailField("adresse", blank=True)
    reason = models.CharField("raison", max_length=200, blank=True)

    objects = EmailQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="pending"), name="email_due"),
            models.Index(fields=["user"], condition=Q(status="failed"), name="email_failed"),
            models.Index(fields=["finished_at"], name="email_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def label(self) -> str:
        """What the message is about, in French."""
        from accounts.mail import KINDS

        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def is_last_try(self) -> bool:
        return self.attempts > len(PAUSES)

    def write(self, **values: Any) -> bool:
        """Write the outcome, unless another worker has taken the e-mail over (`attempts` has changed)."""
        mine = Email.objects.filter(pk=self.pk, status=EmailStatus.PENDING, attempts=self.attempts)
        return bool(mine.update(**values))

    def finish(self, status: EmailStatus, reason: str = "") -> None:
        facts = self.facts if status == EmailStatus.FAILED else {}  # The operator may have it sent again.
        self.write(status=status, reason=reason, recipient=self.recipient, finished_at=timezone.now(), facts=facts)

    def put_off(self, reason: str) -> None:
        """Try again after a pause, or give up after a day of them."""
        if self.is_last_try:
            self.finish(EmailStatus.FAILED, reason)
        else:
            pause = timedelta(minutes=PAUSES[self.attempts - 1])
            self.write(due_at=timezone.now() + pause, reason=reason, recipient=self.recipient)
