"""A disk that is full or read-only: what is read goes on, what writes says so, and a start is one sentence.

Played on a small file system of its own, by the real processes of bin/run.
"""

import contextlib
import http.cookiejar
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from django.conf import settings as django_settings

from imports.tests.harness import wait_until
from imports.tests.sheets import student_row, workbook_bytes
from imports.tests.test_run import free_port, processes_of

pytestmark = [
    pytest.mark.hard,
    # bin/run is the embedded world whatever the tests are played on: once is enough.
    pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="joué dans le monde embarqué"),
]
SENTENCE = {"full": "il n'y a plus de place sur le disque", "read-only": "n'accepte aucune écriture"}


def mount(*arguments):
    """Mount, or skip the test with the reason why that is not allowed here."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("monter un petit disque demande d'être root")
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"monter un petit disque n'est pas permis ici : {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path):
    """Mount a file system of `size` at a directory: `disk("32m")` → its path."""
    place = tmp_path / "disk"

    def make(size):
        place.mkdir()
        mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", place)
        return place

    yield make
    for each in (tmp_path / "read-only", place):
        subprocess.run(["umount", "--lazy", each], capture_output=True, check=False)


@pytest.fixture
def start(tmp_path):
    """Start a command with `var` as its VAR_DIR: returns the process and the path of what it says."""
    started = []

    def start_(command, var, **env):
        output = tmp_path / f"output-{len(started)}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with output.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=django_settings.BASE_DIR,
                env={**kept, "VAR_DIR": str(var), "PYTHONWARNINGS": "default", **env},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append((process, var))
        return process, output

    yield start_
    for process, var in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        wait_until(lambda var=var: not processes_of(var), seconds=20, what="la fin de tous les processus")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Make a `var/` as an ordinary start leaves it, with the demo: `prepared(place)` → a copy there."""
    original = tmp_path_factory.mktemp("prepared") / "var"
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(original)}
    for command in (["migrate"], ["collectstatic", "--noinput"], ["load_demo"]):
        subprocess.run(
            [sys.executable, "manage.py", *command, "-v", "0"],
            cwd=django_settings.BASE_DIR,
            env=env,
            check=True,
            capture_output=True,
        )

    def copy(place):
        shutil.copytree(original, place / "var", ignore=shutil.ignore_patterns("static"))
        (place / "var" / "static").symlink_to(original / "static")  # The small disk is for what is written.
        return place / "var"

    return copy


class Visitor:
    """A browser without a page."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, address, data=None, headers=None):
        request = urllib.request.Request(self.base + address, data, {"Referer": self.base, **(headers or {})})
        try:
            answer = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            self.status, self.url, self.content = answer.status, answer.url, answer.read()
        return self

    @property
    def text(self):
        return self.content.decode(errors="replace").replace("&#x27;", "'")

    def post(self, address, file=None, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(address).text)[1]
        fields = {**fields, "csrfmiddlewaretoken": token}
        if file is None:
            return self.get(address, urllib.parse.urlencode(fields).encode())
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        parts.append(b'name="file"; filename="eleves.xlsx"\r\nContent-Type: application/octet-stream\r\n\r\n' + file)
        body = b"".join(b"--limit\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
        return self.get(address, body + b"--limit--\r\n", {"Content-Type": "multipart/form-data; boundary=limit"})

    def sign_in(self):
        self.post("/connexion/", username="admin.demo", password="Demo-2026!")
        assert (self.status, self.url) == (200, f"{self.base}/etablissements/DEMO/")
        return self

    def upload(self, file):
        return self.post("/etablissements/DEMO/eleves/importer/", file=file, action="import")


def fill(place):
    """Leave no byte on the file system; return the file to delete."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler


PAGES = ["", "classes/", "groupes/", "eleves/", "enseignants/", "imports/", "licences/", "eleves/importer/"]


def assert_reads(visitor):
    for page in PAGES:
        assert visitor.get(f"/etablissements/DEMO/{page}").status == 200, page
    for page in ("eleves/exporter/", "eleves/modele/"):
        assert visitor.get(f"/etablissements/DEMO/{page}").content.startswith(b"PK"), page


def assert_refuses(visitor, reason):
    """What writes is one sentence."""
    content = workbook_bytes([student_row("Martin", "Zoé")])
    for file in (content, content + bytes(4_000_000)):  # From memory, and by way of a temporary file.
        assert visitor.upload(file).status == 507
        assert SENTENCE[reason] in visitor.text
    visitor.post("/etablissements/DEMO/classes/ajouter/", code="ZZ9", name="", level="")
    assert visitor.status == 507
    assert SENTENCE[reason] in visitor.text


def test_a_full_disk_while_running(disk, start, prepared, tried):
    place, port = disk("32m"), free_port()
    var = prepared(place)
    process, output = start(["bin/run"], var, PORT=str(port), FREE_SPACE_MIN_BYTES="1000000", IMPORT_SWEEP_SECONDS="1")
    wait_until(lambda: "est prêt" in output.read_text(), seconds=90, what=f"bin/run : {output.read_text()}")
    before = Visitor(port).sign_in()
    assert '"status": "ok"' in before.get("/sante/").text
    stored = sorted((var / "uploads").iterdir())

    filler = fill(place)
    assert '"status": "space_short"' in Visitor(port).get("/sante/").text
    after = Visitor(port).sign_in()
    for visitor in (before, after):
        assert_reads(visitor)
        assert_refuses(visitor, "full")
    assert sorted((var / "uploads").iterdir()) == stored, "no partial file"
    said = len(output.read_text())
    wait_until(lambda: "sweep-imports" in output.read_text()[said:], what="un réveil qui ne peut pas être noté")
    assert list((var / "broker" / "queue").glob("*")) == [], "no half message"

    filler.unlink()
    after.upload(workbook_bytes([student_row("Nouvelle", "Zoé", "6B")]))
    page = after.url.removeprefix(after.base)
    wait_until(lambda: 'data-status="done"' in after.get(page).text, seconds=60, what=f"l'importation de {page}")
    assert not any(cookie.value.startswith("signed:") for cookie in after.cookies if cookie.name == "sessionid")
    after.post("/deconnexion/")
    assert "/connexion/" in after.get("/etablissements/DEMO/").url
    assert "Arrêt inattendu" not in output.read_text()
    assert "redémarrage" not in output.read_text()
    assert process.poll() is None
    tried(
        "disque plein, tous les processus en marche",
        f"{2 * (len(PAGES) + 2)} lectures, 2 connexions, 6 écritures",
        "tout se lit, chaque écriture est une phrase (507), aucun reste, rien à redémarrer",
    )


def read_only(place, tmp_path):
    again = tmp_path / "read-only"
    again.mkdir()
    mount("--bind", place, again)
    mount("-o", "remount,bind,ro", again)
    return again


@pytest.mark.parametrize("step", ["secret", "migrate"])
def test_a_disk_too_small_at_the_start_is_one_sentence(step, disk, start):
    place = disk("8m")
    if step == "secret":
        fill(place)
    else:
        (place / "filler").write_bytes(bytes(7_950_000))
    process, output = start(["bin/run"], place / "var", PORT=str(free_port()))
    assert process.wait(timeout=60) == 1
    said = output.read_text()
    assert said.count(SENTENCE["full"]) == 1, said
    assert "rien n'a été démarré" in said
    assert "Traceback" not in said
    assert said.count("\n") <= 3


def test_read_only_at_the_start_is_one_sentence(disk, start, prepared, tmp_path):
    place = disk("32m")
    empty = read_only(place, tmp_path) / "var"
    process, output = start(["bin/run"], empty, PORT=str(free_port()))
    assert process.wait(timeout=60) == 1
    said = output.read_text()
    assert said.count(SENTENCE["read-only"]) == 1, said
    prepared(place)
    process, output = start(["bin/run"], empty, PORT=str(free_port()))
    assert process.wait(timeout=60) == 1
    said += output.read_text()
    assert said.count(SENTENCE["read-only"]) == 2, said
    assert "Traceback" not in said


def test_a_read_only_disk_while_running(disk, start, prepared, tmp_path, tried):
    """As after an error of the disk: the files that SQLite keeps beside the database are there."""
    place, port = disk("32m"), free_port()
    prepared(place)
    holder = sqlite3.connect(place / "var" / "db.sqlite3")
    holder.execute("SELECT 1 FROM sqlite_master").fetchall()
    var = read_only(place, tmp_path) / "var"
    web = ["-m", "gunicorn", "edulib_admin.wsgi", "--threads", "4", "--no-control-socket"]
    process, output = start([*web, "--bind", f"127.0.0.1:{port}"], var)
    visitor = Visitor(port)

    def answers():
        with contextlib.suppress(OSError):
            return visitor.get("/sante/").status == 200
        assert process.poll() is None, output.read_text()

    wait_until(answers, what="le site")
    started = time.monotonic()
    visitor.sign_in()
    assert_reads(visitor)
    assert_refuses(visitor, "read-only")
    assert time.monotonic() - started < 30
    assert visitor.post("/deconnexion/").status == 200
    holder.close()
    tried("disque en lecture seule", f"{len(PAGES) + 2} lectures, 1 connexion, 3 écritures", "le même")
