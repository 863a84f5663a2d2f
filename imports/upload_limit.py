"""Files come in at the addresses that expect one, and none of them fills the disk, whoever sends it."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

# So much more than the file may have is still read, so that the form can say in its own words that it is too large.
GRACE = 8 * 1024 * 1024


View = TypeVar("View", bound=Callable[..., Any])


class FileRefused(SuspiciousOperation):
    """The address expects no file."""


def takes_file(max_bytes: Callable[[], int]) -> Callable[[View], View]:
    """Let the view receive one file. `max_bytes()`: how large it may be."""

    def decorate(view):
        view.file_max_bytes = max_bytes
        return view

    return decorate


def body_max_bytes(file_max_bytes: Callable[[], int] | None) -> int:
    """Return how large the whole body of a request may be, at an address with or without `takes_file`."""
    return file_max_bytes() + GRACE if file_max_bytes else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class UploadLimit(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: keeps a little more than a file may have, so that the form can refuse it.

    `request.file_max_bytes`, set by edulib_admin.incoming: absent where no file is expected, 0 to drop it.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        try:
            self.max_bytes = self.request.file_max_bytes
        except AttributeError:
            raise FileRefused from None
        if not self.max_bytes:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= self.max_bytes else None

    def file_complete(self, file_size: int) -> None:
        return None
