"""What a file looks like before anything parses it: enough to tell its format."""

import zipfile
from dataclasses import dataclass

from imports.tables.problems import damaged

SNIFFED_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sight:
    """`start`: the first bytes, at least SNIFFED_BYTES of them where there are so many. `filename`: the user's own
    name for it, if known. `members`: of an archive, in lower case; None: nobody has looked."""

    start: bytes
    filename: str = ""
    members: frozenset[str] | None = None

    @property
    def is_zip(self) -> bool:
        return self.start.startswith(b"PK")


def look(path: str, filename: str = "") -> Sight:
    """Return the Sight of the file at `path`. Raises Refused for a broken archive."""
    with open(path, "rb") as file:
        start = file.read(SNIFFED_BYTES)
        if not start.startswith(b"PK"):
            # An OLE file names its content anywhere; the caller has bounded its size.
            return Sight(start + file.read(), filename)
        try:
            names = zipfile.ZipFile(file).namelist()
        except Exception:  # zipfile raises many kinds for a hostile directory; all mean the same.
            raise damaged() from None
    return Sight(start, filename, frozenset(map(member_key, names)))


def member_key(filename: str) -> str:
    """Return the form in which names of members are compared."""
    return filename.replace("\\", "/").lower()
