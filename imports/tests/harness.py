"""Real parts for the tests: a worker process, Chromium, and the reasons to skip when a service is absent.

Loaded as a plugin by the top `conftest.py`, so its fixtures serve every app.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection
from kombu import pools

from edulib_admin.celery import app as celery_app

REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"
REDIS = not django_settings.CELERY_BROKER_URL.startswith("filesystem")


def wait_until(condition, *, seconds=30.0, what="la condition attendue"):
    """Return the first true value of `condition()`; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what} : rien après {seconds} s")
        time.sleep(0.05)
    return value


def absent(reason, *, variable=None):
    """Skip the test with `reason`; under REQUIRE_SERVICES=1, fail.

    `variable`: the one that chooses the world. When it is set, this test simply belongs to the other world.
    """
    if REQUIRED and not (variable and variable in os.environ):
        pytest.fail(f"REQUIRE_SERVICES=1 : {reason}")
    pytest.skip(reason)


@pytest.fixture
def needs_postgres():
    if connection.vendor != "postgresql":
        absent("joué sur PostgreSQL (DATABASE_URL=postgres://…)", variable="DATABASE_URL")


@pytest.fixture
def needs_redis():
    if not REDIS:
        absent("joué avec Redis (CELERY_BROKER_URL=redis://…)", variable="CELERY_BROKER_URL")


# --- Worker -------------------------------------------------------------------------------------------------
def database_url():
    """Return the address of the *test* database, for other processes."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    login = quote(at["USER"] or "", safe="")
    if at["PASSWORD"]:
        login += ":" + quote(at["PASSWORD"], safe="")
    port = f":{at['PORT']}" if at["PORT"] else ""
    return f"postgres://{login}@{quote(at['HOST'] or '', safe='')}{port}/{at['NAME']}"


class Worker:
    """A real Celery worker, in its own process group. `log`: path of what it says."""

    def __init__(self, log, env, beat, app, concurrency):
        self.log = log
        command = [sys.executable, "-m", "celery", "-A", app, "worker", "--concurrency", str(concurrency)]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        command += ["--beat"] if beat else []
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=django_settings.BASE_DIR,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for(" ready.", seconds=60)

    @property
    def pid(self):
        return self.process.pid

    def said(self):
        """Return everything that the worker has logged."""
        return self.log.read_text(errors="replace")

    def wait_for(self, text, *, seconds=30.0):
        """Wait until the worker has logged `text`."""

        def seen():
            if text in self.said():
                return True
            if self.process.poll() is not None:
                pytest.fail(f"the worker ended ({self.process.returncode}):\n{self.said()[-4000:]}")
            return False

        wait_until(seen, seconds=seconds, what=f"« {text} » dans {self.said()[-4000:]}")

    def is_running(self):
        return self.process.poll() is None

    def children(self):
        """Return the pids of the processes that run tasks."""
        pids = []
        for task in Path(f"/proc/{self.pid}/task").glob("*/children"):
            pids += map(int, task.read_text().split())
        return pids

    def memory(self):
        """Return the largest peak of resident memory of the worker and its children, in bytes."""
        peaks = [0]
        for pid in [self.pid, *self.children()]:
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        peaks.append(int(line.split()[1]) * 1024)
        return max(peaks)

    def kill(self):
        """kill -9, children included: what a power cut or the kernel's OOM killer leaves."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(timeout=10)


def forget_connections():
    """Make this process connect anew: the pools tell brokers apart by address, not by directory."""
    pools.reset()
    celery_app._after_fork()


@pytest.fixture
def broker(tmp_path, settings):
    """An empty broker for this test: its own directory, or an emptied queue on Redis. Returns its address."""
    if REDIS:
        celery_app.control.purge()
        yield settings.CELERY_BROKER_URL
        return
    folder = tmp_path / "var" / "broker"
    for name in ("queue", "processed"):
        (folder / name).mkdir(parents=True)
    before = celery_app.conf.broker_transport_options
    celery_app.conf.broker_transport_options = {
        **before,
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "processed_folder": str(folder / "processed"),
        "control_folder": str(folder / "control"),
    }
    forget_connections()
    yield settings.CELERY_BROKER_URL
    celery_app.conf.broker_transport_options = before
    forget_connections()


@pytest.fixture
def start_worker(transactional_db, broker, settings, tmp_path):
    """Start a worker on the test database: `start_worker(beat=False, IMPORT_LEASE_SECONDS=2, …)` → `Worker`.

    `app`: another Celery application than the project's (tests/pausing.py).
    Keywords are environment variables (see edulib_admin/settings.py). All are killed at the end of the test: a clean
    stop takes Celery 6 s.
    """
    workers = []

    def start(*, beat=False, app="edulib_admin", concurrency=1, **overrides):
        env = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(tmp_path),  # What a killed worker leaves behind goes with the test.
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": broker,
            "VAR_DIR": str(tmp_path / "var"),
            "UPLOAD_DIR": settings.STORAGES["default"]["OPTIONS"]["location"],
            "SECRET_KEY": settings.SECRET_KEY,
            "CREDENTIAL_KEYS": settings.CREDENTIAL_KEYS,
            **{name: str(value) for name, value in overrides.items()},
        }
        workers.append(worker := Worker(tmp_path / f"worker-{len(workers)}.log", env, beat, app, concurrency))
        return worker

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture
def running_worker(start_worker):
    """One worker with its sweep, ready to work."""
    return start_worker(beat=True, IMPORT_SWEEP_SECONDS=2)


# --- Browser ------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def chromium():
    """The system's Chromium, driven by playwright."""
    path = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if path is None:
        absent("Chromium est absent (paquet chromium, ou la variable CHROMIUM)")
    sync_api = pytest.importorskip("playwright.sync_api")
    # Playwright keeps an event loop in this thread; the ORM calls of the tests are plain ones all the same.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    flags = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0, args=flags)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def open_page(chromium, live_server):
    """Open a page of a new visitor on the live server: `open_page(width=…)`.

    What goes wrong in the page (script errors, refusals of the content policy, missing files) fails the test.
    """
    contexts, complaints = [], []

    def heard(line):
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            complaints.append(line.text)

    def answered(response):
        if response.status >= 400 and response.request.resource_type != "document":
            complaints.append(f"{response.status} {response.url}")

    def open_(*, width=1200, height=900):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            accept_downloads=True,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", heard)
        page.on("response", answered)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def chromium_page(open_page):
    return open_page()
