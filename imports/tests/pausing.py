"""The Celery application with an import that stops at a named place, for tests that strike there.

PAUSE_AT: `read` (the workbook is being read) or `end` (inside the final transaction, people written). PAUSE_FLAG: a
file that is made on arrival; the import goes on once it is removed.
"""

import os
import time
from pathlib import Path

from celery.signals import worker_process_init

from edulib_admin.celery import app

__all__ = ["app"]


@worker_process_init.connect
def pause(**kwargs):
    from imports import pipeline
    from imports.models import Import

    step, flag = os.environ["PAUSE_AT"], Path(os.environ["PAUSE_FLAG"])
    place = Import if step == "end" else pipeline
    real = getattr(place, step)

    def paused(*args, **options):
        flag.touch()
        while flag.exists():
            time.sleep(0.02)
        return real(*args, **options)

    setattr(place, step, paused)
