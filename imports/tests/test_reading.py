"""What the reader says of cells and files, and how it keeps its child process in hand."""

import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import python_calamine

from imports.columns import columns_for
from imports.tables import cells, guard
from imports.tables.formats import sniff
from imports.tables.problems import ERROR, WARNING, Refused
from imports.tables.sight import SNIFFED_BYTES
from imports.tables.table import column_index, column_letters
from imports.tables.worksheet_xml import WorksheetScan, scan_rows
from imports.tables.xlsx_styles import Styles
from imports.tests import bad_files as bad
from imports.tests.test_workbook import read

ROOT = Path(guard.__file__).parents[2]


def child_that(monkeypatch, code):
    """Make the reader start a process that runs `code` in the place of the reading child."""
    monkeypatch.setattr(guard, "_command", lambda *args: [sys.executable, "-I", "-c", code])


# --- What is returned ---------------------------------------------------------------------------------------
def test_a_full_row_has_every_field(tmp_path):
    headings = [column.heading for column in columns_for("student")]
    values = ("Martin", "Zoé", "zoe.m", "zoe@example.org", " Secret  é-1 ", "6A", "LATIN; GREC", "x", "y")
    sheet = read(tmp_path, bad.book(values, headings=headings))
    assert sheet.fields == {column.field for column in columns_for("student") if column.read}
    assert sheet.problems == []
    assert sheet.rows == [
        guard.Row(
            2,
            {
                "last_name": "Martin",
                "first_name": "Zoé",
                "username": "zoe.m",
                "email": "zoe@example.org",
                "password": "Secret  é-1",
                "school_class": "6A",
                "groups": "LATIN; GREC",
            },
        )
    ]


def test_a_column_that_is_absent_reads_as_empty_and_is_not_in_fields(tmp_path):
    sheet = read(tmp_path, bad.book())
    assert sheet.fields == {"last_name", "first_name", "school_class"}
    assert sheet.rows[0].values["email"] == ""


@pytest.mark.parametrize(("kind", "other"), [("student", "enseignant"), ("teacher", "élève")])
def test_every_synonym_is_read(tmp_path, kind, other):
    """Those of the other kind (“Nom élève” in a list of teachers) say that the list is of that kind."""
    columns = columns_for(kind)
    names = [[name for name in (column.heading, *column.synonyms) if other not in name] for column in columns]
    for place in range(max(map(len, names))):
        headings = [of_column[-1 - place % len(of_column)] for of_column in names]
        sheet = read(tmp_path, bad.book(["x"] * len(headings), headings=headings), kind=kind)
        assert sheet.problems == []
        assert sheet.fields == {column.field for column in columns if column.read}


def test_a_date_in_a_code_column_says_what_excel_did(tmp_path):
    problem, *_ = read(tmp_path, bad.book(change=bad.dates)).problems
    assert (problem.row, problem.column, problem.value, problem.code, problem.severity) == (
        4,
        "Code classe",
        "06/01/2026",
        "date_in_code",
        ERROR,
    )
    assert "« 6-1 »" in problem.message
    assert "format Texte" in problem.message


def test_an_error_cell_is_named_as_french_excel_shows_it(tmp_path):
    problems = read(tmp_path, bad.raw(bad.ERROR_CELLS)).problems
    assert [(problem.row, problem.column, problem.value) for problem in problems] == [
        (2, "Nom", "#NOM?"),
        (2, "Code classe", "#N/A"),
        (5, "Code classe", "#REF!"),
    ]


def test_an_unknown_heading_is_a_warning(tmp_path):
    (problem,) = read(tmp_path, bad.book(headings=(*bad.HEADINGS, "Sexe"))).problems
    assert (problem.row, problem.column, problem.severity) == (1, "Sexe", WARNING)


def test_a_far_cell_is_named(tmp_path):
    with pytest.raises(Refused, match="A1048576"):
        read(tmp_path, bad.raw(bad.TWO_ROWS + f'<row r="1048576">{bad.cell("A1048576", 1)}</row>'))


def test_all_missing_columns_are_told(tmp_path):
    with pytest.raises(Refused) as outcome:
        read(tmp_path, bad.book(headings=("Nom", "Email", "Code")))
    assert [(p.row, p.column) for p in outcome.value.problems] == [(1, "Prénom"), (1, "Code classe")]


def test_a_password_that_is_a_date_is_not_written_down(tmp_path):
    headings = (*bad.HEADINGS, "Mot de passe")
    sheet = read(tmp_path, bad.book(("a", "b", "c", datetime.date(2012, 5, 6)), headings=headings))
    (problem,) = sheet.problems
    assert problem.value == ""
    assert "2012" not in problem.message


def test_errors_are_found_whatever_the_pieces_in_which_the_xml_comes(tmp_path):
    """More than one piece of 1 MiB; the error cells stand in the first, the last, and around the seams."""
    rows = [bad.row(number, "Martin", "Zoé" * 20, "6A") for number in range(2, 15_002)]
    wrong = range(2, 15_002, 97)
    for number in wrong:
        rows[number - 2] = (
            f'<row r="{number}">{bad.cell(f"A{number}", "#N/A", chr(32) + "t=" + chr(34) + "e" + chr(34))}</row>'
        )
    sheet = read(tmp_path, bad.raw(bad.HEADER + "".join(rows)))
    assert [problem.row for problem in sheet.problems] == list(wrong)


# --- Cells --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Le \u00a0 Goff\t", "Le Goff"),
        ("Zoe\u0301", "Zoé"),
        ("a\u200bb\ufeff", "ab"),
        ("a\x00b\x07", "ab"),
        (601.0, "601"),
        (-0.0, "0"),
        (6.10, "6.1"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
        (True, "VRAI"),
        (False, "FAUX"),
        (float("nan"), None),
        ("", ""),
    ],
)
def test_as_text(value, text):
    assert cells.as_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.date(2026, 1, 6), "06/01/2026"),
        (datetime.datetime(2026, 1, 6, 8, 5), "06/01/2026 08:05"),  # noqa: DTZ001 (Excel knows no time zone)
        (datetime.datetime(2026, 1, 6), "06/01/2026"),  # noqa: DTZ001
        (datetime.time(6, 1), "06:01"),
        (datetime.timedelta(hours=30, minutes=2, seconds=3), "30:02:03"),
    ],
)
def test_moment_text(value, text):
    assert cells.moment_text(value) == text


@pytest.mark.parametrize(("letters", "index"), [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16383)])
def test_columns_have_letters_and_indexes(letters, index):
    assert column_index(letters) == index
    assert column_letters(index) == letters


def test_hostile_xml_is_searched_in_linear_time():
    started = time.monotonic()
    scan_rows(b'<c t="e" <f ' * 300_000 + b"<c " * 300_000, WorksheetScan(Styles()))
    assert time.monotonic() - started < 5


# --- sniff --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "name", "code", "words"),
    [
        (bad.ole("Workbook")[:65536], "liste.xls", "wrong_format", ".xls"),
        (bad.ole("Workbook"), "liste.xlsx", "wrong_format", ".xls"),
        (bad.ole("EncryptedPackage")[:65536], "liste.xlsx", "encrypted", "mot de passe"),
        (b"Nom;Pr\xe9nom\n", "liste.csv", "wrong_format", "CSV"),
        (b"", "liste.xlsx", "empty", "vide"),
        (b"\x00\x01\x02\x03", "liste.xlsx", "wrong_format", "n'est pas un classeur Excel"),
    ],
)
def test_sniff_refuses_at_once(content, name, code, words):
    problem = sniff(content, name)
    assert problem.code == code
    assert words in problem.message


def test_sniff_accepts_a_workbook():
    assert sniff(bad.book()[:SNIFFED_BYTES], "liste.xlsx") is None


# --- The child ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "code",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import os; os.abort()",
        "raise MemoryError",
        "print('[\"last_name\"]'); print('[[2,\"Martin\"]]')",
        "print('[\"last_name\"')",
        "print('garbage')",
        "print(3)",
    ],
)
def test_a_child_that_dies_or_stops_half_way_is_one_refusal(tmp_path, monkeypatch, code):
    child_that(monkeypatch, code)
    with pytest.raises(Refused) as outcome:
        read(tmp_path, bad.book())
    assert [problem.code for problem in outcome.value.problems] == ["unreadable"]


def test_a_child_that_is_too_slow_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "MAX_SECONDS", 0.5)
    child_that(monkeypatch, "import time; time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(Refused) as outcome:
        read(tmp_path, bad.book())
    assert outcome.value.problems[0].code == "too_large"
    assert time.monotonic() - started < 10


def test_the_caller_is_told_while_it_waits_and_may_end_the_reading(tmp_path, monkeypatch):
    calls = []

    def on_wait():
        calls.append(time.monotonic())
        if len(calls) == 2:
            raise KeyError("lease lost")

    child_that(monkeypatch, "import time; time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(KeyError):
        read(tmp_path, bad.book(), on_wait=on_wait)
    assert 1 < calls[1] - started < 10


def test_the_child_sees_no_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "do-not-leak")
    child_that(
        monkeypatch, "import os, json; print(json.dumps({'problems': [], 'seen': os.environ.get('SECRET_KEY')}))"
    )
    seen = []
    collect = guard._collect
    monkeypatch.setattr(
        guard, "_collect", lambda lines, *args: collect([seen.append(line) or line for line in lines], *args)
    )
    read(tmp_path, bad.book())
    assert json.loads(seen[-1])["seen"] is None


def test_the_child_limits_itself_and_never_loads_django():
    code = (
        "import sys, resource; sys.path.append(sys.argv[1]); sys.path.append(sys.argv[2])\n"
        "from imports.tables import child, reading\n"
        "child.limit_this_process()\n"
        "names = ('AS', 'CPU', 'CORE', 'FSIZE')\n"
        "print(*(resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1] for name in names))\n"
        "print(any(name.split('.')[0] == 'django' for name in sys.modules))\n"
    )
    packages = Path(python_calamine.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, ROOT, packages], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [f"{384 * 1024 * 1024} 20 0 0", "False"]
