"""An uploaded workbook and what became of it. The `Import` row is the queue; the broker only wakes a worker."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from accounts.models import Kind
from imports.imported_accounts import ImportedAccount  # noqa: F401 a model of this app
from imports.masking import FORGOTTEN, IMPERSONAL, without_passwords
from imports.tables.problems import Problem, SheetRow
from schools.french import plural
from schools.models import School


class Status(models.TextChoices):
    PENDING = "pending", "En attente"
    RUNNING = "running", "En cours"
    DONE = "done", "Terminé"
    FAILED = "failed", "Échoué"


class Mode(models.TextChoices):
    IMPORT = "import", "Importation"
    CHECK = "check", "Vérification"


class LeaseLost(Exception):
    """Another worker has taken this import over: stop, and write nothing."""


SMALL_BYTES = 256 * 1024
QUEUE_LOCK = 0x65647175


def lock_queue(school_pk: int = 0) -> None:
    """Hold, until the transaction ends, what the school waits for; without a school: the giving of turns.

    SQLite has one writer at a time anyhow.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [QUEUE_LOCK, school_pk % 2**31])


def new_lease() -> dict[str, Any]:
    """Return the values of an import that this process takes now."""
    now = timezone.now()
    return {
        "status": Status.RUNNING,
        "token": uuid.uuid4(),
        "lease_until": now + settings.IMPORT_LEASE,
        "progress": 0,
        "started_at": now,
    }


class ImportQuerySet(models.QuerySet):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Status.PENDING, Status.RUNNING])

    def claimable(self) -> Self:
        """Waiting, or left by a worker whose lease has run out."""
        return self.filter(
            Q(status=Status.PENDING) | Q(status=Status.RUNNING, lease_until__lt=timezone.now()),
            attempts__lt=settings.IMPORT_MAX_ATTEMPTS,
        )

    def exhausted(self) -> Self:
        return self.filter(
            Q(status=Status.PENDING) | Q(status=Status.RUNNING, lease_until__lt=timezone.now()),
            attempts__gte=settings.IMPORT_MAX_ATTEMPTS,
        )

    def held_by(self, import_job: "Import") -> Self:
        """The import itself, as long as the worker that claimed `import_job` is the one that runs it."""
        return self.filter(pk=import_job.pk, token=import_job.token, status=Status.RUNNING)

    def claim(self, pk: uuid.UUID | str) -> "Import | None":
        """Take import `pk` for this worker; return it with its new token, or None if it is not to be had."""
        claimed = self.claimable().filter(pk=pk).update(**new_lease(), attempts=F("attempts") + 1)
        return self.select_related("school").get(pk=pk) if claimed else None

    def claim_next(self) -> "Import | None":
        """Take the import whose turn it is, and return it as `claim` does; None if nothing waits.

        One worker chooses at a time, so that each sees whom the one before has served. It does not wait for rows that
        are locked: a worker that lost its lease may be writing.
        """
        if not self.claimable().exists():
            return None
        with transaction.atomic():
            lock_queue()
            turns = self.claimable().in_turn().select_for_update(of=["self"], skip_locked=True)
            pk = turns.values_list("pk", flat=True).first()
            return pk and self.claim(pk)

    def in_turn(self) -> Self:
        """The school served least recently first; in a school checks and small files, then in order of arrival."""
        served = self.model.objects.filter(school=OuterRef("school"), started_at__isnull=False)
        quick = When(Q(mode=Mode.CHECK) | Q(size__lte=SMALL_BYTES), then=Value(0))
        return self.order_by(
            Subquery(served.order_by("-started_at").values("started_at")[:1]).asc(nulls_first=True),
            Case(quick, default=Value(1)),
            "created_at",
            "pk",
        )

    def to_dispatch(self) -> Self:
        """Claimable imports that no worker was told of, or so long ago that the message must have been lost."""
        long_ago = timezone.now() - timedelta(seconds=2 * settings.IMPORT_SWEEP_SECONDS)
        return self.claimable().filter(Q(dispatched_at=None) | Q(dispatched_at__lt=long_ago))

    def with_old_file(self) -> Self:
        """Finished long enough ago for the uploaded workbook to be destroyed."""
        long_ago = timezone.now() - timedelta(days=settings.IMPORT_FILE_DAYS)
        return self.filter(finished_at__lt=long_ago).exclude(file="")


class Import(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="imports")
    kind = models.CharField("profil", max_length=7, choices=Kind)
    mode = models.CharField("mode", max_length=6, choices=Mode, default=Mode.IMPORT)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The user's own name for the file, shown and never used as a path.
    filename = models.CharField("fichier", max_length=255)
    file = models.FileField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField("octets", default=0, editable=False)
    # SHA-256 of the file: a double click or a resent form joins the import that is already waiting.
    digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField("déposé le", default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField("fini le", null=True)

    status = models.CharField("statut", max_length=7, choices=Status, default=Status.PENDING)
    progress = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    dispatched_at = models.DateTimeField(null=True)

    created_count = models.PositiveIntegerField("créés", default=0)
    updated_count = models.PositiveIntegerField("modifiés", default=0)
    unchanged_count = models.PositiveIntegerField("inchangés", default=0)
    error_count = models.PositiveIntegerField("erreurs", default=0)
    warning_count = models.PositiveIntegerField("avertissements", default=0)

    # True: by this very process, since its deposit.
    claimed_here = False

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = "importation"
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(fields=["school", "-created_at"], name="import_history"),
            # Asked for the last of each school that waits: whose turn it is.
            models.Index(fields=["school", "-started_at"], condition=Q(started_at__isnull=False), name="import_served"),
            models.Index(fields=["dispatched_at"], condition=Q(status__in=["pending", "running"]), name="import_queue"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="import_status"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running"], finished_at=None)
                | Q(status__in=["done", "failed"], finished_at__isnull=False),
                name="import_finished_at",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | Q(created_count=0, updated_count=0),
                name="import_all_or_nothing",
            ),
            models.UniqueConstraint(
                fields=["school", "kind", "mode", "digest"],
                condition=Q(status__in=["pending", "running"]) & ~Q(digest=""),
                name="import_waits_once",
            ),
        ]

    def __str__(self):
        return f"{self.filename} ({self.get_status_display()})"

    def get_absolute_url(self) -> str:
        return reverse("import_detail", args=[self.school.code, self.pk])

    @property
    def is_finished(self) -> bool:
        return self.status in (Status.DONE, Status.FAILED)

    def result_sentence(self) -> str:
        """Say in French what was done, or would be: "30 comptes créés, 0 modifié, 0 inchangé"."""
        counts = self.created_count, self.updated_count, self.unchanged_count
        several = [plural(count) for count in counts]
        created, updated, unchanged = counts
        if self.mode == Mode.CHECK:
            would_be = [plural(count, "serait,seraient") for count in counts]
            return (
                f"{created} compte{several[0]} {would_be[0]} créé{several[0]}, "
                f"{updated} {would_be[1]} modifié{several[1]}, "
                f"{unchanged} {plural(unchanged, 'resterait,resteraient')} inchangé{several[2]}"
            )
        return (
            f"{created} compte{several[0]} créé{several[0]}, {updated} modifié{several[1]}, "
            f"{unchanged} inchangé{several[2]}"
        )

    def heartbeat(self, progress: int) -> None:
        """Renew the lease and show `progress` (percent). Raises LeaseLost."""
        held = Import.objects.held_by(self)
        if not held.update(progress=progress, lease_until=timezone.now() + settings.IMPORT_LEASE):
            raise LeaseLost(self.pk)

    def lock(self) -> None:
        """Inside the final transaction: hold the row, and make sure that it is still ours. Raises LeaseLost."""
        if not Import.objects.held_by(self).select_for_update(of=["self"]).exists():
            raise LeaseLost(self.pk)

    def end(
        self,
        problems: Sequence[Problem],
        *,
        created: int = 0,
        updated: int = 0,
        unchanged: int = 0,
        held: ImportQuerySet | None = None,
    ) -> None:
        """Record the outcome, with what the caller's transaction writes: failed where a problem is an error.

        This is the one way in which an import ends, and it ends once. `held`: the imports that may be ended, instead
        of those that this worker holds. Raises LeaseLost for another.
        """
        held = Import.objects.held_by(self) if held is None else held.filter(pk=self.pk)
        errors = sum(problem.severity == Severity.ERROR for problem in problems)
        counts = {} if errors else {"created_count": created, "updated_count": updated, "unchanged_count": unchanged}
        with transaction.atomic():
            ended = held.update(
                status=Status.FAILED if errors else Status.DONE,
                finished_at=timezone.now(),
                progress=100,
                token=None,
                lease_until=None,
                error_count=errors,
                warning_count=len(problems) - errors,
                **counts,
            )
            if not ended:
                raise LeaseLost(self.pk)
            ImportProblem.objects.bulk_create(
                [ImportProblem.of(self, problem) for problem in problems], batch_size=1000
            )

    def delete_file(self) -> None:
        """Destroy the uploaded workbook, which holds names and maybe passwords, and all that was kept of it.

        The line of the history stays, and its problems with their rows.
        """
        if self.file:
            default_storage.delete(self.file.name)
        with transaction.atomic():
            self.problems.forget()
            self.imported_accounts.all().delete()
            self.file = ""
            self.save(update_fields=["file"])


@receiver(post_delete, sender=Import)
def destroy_file(sender: type[Import], instance: Import, **kwargs: Any) -> None:
    """A line of the history that goes, with its school, takes the uploaded workbook along."""
    if instance.file:
        transaction.on_commit(partial(default_storage.delete, instance.file.name), robust=True)


class Severity(models.TextChoices):
    ERROR = "error", "erreur"
    WARNING = "warning", "avertissement"


class ProblemQuerySet(models.QuerySet):
    def forget(self) -> None:
        """Destroy the values, and the sentences that may quote one or name somebody."""
        self.exclude(code__in=IMPERSONAL).update(value="", message=FORGOTTEN)
        self.filter(code__in=IMPERSONAL).update(value="")


class ImportProblem(models.Model):
    """One thing to correct, or to know, with the row that the user sees in the sheet (empty: the whole file)."""

    import_job = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    severity = models.CharField(max_length=7, choices=Severity, default=Severity.ERROR)
    row = models.PositiveIntegerField("ligne", null=True)
    column = models.CharField("colonne", max_length=100, blank=True)
    value = models.CharField("valeur", max_length=300, blank=True)
    code = models.CharField(max_length=32)
    message = models.TextField("message")

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = "problème"
        # Both databases alike: what concerns the whole file comes first.
        ordering = [F("row").asc(nulls_first=True), "pk"]
        indexes = [models.Index(fields=["import_job", "severity", "row", "id"], name="problem_in_order")]

    def __str__(self):
        return self.message

    @classmethod
    def of(cls, import_job: Import, problem: Problem) -> "ImportProblem":
        """Make the row of a `problems.Problem`, without any password."""
        value, message = without_passwords(problem.value, problem.message, problem.column)
        row = problem.row
        if isinstance(row, SheetRow):
            row, message = row.number, f"Feuille « {row.sheet} » : {message}"
        return cls(
            import_job=import_job,
            severity=problem.severity,
            row=row,
            column=problem.column[:100],
            value=value[:300],
            code=problem.code,
            message=message,
        )
