"""One file read: its list found, its rows turned into texts. Runs in the reading child."""

from collections.abc import Iterator
from dataclasses import dataclass

from imports.tables.columns import Layout
from imports.tables.formats import open_tables
from imports.tables.headings import find_list
from imports.tables.problems import Problem
from imports.tables.rows import Row, RowReader


@dataclass(slots=True)
class Reading:
    """`fields`: of the columns that are read. `rows`: [row number, text of each field]. `problems`: whole once the
    rows are."""

    fields: list[str]
    rows: Iterator[Row]
    problems: list[Problem]


def read(path: str, layout: Layout, *, max_rows: int, max_unpacked_bytes: int) -> Reading:
    """Open the file at `path` and find the list of `layout` in it. Raises Refused, here and while rows are read."""
    header, problems = find_list(open_tables(path, max_unpacked_bytes=max_unpacked_bytes), layout)
    reader = RowReader(header, layout, max_rows=max_rows)
    reader.problems += problems
    return Reading([column.field for column in reader.columns], reader.rows(), reader.problems)
