"""The page that a monitor asks."""

import shutil
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from edulib_admin.views import health
from imports.models import Import

pytestmark = pytest.mark.django_db(transaction=True)


def add(school, status, seconds):
    finished = timezone.now() if status == "done" else None
    created = timezone.now() - timedelta(seconds=seconds)
    Import.objects.create(school=school, kind="student", status=status, created_at=created, finished_at=finished)


def test_answers_without_signing_in(client):
    response = client.get(reverse("health"))
    assert response.status_code == 200
    told = response.json()
    assert told.pop("space")["status"] == "ok"
    assert told == {"status": "ok", "database": "ok", "queue": {"pending": 0, "oldest_seconds": 0}}
    assert "no-store" in response["Cache-Control"]


def test_tells_what_waits(client, school):
    for status, seconds in (("pending", 30), ("pending", 90), ("running", 500), ("done", 900)):
        add(school, status, seconds)
    queue = client.get("/sante/").json()["queue"]
    assert queue["pending"] == 2
    assert 90 <= queue["oldest_seconds"] < 120


def test_short_of_space_before_it_is_gone(client, settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path
    free = shutil.disk_usage(tmp_path).free
    settings.FREE_SPACE_MIN_BYTES = free // 2
    assert client.get("/sante/").json()["status"] == "ok"
    settings.FREE_SPACE_MIN_BYTES = free * 2
    response = client.get("/sante/")
    assert response.status_code == 200, "a load balancer must not take a working site out"
    told = response.json()
    assert (told["status"], told["space"]["status"]) == ("space_short", "short")
    assert told["space"]["short_below_bytes"] == free * 2
    assert abs(told["space"]["free_bytes"] - free) < 2**30


def test_database_down(client, monkeypatch):
    for key, value in {"NAME": "/nonexistent/db", "HOST": "127.0.0.1", "PORT": "1"}.items():
        monkeypatch.setitem(connections.settings["default"], key, value)
    response = client.get("/sante/")
    assert response.status_code == 503
    assert response.json() == {"status": "failed", "database": "failed", "queue": None}


def test_a_database_that_hangs_is_not_waited_for(client, monkeypatch):
    """Nothing real hangs on demand on both databases: the probe under way is the one thing replaced."""
    with monkeypatch.context() as patch, health.probing:
        patch.setattr(health, "SECONDS", 0.2)
        started = time.monotonic()
        assert client.get("/sante/").status_code == 503
    assert time.monotonic() - started < 2
    assert client.get("/sante/").status_code == 200


def test_wrong_method(client):
    assert client.post("/sante/").status_code == 405
