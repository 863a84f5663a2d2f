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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import imports.tables.reading  # noqa: F401 - compiled once here; a child writes no bytecode.
from imports.tables.columns import Layout
from imports.tables.problems import ERROR, Problem, Refused, SheetRow, damaged, file_problem

logger = logging.getLogger(__name__)

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
    values: dict[str, str]
    numbers: frozenset[str] = frozenset()


@dataclass(slots=True)
class Sheet:
    """`rows`: those that are not blank. `problems`: cells that cannot be read, and warnings. `fields`: the read
    fields whose column is present.

    `foreign`: {value: rows} of a column of the other kind of list.
    """

    rows: list[Row]
    problems: list[Problem]
    fields: set[str]
    foreign: dict[str, int] = field(default_factory=dict)

    def all_problems(self, found: Iterable[Problem]) -> list[Problem]:
        """Return `problems` and those `found` in the rows: a cell that cannot be read is not also told to be empty."""
        unread = {(problem.row, problem.column) for problem in self.problems if problem.severity == ERROR}
        return [*self.problems, *(problem for problem in found if (problem.row, problem.column) not in unread)]


def read(
    path: str | Path,
    layout: Layout,
    *,
    max_rows: int,
    max_bytes: int,
    max_unpacked_bytes: int,
    filename: str = "",
    may_name: Callable[[str], bool] = lambda name: False,
    on_wait: Callable[[], None] | None = None,
) -> Sheet:
    """Return the Sheet that holds the list of `layout` in the file at `path`; `filename`: the user's name for it.

    `may_name` tells whether the name of a sheet is a value of the one required column that is not there: the code of a
    class. `on_wait()` is called about every second while the child works; what it raises ends the reading. Raises
    Refused for anything that is wrong with the file as a whole.
    """
    if os.path.getsize(path) > max_bytes:
        raise Refused(
            file_problem(
                "too_large",
                f"Ce fichier dépasse {max_bytes // (1024 * 1024)} Mo : copiez vos lignes dans le modèle à télécharger, "
                "sans images ni mise en forme, ou partagez-les en plusieurs fichiers.",
            )
        )
    output_limit = max(LEAST_OUTPUT_BYTES, max_rows * OUTPUT_BYTES_PER_ROW)
    lines = _lines(_command(path, filename, layout, max_rows, max_unpacked_bytes), output_limit, on_wait)
    return _collect(lines, layout, may_name)


def _command(path: str | Path, filename: str, layout: Layout, max_rows: int, max_unpacked_bytes: int) -> list[str]:
    """Return the child's command: isolated, without site-packages but for the folder that holds calamine."""
    calamine = importlib.util.find_spec("python_calamine")
    if not (calamine and calamine.origin):
        raise ModuleNotFoundError("python_calamine")
    options = ["-I", "-S", "-B", "-X", "utf8"]
    places = [_CHILD.parents[2], Path(calamine.origin).parents[1], Path(path).absolute()]
    limits = [max_rows, max_unpacked_bytes]
    return [
        sys.executable,
        *options,
        str(_CHILD),
        *map(str, [*places, json.dumps(filename), layout.as_json(), *limits]),
    ]


def _lines(command: list[str], output_limit: int, on_wait: Callable[[], None] | None) -> Iterator[bytes]:
    """Yield the whole lines that the child writes. Raises Refused when it is too slow or says too much."""
    # Its own session: Ctrl-C in the terminal of the worker is not for it. No environment: no secrets to leak.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
        bufsize=0,
    ) as child:
        received = 0
        rest = b""
        try:
            for data in _pieces(child, time.monotonic() + MAX_SECONDS, on_wait):
                received += len(data)
                if received > output_limit:
                    raise Refused(file_problem("too_large", _TOO_MUCH_TEXT))
                *lines, rest = (rest + data).split(b"\n")
                yield from lines
            # The output is closed: the child has ended, or has a moment to do so.
            if code := child.wait(timeout=1):
                logger.warning("the reading child ended with code %s", code)
        except subprocess.TimeoutExpired:
            return
        finally:
            child.kill()


def _pieces(child: "subprocess.Popen[bytes]", deadline: float, on_wait: Callable[[], None] | None) -> Iterator[bytes]:
    """Yield what the child writes, as it comes. Raises Refused at the deadline."""
    assert child.stdout is not None
    called = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while (now := time.monotonic()) <= deadline:
            if on_wait and now - called >= 1:
                called = now
                on_wait()
            if selector.select(timeout=min(1, deadline - now)):
                data = os.read(child.stdout.fileno(), 1 << 20)
                if not data:
                    return
                yield data
    raise Refused(file_problem("too_large", _TOO_LONG))


def _collect(lines: Iterable[bytes], layout: Layout, may_name: Callable[[str], bool]) -> Sheet:
    """Return the Sheet that the child's lines describe. Raises Refused, also when the child died on the way."""
    fields: list[str] = []
    rows: list[Row] = []
    empty = {column.field: "" for column in layout.columns if column.read}
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
                numbers = frozenset(texts.pop() if len(texts) > len(fields) else ())
                rows.append(Row(number, {**empty, **dict(zip(fields, texts, strict=True))}, numbers))
    if ended is None:
        raise damaged()
    if "refused" in ended:
        raise Refused(*(Problem(*problem) for problem in ended["refused"]))
    problems, missing = ([Problem(*problem) for problem in ended.get(key, ())] for key in ("problems", "missing"))
    sheets = ended.get("sheets", [])
    if missing and not all(map(may_name, sheets)):
        raise Refused(*missing)
    if len(sheets) > 1:
        for row in rows:
            row.number = SheetRow(row.number, sheets)
        problems = [replace(problem, row=problem.row and SheetRow(problem.row, sheets)) for problem in problems]
    return Sheet(rows, problems, set(fields), ended.get("foreign", {}))


_TOO_LONG = (
    "Ce fichier est trop long à lire : copiez vos lignes dans le modèle à télécharger, sans formules ni mise en forme, "
    "puis importez-le."
)
_TOO_MUCH_TEXT = (
    "Ce fichier contient beaucoup plus de texte qu'une liste : copiez les seules colonnes utiles dans le "
    "modèle à télécharger, puis importez-le."
)
