"""Read by gunicorn wherever it is started from this directory: bin/run, the README's command, the sample unit."""

import os

# A header by the name of SCRIPT_NAME or PATH_INFO tells nothing here, not even from the machine itself: by default a
# visitor at 127.0.0.1 gets a 500 with one. X-Forwarded-For and X-Forwarded-Proto are the business of settings.py.
forwarder_headers = ""


def on_starting(server: object) -> None:
    """Stop here on a wrong setting, with its sentence, rather than in every worker with a traceback."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edulib_admin.settings")
    django.setup()


def post_worker_init(worker: object) -> None:
    """Keep one connection to SQLite open: the first one makes two files beside the database, the last one removes them.

    Each request is spared that work, and pages are read even when the disk has no room for those files.
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master LIMIT 1")
            cursor.fetchall()
