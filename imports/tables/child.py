"""The short-lived process that reads one workbook: hard limits first, then JSON lines on standard output.

Lines: the list of fields; lists of rows, each `[row number, text, …]`; at the end `{"problems": […]}`. A refusal
is one last line `{"refused": […]}`. Without a last line, the process died: `guard` says so in one sentence.
Nothing here imports Django, and nothing outside may trust this process to end by itself.
"""

import json
import resource
import signal
import sys

ADDRESS_SPACE = 384 * 1024 * 1024
SECONDS = 20
ROWS_PER_LINE = 250


def limit_this_process():
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


def send(value):
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.write("\n")


def read(path, kind, max_rows, max_unpacked_bytes):
    from imports.tables import archive, sheets

    facts = archive.scan(path, max_unpacked_bytes=max_unpacked_bytes)
    reader = sheets.Reader(path, kind, facts, max_rows=max_rows)
    reader.choose()
    send(reader.fields)
    lines = []
    for row in reader.rows():
        lines.append(row)
        if len(lines) == ROWS_PER_LINE:
            send(lines)
            lines.clear()
    send(lines)
    send({"problems": [as_list(problem) for problem in reader.problems]})


def as_list(problem):
    return [getattr(problem, name) for name in problem.__slots__]


def main(root, packages, path, kind, max_rows, max_unpacked_bytes):
    limit_this_process()
    # At the end, so that no module of ours or of a package hides one of the standard library.
    sys.path += [root, packages]
    from imports.tables.problems import Refused

    try:
        read(path, kind, int(max_rows), int(max_unpacked_bytes))
    except Refused as refused:
        send({"refused": [as_list(problem) for problem in refused.problems]})
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
