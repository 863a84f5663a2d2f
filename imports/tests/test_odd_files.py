"""Workbooks that every spreadsheet program opens are read, and what Excel did to a value is told."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from imports.tables.problems import Refused
from imports.tables.table import column_letters
from imports.tests import odd_files as odd
from imports.tests.bad_files import HEADINGS, PUPILS, book
from imports.tests.test_workbook import read, right
from schools.models import SchoolClass

MARTIN, DURAND = PUPILS
FILES = [right(name, odd.BOTH, build, *codes) for name, (build, codes) in odd.PUPILS_COME_OUT.items()]


def people(sheet):
    return {
        row.number: tuple(row.values[field] for field in ("last_name", "first_name", "school_class"))
        for row in sheet.rows
    }


@pytest.mark.parametrize("name", odd.PUPILS_COME_OUT)
def test_both_pupils_come_out(tmp_path, name):
    build, codes = odd.PUPILS_COME_OUT[name]
    sheet = read(tmp_path, build())
    assert people(sheet) == odd.BOTH
    assert [problem.code for problem in sheet.problems] == codes


@pytest.mark.django_db(transaction=True)
def test_the_command_takes_them_all(school, class_6a, tmp_path):
    SchoolClass.objects.create(school=school, code="6B")
    for name, (build, codes) in odd.PUPILS_COME_OUT.items():
        path, output = tmp_path / "liste.xlsx", StringIO()
        path.write_bytes(build())
        call_command(
            *("import_users", "--school", school.code, "--kind", "students", "--check", "--json", path), stdout=output
        )
        told = json.loads(output.getvalue())
        assert (told["status"], told["created"], told["errors"]) == ("done", 2, []), name
        assert [warning["code"] for warning in told["warnings"]] == codes, name


@pytest.mark.parametrize(("error", "shown"), [("#SPILL!", "#EPARS!"), ("#CALC!", "#CALC!"), ("#N/A", "#N/A")])
@pytest.mark.parametrize(("column", "heading"), [("A", "Nom"), ("C", "Code classe")])
def test_an_error_in_a_column_that_is_read_is_told(tmp_path, error, shown, column, heading):
    sheet = read(tmp_path, odd.with_error(error, column))
    problem, *_ = [problem for problem in sheet.problems if problem.code != "unknown_column"]
    assert (problem.row, problem.column, problem.value, problem.code) == (2, heading, shown, "invalid_value")
    assert people(sheet)[3] == DURAND


@pytest.mark.parametrize("heading", ["Identifiant", "Email", "Mot de passe", "Code groupe"])
@pytest.mark.parametrize(
    ("number_format", "shown"),
    [("000000", "000410"), ('"EL-"0000', "EL-0410"), ("0", "410"), ("General", "410"), ("# ##0", "410")],
)
def test_a_number_is_what_its_format_shows(tmp_path, heading, number_format, shown):
    sheet = read(tmp_path, odd.padded(number_format, heading=heading))
    assert [shown in row.values.values() for row in sheet.rows] == [True, False]
    assert sheet.problems == []


def test_a_number_with_zeros_in_every_column(tmp_path):
    def change(workbook, sheet):
        for column in "ABC":
            sheet[f"{column}2"], sheet[f"{column}2"].number_format = 7, "000"

    assert people(read(tmp_path, book(change=change)))[2] == ("007", "007", "007")


def test_codes_that_are_numbers_are_known_as_such(tmp_path):
    sheet = read(tmp_path, book(("Martin", "Zoé", 6), ("Durand", "Ali", "6"), ("Roux", "Léa", 601.0)))
    assert [(row.values["school_class"], row.numbers) for row in sheet.rows] == [
        ("6", {"school_class"}),
        ("6", set()),
        ("601", {"school_class"}),
    ]


def test_6e1_is_a_number_in_a_column_of_codes(tmp_path):
    first, second = read(tmp_path, odd.scientific()).rows
    assert (first.values["groups"], first.numbers, second.numbers) == ("60", {"groups"}, set())


@pytest.mark.parametrize(
    ("value", "number_format"), [(200_000, "0.00E+00"), (0.001, "0E+00"), (1_234_567_890_123_456_789, "General")]
)
def test_what_excel_has_spoilt_is_an_error(tmp_path, value, number_format):
    sheet = read(tmp_path, odd.scientific(value, number_format, heading="Identifiant"))
    [problem] = sheet.problems
    assert (problem.row, problem.column, problem.code) == (2, "Identifiant", "invalid_value")
    assert "format Texte" in problem.message
    assert sheet.rows[0].values["username"] == ""


def test_a_number_whose_digits_are_all_there_is_kept_whatever_its_format(tmp_path):
    sheet = read(tmp_path, odd.scientific(9782012345678, heading="Identifiant"))
    assert (sheet.problems, sheet.rows[0].values["username"]) == ([], "9782012345678")


def test_a_password_that_excel_has_spoilt_is_not_written_down(tmp_path):
    [problem] = read(tmp_path, odd.scientific(200_000, heading="Mot de passe")).problems
    assert (problem.value, "200" in problem.message) == ("", False)


def test_a_logical_value_is_no_name(tmp_path):
    sheet = read(tmp_path, book(change=odd.logical))
    [problem] = sheet.problems
    assert (problem.row, problem.column, problem.value, problem.code) == (2, "Nom", "VRAI", "invalid_value")
    assert "valeur logique" in problem.message
    assert people(sheet) == {2: ("", "Zoé", "6A"), 3: DURAND}


def test_a_row_of_nothing_but_a_logical_value_is_told(tmp_path):
    sheet = read(tmp_path, book(MARTIN, (None, None, True)))
    assert [problem.row for problem in sheet.problems] == [3]
    assert people(sheet) == {2: MARTIN, 3: ("", "", "")}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n \n"])
def test_groups_keep_their_line_breaks(tmp_path, ending):
    sheet = read(tmp_path, book((*MARTIN, f"LATIN{ending}CHORALE"), headings=(*HEADINGS, "Code groupe")))
    assert sheet.rows[0].values["groups"] == "LATIN\nCHORALE"


def test_classes_is_a_synonym(tmp_path):
    assert people(read(tmp_path, book(headings=("Nom", "Prénom", "Classes")))) == odd.BOTH


def test_hidden_rows_are_counted(tmp_path):
    def hide(workbook, sheet):
        for number in (1, 3, 4, 6, 9):  # The header, a pupil, a blank row, a pupil, nothing.
            sheet.row_dimensions[number].hidden = True
        sheet.append((None,))
        sheet.append(("Roux", "Léa", "6A"))
        sheet.append(("Petit", "Luc", "6A"))

    [problem] = read(tmp_path, book(change=hide)).problems
    assert (problem.row, problem.code, problem.severity) == (None, "hidden_rows", "warning")
    assert problem.message.startswith("2 lignes masquées ou filtrées ont été lues")


def test_a_sheet_that_is_filled_far_and_wide_holds_no_value_that_stands_alone(tmp_path):
    """More than can be read, and no mistake of one cell."""
    planning = "".join(odd.cell(f"{column_letters(place)}2", 1) for place in range(400))
    rows = "".join(f'<row r="{number}">{odd.cell(f"A{number}", 1)}</row>' for number in range(3, 15_100))
    with pytest.raises(Refused, match="trop étendue"):
        read(tmp_path, odd.raw(f'{odd.HEADER}<row r="2">{planning}</row>{rows}'))


def test_a_value_far_below_stands_alone(tmp_path):
    with pytest.raises(Refused, match=r"valeur isolée .* en A1048576"):
        read(tmp_path, odd.raw(odd.TWO_ROWS + f'<row r="1048576">{odd.cell("A1048576", 1)}</row>'))
