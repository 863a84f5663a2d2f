"""Counters in the database, shared by all machines: how often something happened within some time.

One statement adds one and returns the count, so that requests at the same moment get different numbers. Keys are keyed
digests: the table says nothing about anybody.
"""

import time
from typing import Self

from django.db import connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac

ROWS_PER_QUERY = 5000
COUNT = """
    INSERT INTO accounts_counter AS counter (key, count, expires_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN counter.expires_at <= %s THEN 1 ELSE counter.count + 1 END,
        expires_at = CASE WHEN counter.expires_at <= %s THEN excluded.expires_at ELSE counter.expires_at END
    RETURNING count, expires_at
"""


class CounterQuerySet(models.QuerySet):
    def current(self) -> Self:
        return self.filter(expires_at__gt=now())

    def clean_up(self) -> None:
        """Delete the expired counters; skip those that are being counted right now."""
        pks = True
        while pks:
            with transaction.atomic():
                expired = self.filter(expires_at__lte=now()).select_for_update(skip_locked=True)
                pks = list(expired.order_by("pk").values_list("pk", flat=True)[:ROWS_PER_QUERY])
                self.filter(pk__in=pks).delete()


class Counter(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    # Milliseconds since 1970.
    expires_at = models.BigIntegerField(db_index=True)

    objects = CounterQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.count} × {self.key[:8]}"


def now() -> int:
    return time.time_ns() // 1_000_000


def key_of(*parts: object) -> str:
    """Return the key that stands for `parts`, texts or numbers."""
    return salted_hmac("accounts.counters", repr(parts), algorithm="sha256").hexdigest()


def count(key: str, *, seconds: float) -> tuple[int, int]:
    """Add one; return (the count, the seconds until it starts anew). The first count starts a window of `seconds`."""
    here = now()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key, here + int(seconds * 1000), here, here])
        number, expires_at = cursor.fetchone()
    return number, max(1, -(-(expires_at - here) // 1000))


def give_back(key: str, amount: int) -> None:
    Counter.objects.filter(pk=key).update(count=Greatest(F("count") - amount, Value(0)))


def forget(*keys: str) -> None:
    Counter.objects.filter(pk__in=keys).delete()


def is_counted(key: str) -> bool:
    return Counter.objects.current().filter(pk=key, count__gt=0).exists()
