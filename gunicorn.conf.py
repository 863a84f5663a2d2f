"""Read by gunicorn where it is started. Bind, workers and threads stay on its command line."""

import os


def on_starting(server):
    """Stop here on a wrong setting, with its sentence, rather than in every worker with a traceback."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edulib_admin.settings")
    django.setup()
