"""No upload fills the disk, whoever sends it and to whatever page."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class UploadLimit(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: keeps a little more than a workbook may have, so that the form can refuse it."""

    def receive_data_chunk(self, raw_data, start):
        return raw_data if start <= settings.IMPORT_MAX_BYTES else None

    def file_complete(self, file_size):
        return None
