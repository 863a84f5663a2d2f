"""The reading child's own code, played in this process: what it says of every file is seen, and counts as covered.

The child itself may write no file (RLIMIT_FSIZE), so not what it has covered either.
"""

import sys
from contextlib import redirect_stdout
from io import StringIO

import pytest

from imports.tables import child, guard
from imports.tables.problems import Refused
from imports.tests.test_odd_files import FILES as ODD_FILES
from imports.tests.test_workbook import CELLS, HEADERS, NOT_A_WORKBOOK, read

# Damaged files, bombs and far cells are for a child that may die of them.
FILES = [*NOT_A_WORKBOOK, *HEADERS, *CELLS, *ODD_FILES]


def said_here(command, *bounds):
    """Return the lines that the child of `command` (guard._command) would write."""
    output = StringIO()
    with redirect_stdout(output):
        child.main(*command[command.index(child.__file__) + 1 :])
    return output.getvalue().encode().splitlines(keepends=True)


@pytest.mark.parametrize(("build", "kind", "limits", "code", "rows", "codes"), FILES)
def test_the_child_says_what_the_file_holds(tmp_path, monkeypatch, build, kind, limits, code, rows, codes):
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(child, "limit_this_process", lambda: None)
    monkeypatch.setattr(guard, "_lines", said_here)
    if code:
        with pytest.raises(Refused) as outcome:
            read(tmp_path, build(), kind=kind, **limits)
        assert {problem.code for problem in outcome.value.problems} == {code}
    else:
        sheet = read(tmp_path, build(), kind=kind, **limits)
        assert [row.number for row in sheet.rows] == list(rows)
        assert sorted(problem.code for problem in sheet.problems) == codes
