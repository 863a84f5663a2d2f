"""Beat's diary. What it notes there is when each task was last due: worth nothing if the disk has no room for it."""

import logging
from typing import Any

from celery import beat

logger = logging.getLogger(__name__)


class Scheduler(beat.PersistentScheduler):
    """Keeps the diary in memory while it cannot be written: lost imports are dispatched again all the same."""

    def setup_schedule(self) -> None:
        try:
            super().setup_schedule()
        except Exception as error:  # Each of the dbm modules has errors of its own.
            logger.warning("schedule kept in memory only: %s", type(error).__name__)
            self._store = MemoryStore()
            self.merge_inplace(self.app.conf.beat_schedule)
            self.install_default_entries(self.schedule)

    def apply_entry(self, entry: beat.ScheduleEntry, producer: Any = None) -> None:
        """As Celery's, without two tracebacks each time: the broker that refused says why."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:
            logger.warning("%s", error)

    def sync(self) -> None:
        try:
            super().sync()
        except Exception as error:
            logger.warning("schedule not written: %s", type(error).__name__)

    def close(self) -> None:
        try:
            super().close()
        except Exception as error:
            logger.warning("schedule not closed: %s", type(error).__name__)


class MemoryStore(dict):
    def __init__(self) -> None:
        super().__init__(entries={})

    def sync(self) -> None:
        pass

    def close(self) -> None:
        pass
