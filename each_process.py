"""A world of its own for each process of the tests (`-n`): files, secrets and broker; pytest-django makes the database.

Loaded by pytest.ini before the settings, which read these variables.
"""

import os
from pathlib import Path


def own_broker(url: str, number: int) -> str:
    """Return the Redis database that stands `number` after that of `url`."""
    address, slash, database = url.rpartition("/")
    return f"{address}{slash}{int(database) + number}"


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["VAR_DIR"] = str(Path(os.environ.get("VAR_DIR", "var/test"), worker).resolve())
    if (broker := os.environ.get("CELERY_BROKER_URL", "")).startswith("redis"):
        os.environ["CELERY_BROKER_URL"] = own_broker(broker, int(worker.removeprefix("gw")))
