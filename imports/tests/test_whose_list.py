"""Several sheets, and lists of the other kind: the right people are read, or nobody is."""

import contextlib
import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Student, Teacher
from imports.tables.problems import Refused, SheetRow
from imports.tests.bad_files import HEADINGS, PUPILS, book
from imports.tests.odd_files import TEACHERS, one_sheet_a_class, pupils_and_teachers, sheets
from imports.tests.test_workbook import read
from schools.models import SchoolClass

NAMES = ("Nom", "Prénom")
NAMED = (NAMES, ("Martin", "Zoé"), ("Durand", "Ali"))
CLASSES = (("Nom", "Prénom", "Classe"), *PUPILS)


def last_names(sheet):
    return [row.values["last_name"] for row in sheet.rows]


def refusal(tmp_path, content, **options):
    """Return the one sentence that refuses a list of the other kind."""
    with pytest.raises(Refused) as outcome:
        read(tmp_path, content, **options)
    [problem] = outcome.value.problems
    assert problem.code == "wrong_format"
    return problem.message


# --- The sheet of the kind -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        pupils_and_teachers(),
        sheets(Élèves=NAMED, Enseignants=TEACHERS),
        sheets(Enseignants=TEACHERS, Élèves=CLASSES),
        sheets(Feuil1=CLASSES, Feuil2=TEACHERS),
        sheets(Feuil1=(("Liste des élèves",), *NAMED), Feuil2=(("Liste des professeurs",), *TEACHERS)),
    ],
    ids=["Élèves, Enseignants", "same headings", "Enseignants first", "by the columns", "by the titles"],
)
def test_the_sheet_of_the_kind_is_taken(tmp_path, content):
    assert last_names(read(tmp_path, content, kind="teacher")) == ["Bernard", "Petit"]


def test_the_pupils_are_taken_from_the_same_book(tmp_path):
    assert last_names(read(tmp_path, sheets(Enseignants=TEACHERS, Élèves=CLASSES))) == ["Martin", "Durand"]


# --- The other kind --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "filename", "where"),
    [
        (sheets(Élèves=NAMED), "liste.xlsx", "la feuille « Élèves »"),
        (sheets(Feuil1=(("Liste des élèves de 6A",), (), *NAMED)), "liste.xlsx", "le titre en ligne 1"),
        (sheets(Feuil1=NAMED), "liste-eleves_2026.xlsx", "le nom du fichier"),
        (sheets(Feuil1=NAMED), "ListeEleves.xlsx", "le nom du fichier"),
        (sheets(Feuil1=(("Nom élève", "Prénom élève"), *NAMED[1:])), "liste.xlsx", "la colonne « Nom élève »"),
        (sheets(Élèves=(NAMES, *NAMED[1:]), Notes=(("Nom", "Note"), ("x", 1))), "liste.xlsx", "la feuille « Élèves »"),
    ],
)
def test_a_list_of_pupils_is_not_taken_for_teachers(tmp_path, content, filename, where):
    message = refusal(tmp_path, content, kind="teacher", filename=filename)
    assert message.startswith("Ce fichier semble être la liste des élèves, pas celle des enseignants")
    assert where in message
    assert "depuis « Élèves »" in message


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (sheets(Enseignants=TEACHERS), "liste.xlsx"),
        (sheets(Feuil1=TEACHERS), "Professeurs 2026.xlsx"),
        (sheets(Feuil1=(("Nom de l'enseignant", "Prénom", "Classe"), *PUPILS)), "liste.xlsx"),
    ],
)
def test_a_list_of_teachers_is_not_taken_for_pupils(tmp_path, content, filename):
    message = refusal(tmp_path, content, filename=filename)
    assert message.startswith("Ce fichier semble être la liste des enseignants, pas celle des élèves")
    assert "depuis « Enseignants »" in message


@pytest.mark.parametrize(
    ("content", "filename", "kind"),
    [
        (sheets(Feuil1=(("Professeur principal : M. Roux",), *CLASSES)), "6A professeur Roux.xlsx", "student"),
        (sheets(Feuil1=(("Professeurs principaux : M. Roux, Mme Roy",), *CLASSES)), "liste.xlsx", "student"),
        (sheets(Feuil1=(("Professeurs : M. Roux, Mme Roy",), *CLASSES)), "liste.xlsx", "student"),
        (sheets(Élèves=CLASSES), "enseignants.xlsx", "student"),
        (sheets(Enseignants=TEACHERS), "élèves.xlsx", "teacher"),
        (sheets(Feuil1=TEACHERS), "élèves et professeurs.xlsx", "teacher"),
        (sheets(Feuil1=TEACHERS), "relevés.xlsx", "teacher"),
    ],
)
def test_what_may_be_either_is_taken_as_it_is_said(tmp_path, content, filename, kind):
    assert len(read(tmp_path, content, kind=kind, filename=filename).rows) == 2


def test_pupils_without_class_are_not_told_to_be_teachers(tmp_path):
    with pytest.raises(Refused) as outcome:
        read(tmp_path, book(headings=("Nom élève", "Prénom élève", "Né le")))
    [problem] = outcome.value.problems
    assert (problem.code, "enseignants" in problem.message) == ("missing_column", False)


def test_a_lock_file_is_named(tmp_path):
    lock = b"\x05Alice" + b" " * 50 + b"A\0l\0i\0c\0e\0" + b" \0" * 50
    for filename in ("~$liste.xlsx", ".~lock.liste.xlsx#"):
        with pytest.raises(Refused, match="fichier temporaire de votre tableur"):
            read(tmp_path, lock, filename=filename)


# --- Sheets of one list ----------------------------------------------------------------------------------------
def test_sheets_with_one_heading_are_one_list(tmp_path):
    sheet = read(tmp_path, one_sheet_a_class())
    assert last_names(sheet) == ["Martin", "Durand", "Roux"]
    assert [str(row.number) for row in sheet.rows] == [
        "2 de la feuille « 6A »",
        "2 de la feuille « 6B »",
        "3 de la feuille « 6B »",
    ]
    assert len({row.number for row in sheet.rows}) == 3
    assert sheet.problems == []


def test_errors_of_several_sheets_name_theirs(tmp_path):
    content = sheets(**{"6A": (HEADINGS, PUPILS[0]), "6B": (HEADINGS, (True, "Ali", "6B"))})
    [problem] = read(tmp_path, content).problems
    assert (problem.row.number, problem.row.sheet, problem.code) == (2, "6B", "invalid_value")


def test_too_many_rows_are_counted_on_all_sheets(tmp_path):
    with pytest.raises(Refused, match="plus de 2 lignes"):
        read(tmp_path, one_sheet_a_class(), max_rows=2)


def test_a_sheet_with_other_headings_is_told(tmp_path):
    content = sheets(Feuil1=CLASSES, Feuil2=((*HEADINGS, "Email"), ("Roux", "Léa", "6A", "")))
    sheet = read(tmp_path, content)
    assert last_names(sheet) == ["Martin", "Durand"]
    assert [problem.code for problem in sheet.problems] == ["other_sheet"]


def test_the_name_of_a_sheet_may_be_the_class(tmp_path):
    content = one_sheet_a_class(headings=NAMES)
    sheet = read(tmp_path, content, may_name=lambda name: name in ("6A", "6B"))
    assert [row.values["school_class"] for row in sheet.rows] == ["6A", "6B", "6B"]
    with pytest.raises(Refused, match="Code classe"):
        read(tmp_path, content, may_name=lambda name: name == "6A")


@pytest.mark.parametrize("heading", ["Clase", "Classe de rattachement", "Code classes", "Divison"])
def test_a_column_that_may_be_the_class_is_not_overruled_by_the_name_of_the_sheet(tmp_path, heading):
    content = one_sheet_a_class(headings=("Nom", "Prénom", heading))
    with pytest.raises(Refused, match="Code classe"):
        read(tmp_path, content, may_name=lambda name: True)


def test_a_row_of_a_sheet_is_a_number_of_its_own():
    row = SheetRow(SheetRow.SPAN + 7, ["6A", "6B"])
    assert (row.number, row.sheet, f"{row}", json.dumps([row])) == (7, "6B", "7 de la feuille « 6B »", "[2097159]")


# --- What only the school knows --------------------------------------------------------------------------------
@pytest.fixture
def imports(tmp_path, school):
    """Return a function that imports a workbook by the command: (exit status, errors, warnings)."""

    def import_(content, *, kind="students", filename="liste.xlsx"):
        path, output = tmp_path / filename, StringIO()
        path.write_bytes(content)
        with contextlib.suppress(SystemExit):
            call_command("import_users", "--school", school.code, "--kind", kind, "--json", path, stdout=output)
        told = json.loads(output.getvalue())
        return told["status"], told["errors"], told["warnings"]

    return import_


@pytest.fixture
def classes(school, class_6a):
    return class_6a, SchoolClass.objects.create(school=school, code="6B")


school_test = pytest.mark.django_db(transaction=True)


@school_test
def test_sheets_named_as_classes_fill_them(imports, classes):
    assert imports(one_sheet_a_class(headings=NAMES)) == ("done", [], [])
    assert dict(Student.objects.values_list("last_name", "school_class__code")) == {
        "Martin": "6A",
        "Durand": "6B",
        "Roux": "6B",
    }


@school_test
def test_a_sheet_that_is_named_as_no_class_lacks_its_column(imports, class_6a):
    status, [error], _ = imports(one_sheet_a_class(headings=NAMES))
    assert (status, error["code"], error["column"]) == ("failed", "missing_column", "Code classe")
    assert not Student.objects.exists()


@school_test
def test_problems_say_their_sheet_and_the_row_that_it_shows(imports, classes):
    lines = (HEADINGS, ("Martin", "Zoé", "6A"))
    status, errors, _ = imports(sheets(**{"6A": lines, "Copie de 6A": lines}))
    assert (status, {(error["row"], error["code"]) for error in errors}) == ("failed", {(2, "duplicate_in_file")})
    assert "Feuille « 6A » : " in errors[0]["message"]
    assert "ligne 2 de la feuille « Copie de 6A »" in errors[0]["message"]


@school_test
@pytest.mark.parametrize("content", [sheets(Feuil1=NAMED), sheets(Feuil1=(*NAMED, ("Roy", "Rose")))])
def test_names_of_pupils_of_the_school_are_no_teachers(imports, classes, content):
    assert imports(book())[0] == "done"
    status, [error], _ = imports(content, kind="teachers")
    assert (status, error["code"]) == ("failed", "wrong_format")
    assert "portent le nom d'élèves de l'établissement" in error["message"]
    assert not Teacher.objects.exists()


@school_test
def test_one_teacher_may_bear_the_name_of_a_pupil(imports, classes):
    assert imports(book())[0] == "done"
    assert imports(sheets(Feuil1=(NAMES, ("Martin", "Zoé"), ("Roy", "Rose"))), kind="teachers")[0] == "done"


@school_test
def test_many_rows_of_each_class_are_no_teachers(imports, classes):
    pupils = [(f"Nom{n}", f"Prénom{n}", "6A" if n % 2 else "6B") for n in range(8)]
    status, [error], _ = imports(book(*pupils), kind="teachers")
    assert (status, error["code"]) == ("failed", "wrong_format")
    assert "8 de ses lignes portent le code d'une classe" in error["message"]


@school_test
def test_teachers_may_have_a_class_each(imports, classes):
    status, errors, [warning] = imports(book(), kind="teachers")
    assert (status, errors, warning["code"]) == ("done", [], "unknown_column")
