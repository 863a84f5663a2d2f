"""Print the figures that the product promises: `make bench` (SQLite), or with DATABASE_URL set (PostgreSQL).

Everything happens in a scratch database and folder that are removed at the end. Each import runs in a fresh process,
timed from the claim to the recorded outcome; its peak memory is read from the operating system.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SCRATCH_DATABASE = "edulib_bench"


@contextmanager
def scratch():
    """Yield the environment of a scratch installation."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "VAR_DIR": folder, "LOG_LEVEL": "ERROR", "IMPORT_MAX_ROWS": "1000000"}
        env |= {"IMPORT_MAX_BYTES": str(10**9), "IMPORT_MAX_UNPACKED_BYTES": str(2 * 10**9)}
        url = os.environ.get("DATABASE_URL", "")
        if not url.startswith("postgres"):
            yield env | {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
            return
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {SCRATCH_DATABASE}")
            connection.execute(f"CREATE DATABASE {SCRATCH_DATABASE}")
            try:
                yield env | {"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{SCRATCH_DATABASE}"))}
            finally:
                connection.execute(f"DROP DATABASE {SCRATCH_DATABASE} WITH (FORCE)")


def in_child(env, act, *arguments):
    """Run `act` of this file in a fresh process; return what it prints, as JSON."""
    command = [sys.executable, __file__, "--act", act, *map(str, arguments)]
    return json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)


# --- Acts: each runs in its own process ---------------------------------------------------------------------


def act_prepare():
    from django.core.management import call_command

    from schools.models import School, SchoolClass

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)  # Pages name their files by this manifest.
    school = School.objects.create(code="BENCH", name="Banc d'essai")
    SchoolClass.objects.bulk_create(
        SchoolClass(school=school, code=f"{level}{letter}", code_key=f"{level}{letter}".casefold())
        for level in (6, 5, 4, 3)
        for letter in "ABCDEFGH"
    )
    return {}


def act_workbook(rows, path, password=""):
    """Write a workbook of pupils, as many homonyms as in real schools, none of them in one class.

    `password`: what a person typed for each of them, with a number behind.
    """
    from openpyxl import Workbook

    from imports.columns import columns_for
    from imports.tests.french_names import family_name, first_name

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Élèves")
    sheet.append([column.heading for column in columns_for("student")])
    chance = random.Random(1)
    written = set()
    while len(written) < int(rows):
        number = len(written)
        typed = f"{password}{number}" if password else None
        person = family_name(chance), first_name(chance), f"{6 - number % 4}{'ABCDEFGH'[number // 4 % 8]}"
        if person not in written:
            written.add(person)
            sheet.append([*person[:2], None, None, typed, person[2]])
    workbook.save(path)
    return {}


def act_import(path):
    from django.core.files import File

    from imports.models import Import
    from imports.pipeline import process
    from schools.models import School

    import_job = Import(school=School.objects.get(code="BENCH"), kind="student", filename="bench.xlsx")
    with open(path, "rb") as file:
        import_job.file.save(f"{import_job.pk}.xlsx", File(file))
    start = time.perf_counter()
    process(import_job.pk)
    seconds = time.perf_counter() - start
    import_job.refresh_from_db()
    return {
        "seconds": seconds,
        "worker_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "reader_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "status": import_job.status,
        "created": import_job.created_count,
        "unchanged": import_job.unchanged_count,
    }


def act_forget():
    from django.db import connection

    from accounts.models import Student
    from imports.models import Import

    Student.objects.all().delete()
    Import.objects.all().delete()
    if connection.vendor == "postgresql":
        connection.cursor().execute("VACUUM ANALYZE")
    return {}


def act_template():
    from imports import template
    from schools.models import School

    start = time.perf_counter()
    template.build(School.objects.get(code="BENCH"), "student")
    return {"seconds": time.perf_counter() - start}


def act_export():
    from accounts.models import Student
    from imports import export

    start = time.perf_counter()
    export.build(Student.objects.filter(school__code="BENCH"), "student")
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def administrator():
    """Return a client signed in as the administrator of the school, and the school."""
    from django.test import Client

    from accounts.models import User
    from schools.models import Membership, School

    school = School.objects.get(code="BENCH")
    alice, _ = User.objects.get_or_create(username="alice", last_name="A", first_name="A")
    Membership.objects.get_or_create(user=alice, school=school)
    client = Client(headers={"host": "localhost"})
    client.force_login(alice)
    return client, school


def timed(ask, *, status):
    """Return (seconds, queries) of one request. Another status than the expected one ends the bench."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        response = ask()
        seconds = time.perf_counter() - start
    if response.status_code != status:
        raise SystemExit(f"{response.request['PATH_INFO']}: {response.status_code}")
    return seconds, len(queries)


def median_page(client, address):
    times = [timed(lambda: client.get(address), status=200) for _ in range(12)][2:]
    return {"seconds": statistics.median(seconds for seconds, _ in times), "queries": times[-1][1]}


def act_list():
    client, _ = administrator()
    return median_page(client, "/etablissements/BENCH/eleves/")


def act_assign():
    """Give every student of the school a seat at once, look at the page, take everything back."""
    from datetime import timedelta

    from django.utils import timezone

    from licences.models import Licence, Textbook

    client, school = administrator()
    textbook, _ = Textbook.objects.get_or_create(isbn="9782011000019", title="Manuel")
    seats = school.people.filter(kind="student").count()
    today = timezone.localdate()
    licence = Licence.objects.create(
        school=school,
        textbook=textbook,
        audience="student",
        seats=seats,
        valid_from=today,
        valid_until=today + timedelta(days=30),
        order_reference=f"BENCH-{Licence.objects.count()}",
    )
    page = licence.get_absolute_url()
    answer = {"all": "1", "confirmed": str(seats)}  # What the page that tells the number posts.
    assigned, queries = timed(lambda: client.post(f"{page}affecter/", answer), status=302)
    licence.refresh_from_db()
    if licence.assigned != seats:
        raise SystemExit(f"assigned {licence.assigned} of {seats}")
    shown = median_page(client, page)
    taken_back, _ = timed(lambda: client.post(f"{page}tout-retirer/", {"confirmed": str(seats)}), status=302)
    return {"assigned": assigned, "queries": queries, "taken_back": taken_back, "page": shown, "seats": seats}


# --- The report ---------------------------------------------------------------------------------------------


def spread(values, unit):
    return f"median {statistics.median(values):.2f} {unit} (min {min(values):.2f}, max {max(values):.2f})"


def report_imports(env, folder, rows, runs, *, password=""):
    path = f"{folder}/{rows}{password}.xlsx"
    in_child(env, "workbook", rows, path, password)
    results = []
    for _ in range(runs):
        in_child(env, "forget")
        results.append(in_child(env, "import", path))
    again = in_child(env, "import", path)
    if {r["created"] for r in results} != {rows} or again["unchanged"] != rows:
        raise SystemExit(f"wrong outcome: {results[-1]}, {again}")
    students = "students with typed passwords" if password else "students"
    print(f"import of {rows} {students}: {spread([r['seconds'] for r in results], 's')}, {runs} runs")
    worker, reader = (max(r[key] for r in results) for key in ("worker_mib", "reader_mib"))
    print(f"  peak memory: worker {worker:.0f} MiB, reading child {reader:.0f} MiB")
    print(f"  the same file again: {again['seconds']:.2f} s, {again['unchanged']} unchanged")
    return statistics.median(r["seconds"] for r in results)


def report(runs, large):
    with scratch() as env, tempfile.TemporaryDirectory() as folder:
        print(f"database: {env['DATABASE_URL'].split(':')[0]}")
        in_child(env, "prepare")
        median = report_imports(env, folder, 10_000, runs)
        for act in ("template", "export"):
            print(f"{act} of 10000: {spread([in_child(env, act)['seconds'] for _ in range(runs)], 's')}")
        report_imports(env, folder, 10_000, runs, password="Apolline-")
        if large:
            print(f"  ratio 100000 / 10000: {report_imports(env, folder, 100_000, 1) / median:.1f}")
        report_imports(env, folder, 3_000, 1)
        page = in_child(env, "list")
        print(f"student list of a school of 3000: {page['seconds'] * 1000:.0f} ms, {page['queries']} queries")
        clicks = [in_child(env, "assign") for _ in range(runs)]
        print(f"licence assigned to {clicks[0]['seats']} students in one click: "
              f"{spread([click['assigned'] for click in clicks], 's')}, {clicks[0]['queries']} queries")  # fmt: skip
        print(f"  taken back from all: {spread([click['taken_back'] for click in clicks], 's')}")
        page = clicks[-1]["page"]
        print(f"  page of the licence: {page['seconds'] * 1000:.0f} ms, {page['queries']} queries")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="also 100,000 students")
    parser.add_argument("--act", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.act:
        return report(options.runs, options.large)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edulib_admin.settings")
    import django

    django.setup()
    name, *arguments = options.act
    print(json.dumps(globals()[f"act_{name}"](*arguments)))


if __name__ == "__main__":
    main()
