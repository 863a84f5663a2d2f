"""The filesystem broker, on a disk that may be full: a message is there whole or not at all.

Kombu's own leaves an empty file behind when the disk refuses it, and the worker that finds one ends.
"""

import contextlib
import logging
import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        name = f"{int(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"  # As kombu's: they are served in this order.
        draft, final = (Path(self.data_folder_out, each) for each in (f"{name}.draft", name))
        try:
            draft.write_text(dumps(payload))
            os.replace(draft, final)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise ChannelError(f"message not written ({error.strerror})") from error

    def _get(self, queue):
        try:
            return super()._get(queue)
        except ValueError:
            logger.warning("a message that cannot be read was dropped; the sweep dispatches again")
            raise Empty from None

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        table = self._exchange_file(exchange)
        forget_if_empty(table)
        try:
            super()._queue_bind(exchange, routing_key, pattern, queue)
        finally:
            forget_if_empty(table)


def forget_if_empty(path: Path) -> None:
    with contextlib.suppress(OSError):
        if not path.stat().st_size:
            path.unlink()


class Transport(filesystem.Transport):
    Channel = Channel
