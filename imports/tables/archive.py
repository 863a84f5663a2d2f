"""A zip that nobody trusts: members are unpacked piece by piece, counted, and compared with what it says of them."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from imports.tables.problems import Problem, Refused, damaged, encrypted, file_problem
from imports.tables.sight import member_key

PIECE = 1024 * 1024


class Archive:
    """The archive at a path, open. `members`: {name in lower case: ZipInfo}. Raises Refused, here and later."""

    def __init__(self, path: str, *, max_unpacked_bytes: int) -> None:
        self.max_unpacked_bytes = max_unpacked_bytes
        self.unpacked = 0
        self.file = open(path, "rb")  # noqa: SIM115 - closed by `__exit__`.
        try:
            members = zipfile.ZipFile(self.file).infolist()
        except Exception:  # zipfile raises many kinds for a hostile directory; all mean the same.
            raise damaged() from None
        self.members = {member_key(member.filename): member for member in members}
        if any(member.flag_bits & 0x1 for member in members):
            raise encrypted()
        if len(self.members) < len(members) or any(
            name.startswith("/") or ":" in name or ".." in name.split("/") for name in self.members
        ):
            raise damaged()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def pieces(self, key: str) -> Iterator[bytes]:
        """Yield the content of a member, at most PIECE bytes at a time; what is unpacked counts for the archive."""
        member = self.members[key]
        size = checksum = 0
        try:
            for piece in self._inflate(member):
                size += len(piece)
                self.unpacked += len(piece)
                if self.unpacked > self.max_unpacked_bytes:
                    raise Refused(too_large_unpacked(self.max_unpacked_bytes))
                checksum = zlib.crc32(piece, checksum)
                yield piece
        except (zlib.error, struct.error, OSError):
            raise damaged() from None
        if size != member.file_size or checksum != member.CRC:
            raise damaged()

    def _inflate(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """Yield the true content of `member`: the sizes written in the archive are never believed."""
        self.file.seek(member.header_offset)
        header = self.file.read(30)
        if header[:4] != b"PK\x03\x04":
            raise damaged()
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        self.file.seek(name_length + extra_length, 1)
        left = member.compress_size
        if not left and not member.file_size:
            return  # Not even the two bytes that end a deflated stream: some programs write nothing at all.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()
        stored = member.compress_type == zipfile.ZIP_STORED
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while left > 0:
            data = self.file.read(min(65536, left))
            if not data:
                raise damaged()
            left -= len(data)
            if stored:
                yield data
                continue
            while data and not inflater.eof:
                yield inflater.decompress(data, PIECE)
                data = inflater.unconsumed_tail
            if inflater.eof:
                return
        if not stored:
            yield inflater.flush()
            if not inflater.eof:
                raise damaged()


def too_large_unpacked(limit: int) -> Problem:
    return file_problem(
        "too_large",
        f"Ce classeur est trop volumineux une fois décompressé (plus de {limit // (1024 * 1024)} Mo) : copiez "
        "vos lignes dans le modèle à télécharger, sans images ni mise en forme, puis importez-le.",
    )
