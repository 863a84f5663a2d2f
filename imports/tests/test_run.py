"""`make run`, from its second step: what it says, what it starts, and that nothing of it stays."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from imports.tests.harness import wait_until


@pytest.fixture
def run(tmp_path):
    """Start `bin/run` as a newcomer would, in a `var/` of its own; killed at the end, and nothing of it may stay."""
    started = []
    output = tmp_path / "output"

    def start(port):
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with output.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "bin/run"],
                cwd=settings.BASE_DIR,
                env={**kept, "VAR_DIR": str(tmp_path / "var"), "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return process, output

    yield start
    for process in started:
        process.kill()
        process.wait()
    wait_until(lambda: not processes_of(tmp_path / "var"), seconds=20, what="la fin de tous les processus")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_of(var_dir):
    """Return the pids whose environment names `var_dir`."""
    pids = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(var_dir).encode() in environ.read_bytes():
                pids.append(int(environ.parent.name))
        except OSError:
            continue
    return pids


def test_it_starts_says_where_and_stops_without_a_trace(run, tmp_path):
    port = free_port()
    process, output = run(port)

    def ready():
        assert process.poll() is None, output.read_text()
        return "est prêt" in output.read_text()

    wait_until(ready, seconds=60, what="bin/run")
    assert f"http://127.0.0.1:{port}/" in output.read_text()
    assert "admin.demo" in output.read_text()
    with urlopen(f"http://127.0.0.1:{port}/connexion/", timeout=10) as answer:
        assert b'name="username"' in answer.read()
    assert (tmp_path / "var" / "db.sqlite3").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var" / "broker").stat().st_mode & 0o777 == 0o700
    processes = processes_of(tmp_path / "var")
    assert len(processes) >= 5
    # Mails lead back here, port included, and not to what a request calls this site. The first is bin/run itself.
    named = [b"SITE_URL=http://127.0.0.1:%d\0" % port in Path(f"/proc/{pid}/environ").read_bytes() for pid in processes]
    assert named.count(False) == 1

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0, output.read_text()
    assert "Traceback" not in output.read_text()
    wait_until(lambda: not processes_of(tmp_path / "var"), seconds=5, what="la fin de tous les processus")


def test_what_is_killed_comes_back(run, tmp_path):
    """Site, worker and beat: without the last one, nobody would take up what a killed worker leaves."""
    process, output = run(free_port())
    wait_until(lambda: "est prêt" in output.read_text(), seconds=60, what="bin/run")

    def children():
        return set(map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()))

    before = children()
    assert len(before) == 3
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(children() - before) == 3, seconds=20, what="trois nouveaux processus")
    for name in ("Le site", "L'ouvrier", "Le réveil"):
        assert f"{name} s'est arrêté de façon inattendue : redémarrage." in output.read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0, output.read_text()


def test_its_end_by_kill_9_takes_everything_along(run, tmp_path):
    process, output = run(free_port())
    wait_until(lambda: "est prêt" in output.read_text(), seconds=60, what="bin/run")
    process.kill()
    wait_until(lambda: not processes_of(tmp_path / "var"), seconds=20, what="la fin de tous les processus")


def test_a_taken_port_is_one_sentence(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process, output = run(taken.getsockname()[1])
        assert process.wait(timeout=20) == 1
    assert output.read_text().startswith("Le port")
    assert "déjà pris" in output.read_text()
    assert output.read_text().count("\n") == 1


def test_a_port_that_is_no_number_is_one_sentence(run):
    process, output = run("huit")
    assert process.wait(timeout=20) == 1
    assert "n'est pas un numéro de port" in output.read_text()
    assert output.read_text().count("\n") == 1
