"""The harness itself: a worker that works, dies and comes back; a browser that sees the live server."""

import pytest
from django.db import connection

from edulib_admin.celery import app as celery_app
from imports.tests.harness import REDIS


def test_worker_hears_the_bell_dies_and_another_comes(start_worker):
    worker = start_worker()
    celery_app.send_task("imports.tasks.sweep")
    worker.wait_for("Task imports.tasks.sweep[")
    worker.kill()
    assert not worker.is_running()

    second = start_worker()
    celery_app.send_task("imports.tasks.sweep")
    second.wait_for("Task imports.tasks.sweep[")
    assert second.is_running()


@pytest.mark.browser
def test_chromium_sees_the_live_server(chromium_page, live_server):
    chromium_page.goto("/connexion/")
    assert chromium_page.locator("input[name=username]").is_visible()


@pytest.mark.services
def test_the_world_is_the_one_that_was_asked_for(needs_postgres, needs_redis, db):
    assert REDIS
    assert connection.vendor == "postgresql"
