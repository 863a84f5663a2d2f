"""A format is one module: what it makes of a file is found and read as any other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from imports.columns import layout_for
from imports.tables import formats, reading
from imports.tables.problems import Refused
from imports.tables.table import Facts
from imports.tests import bad_files as bad

ROOT = Path(__file__).parents[2]
FILE_FORMATS = {"openpyxl", "python_calamine", "xml", "zipfile", "zlib"}


class Lines:
    """A table of the toy format: a line for each row, a bar between cells."""

    name, visible, facts, first_column = "lignes", True, Facts(), 0

    def __init__(self, text):
        self.lines = text.splitlines()
        self.last_row = len(self.lines)

    def rows(self):
        for number, line in enumerate(self.lines, 1):
            yield number, line.split("|")


class Toy:
    @staticmethod
    def recognises(sight):
        return sight.start.startswith(b"toy|")

    @staticmethod
    def tables(path, *, max_unpacked_bytes):
        return [Lines(Path(path).read_text())]


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, Toy))

    def read(content):
        path = tmp_path / "liste"
        path.write_bytes(content)
        return reading.read(
            str(path), layout_for("student"), filename="liste", max_rows=10, max_unpacked_bytes=1_000_000
        )

    return read


def test_a_new_format_is_read_by_what_is_there(read):
    found = read("toy|1|\nPrénom|Nom|Classe\nZoé|Martin|6A\n||\nAli|Durand|6B\n".encode())
    assert found.fields == ["last_name", "first_name", "school_class"]
    assert list(found.rows) == [[3, "Martin", "Zoé", "6A"], [5, "Durand", "Ali", "6B"]]
    assert found.problems == []


def test_each_file_is_read_by_its_own_format(read):
    assert [row[1:] for row in read(bad.book()).rows] == [list(pupil) for pupil in bad.PUPILS]
    with pytest.raises(Refused, match="CSV"):
        read(b"Nom;Classe\n")
    assert formats.sniff(b"toy|") is None


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_only_the_room_for_tables_knows_what_files_are_made_of():
    apps = ("accounts", "edulib_admin", "imports", "licences", "schools")
    modules = [path for app in apps for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in modules
        if any(name.split(".")[0] in FILE_FORMATS for name in imported(path))
    }
    assert knowing
    assert {name for name in knowing if not name.startswith("imports/tables/")} == set()


def test_the_room_for_tables_needs_nothing_of_the_house_but_clean_and_folded_text():
    for path in (ROOT / "imports" / "tables").glob("*.py"):
        for name in imported(path):
            app = name.split(".")[0]
            assert app != "django", path
            ours = app in ("accounts", "edulib_admin", "imports", "licences", "schools")
            pure = name in ("schools.text", "schools.folding") or name.startswith("imports.tables")
            assert not ours or pure, (path, name)
