"""Free identifiants for those who come without one: `prenom.nom`, `prenom.nom2`, …"""

import string
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from accounts.models import HeldStem, User
from schools.chunks import chunks


def hold(stems: Sequence[str]) -> None:
    """Lock `stems` until the transaction ends: nobody else gives identifiants made of them meanwhile.

    Two schools that import the same names at the same moment would otherwise both find `lea.martin` free. The unique
    index of HeldStem makes the second wait for the first; the row itself is deleted at once. (Advisory locks would do,
    but PostgreSQL's shared memory holds some thousands of them.) Stems are locked in one order, so that two files never
    wait for each other, and without their digits, because `lea.martin` may become `lea.martin2`. SQLite needs nothing:
    its transactions begin IMMEDIATE, one at a time.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Identifiants are given inside the transaction that writes them.")
    if connection.vendor == "postgresql" and stems:
        roots = sorted({stem.rstrip(string.digits) for stem in stems})
        table = connection.ops.quote_name(HeldStem._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} (root) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [roots])
            cursor.execute(f"DELETE FROM {table} WHERE root = ANY(%s::text[])", [roots])  # noqa: S608


def allocate(stems: Sequence[str], *, reserved: Iterable[str] = ()) -> list[str]:
    """Return a free identifiant for each of `stems` (lower case, see names.username_stem), in order.

    `reserved`: identifiants that the same transaction gives to others, whatever their case. Calls `hold`.
    Suffixes are looked up in doubling windows: 300 people of one name cost a few queries more, not 300.
    """
    hold(stems)
    unavailable = {username.lower() for username in reserved}
    wanted = Counter(stems)
    looked_up = dict.fromkeys(wanted, 0)
    given: dict[str, list[str]] = {stem: [] for stem in wanted}
    suffix = dict.fromkeys(wanted, 1)
    window: dict[str, int] = wanted
    while window:
        candidates: list[str] = []
        for stem, size in window.items():
            first, looked_up[stem] = looked_up[stem] + 1, looked_up[stem] + size
            candidates += (numbered(stem, number) for number in range(first, looked_up[stem] + 1))
        unavailable |= taken(candidates)
        short = {}
        for stem in window:
            while len(given[stem]) < wanted[stem] and suffix[stem] <= looked_up[stem]:
                candidate = numbered(stem, suffix[stem])
                suffix[stem] += 1
                if candidate not in unavailable:
                    unavailable.add(candidate)
                    given[stem].append(candidate)
            if len(given[stem]) < wanted[stem]:
                short[stem] = 2 * window[stem]
        window = short
    next_of = {stem: iter(usernames) for stem, usernames in given.items()}
    return [next(next_of[stem]) for stem in stems]


def numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}{number}"


def taken(usernames: Iterable[str]) -> set[str]:
    """Return those of `usernames` (lower case) that an account of the platform bears."""
    found: set[str] = set()
    for chunk in chunks(usernames):
        rows = User.objects.with_usernames(chunk).order_by()
        found.update(username.lower() for username in rows.values_list("username", flat=True))
    return found
