"""Columns of our own."""

from django.db import models


class KeyField(models.CharField):
    """What a text is compared and listed by (folding.py): byte by byte, whatever the database's own order of letters.

    SQLite does so by itself.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"editable": False, **kwargs})

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
