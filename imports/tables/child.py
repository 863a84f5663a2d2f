"""The short-lived process that reads one file: hard limits first, then JSON lines on standard output.

Lines: the list of fields; lists of rows, each `[row number, text, …]`; at the end `{"problems": […]}`. A refusal
is one last line `{"refused": […]}`. Without a last line, the process died: `guard` says so in one sentence.
Nothing here imports Django, and nothing outside may trust this process to end by itself.
"""

import json
import resource
import signal
import sys
from dataclasses import astuple
from itertools import islice
from typing import Any

ADDRESS_SPACE = 384 * 1024 * 1024
SECONDS = 20
ROWS_PER_LINE = 250


def limit_this_process() -> None:
    """Let the kernel bound what a hostile file can make us do."""
    for name, value in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        _, hard = resource.getrlimit(name)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    # An orphan ends too; a worker that is told to stop still finishes its import.
    signal.alarm(SECONDS)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def send(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.write("\n")


def send_reading(path: str, filename: str, layout: str, max_rows: int, max_unpacked_bytes: int) -> None:
    """Send the list in the file at `path`; `filename`, `layout`: as JSON."""
    from imports.tables import columns, reading

    read = reading.read(
        path,
        columns.layout_from_json(layout),
        filename=json.loads(filename),
        max_rows=max_rows,
        max_unpacked_bytes=max_unpacked_bytes,
    )
    send(read.fields)
    while lines := list(islice(read.rows, ROWS_PER_LINE)):
        send(lines)
    problems, missing = ([astuple(problem) for problem in each] for each in (read.problems, read.missing))
    send({"problems": problems, "missing": missing, "sheets": read.sheets, "foreign": read.foreign})


def main(
    root: str, packages: str, path: str, filename: str, layout: str, max_rows: str, max_unpacked_bytes: str
) -> None:
    limit_this_process()
    # At the end, so that no module of ours or of a package hides one of the standard library.
    sys.path += [root, packages]
    from imports.tables.problems import Refused

    try:
        send_reading(path, filename, layout, int(max_rows), int(max_unpacked_bytes))
    except Refused as refused:
        send({"refused": [astuple(problem) for problem in refused.problems]})
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
