"""Step 1: a file in, rows and problems out. The file is parsed in a child process, never in this one.

A parser can be made to abort the process (2 KiB that claim cell XFD1048576) or to eat memory; a child that dies
for any cause is one clean refusal here.
"""

import importlib.util
import json
import logging
import os
import selectors
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from imports.columns import columns_for
from imports.tables.archive import DAMAGED, file_problem, sniff
from imports.tables.problems import Problem, Refused

__all__ = ["SNIFFED_BYTES", "Row", "Sheet", "read", "sniff"]

logger = logging.getLogger(__name__)

SNIFFED_BYTES = 64 * 1024
MAX_SECONDS = 18
OUTPUT_BYTES_PER_ROW = 1024  # Far above any real list; the bound is on the average.
LEAST_OUTPUT_BYTES = 8 * 1024 * 1024

_CHILD = Path(__file__).with_name("child.py")


@dataclass(slots=True)
class Row:
    """`number`: as the user sees it in the sheet. `values`: {field: text}, every read field, "" where empty.

    `numbers`: the fields of codes whose cell Excel stores as a number.
    """

    number: int
    values: dict
    numbers: frozenset = frozenset()


@dataclass(slots=True)
class Sheet:
    """`rows`: those that are not blank. `problems`: cells that cannot be read, and warnings. `fields`: the read
    fields whose column is present."""

    rows: list
    problems: list
    fields: set


def read(path, *, kind, max_rows, max_bytes, max_unpacked_bytes, on_wait=None):
    """Return the Sheet of the workbook at `path`, a list of people of `kind`.

    `on_wait()` is called about every second while the child works; what it raises ends the reading. Raises Refused
    for anything that is wrong with the file as a whole.
    """
    if os.path.getsize(path) > max_bytes:
        raise Refused(
            file_problem(
                "too_large",
                f"Ce fichier dépasse {max_bytes // (1024 * 1024)} Mo : copiez vos lignes dans le modèle à télécharger, "
                "sans images ni mise en forme, ou partagez-les en plusieurs fichiers.",
            )
        )
    with open(path, "rb") as file:
        # An OLE file names its content anywhere: look at all of it, it is no larger than max_bytes.
        start = file.read(SNIFFED_BYTES)
        problem = sniff(start if start.startswith(b"PK") else start + file.read())
    if problem:
        raise Refused(problem)
    output_limit = max(LEAST_OUTPUT_BYTES, max_rows * OUTPUT_BYTES_PER_ROW)
    return _collect(_lines(_command(path, kind, max_rows, max_unpacked_bytes), output_limit, on_wait), kind)


def _command(path, kind, max_rows, max_unpacked_bytes):
    """Return the child's command: isolated, without site-packages but for the folder that holds calamine."""
    calamine = importlib.util.find_spec("python_calamine").submodule_search_locations[0]
    options = ["-I", "-S", "-B", "-X", "utf8"]
    places = [_CHILD.parents[2], Path(calamine).parent, Path(path).absolute()]
    limits = [max_rows, max_unpacked_bytes]
    return [sys.executable, *options, str(_CHILD), *map(str, [*places, str(kind), *limits])]


def _lines(command, output_limit, on_wait):
    """Yield the whole lines that the child writes. Raises Refused when it is too slow or says too much."""
    deadline = time.monotonic() + MAX_SECONDS
    told = time.monotonic()
    received = 0
    rest = b""
    # Its own session: Ctrl-C in the terminal of the worker is not for it. No environment: no secrets to leak.
    with (
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
            bufsize=0,
        ) as child,
        selectors.DefaultSelector() as selector,
    ):
        try:
            selector.register(child.stdout, selectors.EVENT_READ)
            while True:
                now = time.monotonic()
                if now > deadline:
                    raise Refused(file_problem("too_large", _TOO_LONG))
                if on_wait and now - told >= 1:
                    told = now
                    on_wait()
                if not selector.select(timeout=min(1, max(deadline - now, 0))):
                    continue
                data = os.read(child.stdout.fileno(), 1 << 20)
                if not data:
                    # The output is closed: it has ended, or has a moment to do so.
                    code = child.wait(timeout=max(deadline - now, 1))
                    if code:
                        logger.warning("the reading child ended with code %s", code)
                    return
                received += len(data)
                if received > output_limit:
                    raise Refused(file_problem("too_large", _TOO_MUCH_TEXT))
                *lines, rest = (rest + data).split(b"\n")
                yield from lines
        except subprocess.TimeoutExpired:
            return
        finally:
            child.kill()


def _collect(lines, kind):
    """Return the Sheet that the child's lines describe. Raises Refused, also when the child died on the way."""
    fields, rows = [], []
    empty = {column.field: "" for column in columns_for(kind) if column.read}
    ended = None
    for line in lines:
        try:
            line = json.loads(line)
        except ValueError:
            break
        if isinstance(line, dict):
            ended = line
        elif not fields:
            fields = line
        else:
            for number, *texts in line:
                rows.append(Row(number, {**empty, **dict(zip(fields, texts, strict=True))}))
    if ended is None:
        raise Refused(file_problem("unreadable", DAMAGED))
    if "refused" in ended:
        raise Refused(*(Problem(*problem) for problem in ended["refused"]))
    return Sheet(rows, [Problem(*problem) for problem in ended["problems"]], set(fields))


_TOO_LONG = (
    "Ce fichier est trop long à lire : copiez vos lignes dans le modèle à télécharger, sans formules ni mise en forme, "
    "puis importez-le."
)
_TOO_MUCH_TEXT = (
    "Ce fichier contient beaucoup plus de texte qu'une liste de personnes : copiez les seules colonnes utiles dans le "
    "modèle à télécharger, puis importez-le."
)
