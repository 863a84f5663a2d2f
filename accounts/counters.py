"""Counters in one table of the database, the same on every machine: how often, within how long.

One statement counts: however many ask at the same moment, each gets a number of its own. Keys are keyed digests: the
table holds nothing about anybody.
"""

import time

from django.db import connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac

BATCH = 5000
COUNT = """
    INSERT INTO accounts_counter AS counter (key, count, expires_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN counter.expires_at <= %s THEN 1 ELSE counter.count + 1 END,
        expires_at = CASE WHEN counter.expires_at <= %s THEN excluded.expires_at ELSE counter.expires_at END
    RETURNING count, expires_at
"""


class CounterQuerySet(models.QuerySet):
    def current(self):
        return self.filter(expires_at__gt=now())

    def clean_up(self):
        """Delete what has expired, without ever waiting for who counts."""
        pks = True
        while pks:
            with transaction.atomic():
                expired = self.filter(expires_at__lte=now()).select_for_update(skip_locked=True)
                pks = list(expired.order_by("pk").values_list("pk", flat=True)[:BATCH])
                self.filter(pk__in=pks).delete()


class Counter(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    # Milliseconds since 1970.
    expires_at = models.BigIntegerField(db_index=True)

    objects = CounterQuerySet.as_manager()

    def __str__(self):
        return f"{self.count} × {self.key[:8]}"


def now():
    return time.time_ns() // 1_000_000


def key_of(*parts):
    """Return the key of what `parts` (texts or numbers) name together."""
    return salted_hmac("accounts.counters", repr(parts), algorithm="sha256").hexdigest()


def count(key, *, seconds):
    """Count one more, in a window of `seconds` from the first; return (how many, seconds until it ends)."""
    here = now()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key, here + int(seconds * 1000), here, here])
        number, expires_at = cursor.fetchone()
    return number, max(1, -(-(expires_at - here) // 1000))


def give_back(key, amount):
    Counter.objects.filter(pk=key).update(count=Greatest(F("count") - amount, Value(0)))


def forget(*keys):
    Counter.objects.filter(pk__in=keys).delete()


def is_counted(key):
    return Counter.objects.current().filter(pk=key, count__gt=0).exists()
