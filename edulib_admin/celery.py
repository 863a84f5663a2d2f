"""The Celery application: it wakes workers. The queue itself is the `Import` table."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edulib_admin.settings")

TRANSPORT_ALIASES["filesystem"] = "edulib_admin.file_broker:Transport"
app = Celery("edulib_admin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
