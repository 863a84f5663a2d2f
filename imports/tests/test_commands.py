"""The three commands, which take the same path as the pages."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from accounts.models import Student, Teacher
from imports.columns import columns_for
from imports.models import Import
from imports.tests.sheets import student_row, workbook_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def run(*args):
    """Return (exit code, what was printed)."""
    output, code = StringIO(), 0
    try:
        call_command(*map(str, args), stdout=output)
    except SystemExit as end:
        code = end.code
    return code, output.getvalue()


def import_json(path, *more, kind="students"):
    code, output = run("import_users", "--school", "0750001A", "--kind", kind, "--json", *more, path)
    return code, json.loads(output)


@pytest.fixture
def list_of(tmp_path):
    def make(*rows, kind="student"):
        path = tmp_path / "liste.xlsx"
        path.write_bytes(workbook_bytes(rows, kind=kind))
        return path

    return make


def test_import_as_json(school, class_6a, list_of):
    code, result = import_json(list_of(student_row("Martin", "Zoé"), student_row("Durand", "Léo")))
    assert code == 0
    assert result == {"status": "done", "created": 2, "updated": 0, "unchanged": 0, "errors": [], "warnings": []}
    assert Student.objects.filter(school=school).count() == 2
    import_job = Import.objects.get()
    assert (import_job.uploaded_by, import_job.filename, import_job.mode) == (None, "liste.xlsx", "import")


def test_errors_as_json(school, class_6a, list_of):
    code, result = import_json(list_of(student_row("Martin", "Zoé", "6Z"), student_row("Durand", None)))
    assert code == 1
    assert (result["status"], result["created"]) == ("failed", 0)
    assert [(error["row"], error["column"], error["code"]) for error in result["errors"]] == [
        (2, "Code classe", "unknown_class"),
        (3, "Prénom", "missing_value"),
    ]
    assert list(result["errors"][0]) == ["row", "column", "value", "code", "message"]
    assert result["errors"][0]["value"] == "6Z"
    assert not Student.objects.exists()


def test_check_writes_nothing(school, class_6a, list_of):
    code, result = import_json(list_of(student_row("Martin", "Zoé")), "--check")
    assert (code, result["status"], result["created"]) == (0, "done", 1)
    assert not Student.objects.exists()


def test_teachers_and_the_code_of_the_school_in_any_case(school, list_of):
    path = list_of(["Bonnet", "Bob"], kind="teacher")
    code, output = run("import_users", "--school", "0750001a", "--kind", "teachers", path)
    assert code == 0
    assert output == "Terminé : 1 compte créé, 0 modifié, 0 inchangé.\n"
    assert Teacher.objects.get().username == "bob.bonnet"


def test_errors_in_words(school, class_6a, list_of):
    path = list_of(student_row("Martin", "Zoé", "6Z"))
    code, output = run("import_users", "--school", school.code, "--kind", "students", path)
    assert code == 1
    assert output.startswith("Échoué : rien n'a été modifié, 1 erreur.\nErreur – Ligne 2, Code classe : ")


def test_a_file_that_is_no_workbook_fails_cleanly(school, tmp_path):
    path = tmp_path / "liste.xlsx"
    path.write_text("Nom;Prénom\n")
    code, result = import_json(path)
    assert (code, result["status"]) == (1, "failed")
    assert [(error["row"], error["code"]) for error in result["errors"]] == [(None, "wrong_format")]


def test_mistakes_of_the_caller(school, tmp_path, list_of):
    absent = tmp_path / "absent.xlsx"
    with pytest.raises(CommandError, match=r"lecture impossible") as error:
        run("import_users", "--school", school.code, "--kind", "students", absent)
    assert error.value.returncode == 2
    with pytest.raises(CommandError, match=r"Aucun établissement n'a le code « NADA »") as error:
        run("import_users", "--school", "NADA", "--kind", "students", list_of())
    assert error.value.returncode == 2
    with pytest.raises(CommandError, match=r"Aucune classe n'a le code « 9Z »"):
        run("export_users", "--school", school.code, "--kind", "students", "--class", "9Z", tmp_path / "out.xlsx")
    with pytest.raises(CommandError, match=r"écriture impossible"):
        run("export_users", "--school", school.code, "--kind", "students", tmp_path / "nowhere" / "out.xlsx")
    assert not Import.objects.exists()


def test_export_then_import_changes_nothing(school, class_6a, class_6b, zoe, tmp_path):
    path = tmp_path / "out.xlsx"
    path.touch(mode=0o644)
    code, output = run("export_users", "--school", school.code, "--kind", "students", path)
    assert (code, output) == (0, f"{path} : 1 personne.\n")
    assert path.stat().st_mode & 0o777 == 0o600
    code, result = import_json(path)
    assert (code, result["created"], result["updated"], result["unchanged"]) == (0, 0, 0, 1)


def test_export_of_a_class(school, class_6b, zoe, tmp_path):
    path = tmp_path / "out.xlsx"
    for code, usernames in (("6a", ["zoe.martin"]), ("6B", [])):
        run("export_users", "--school", school.code, "--kind", "students", "--class", code, path)
        sheet = load_workbook(path).worksheets[0]
        assert [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)] == usernames


def test_template(school, class_6a, tmp_path):
    path = tmp_path / "modele.xlsx"
    code, _ = run("template", "--kind", "students", path)
    assert code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    workbook = load_workbook(path)
    assert [cell.value for cell in workbook.worksheets[0][1]] == [column.heading for column in columns_for("student")]
    assert workbook.sheetnames == ["Élèves", "Mode d'emploi"]
    run("template", "--kind", "students", "--school", school.code, path)
    assert load_workbook(path)["Listes"]["A1"].value == "6A"


def test_a_template_that_is_filled_is_imported(school, class_6a, tmp_path):
    path = tmp_path / "modele.xlsx"
    run("template", "--kind", "students", "--school", school.code, path)
    workbook = load_workbook(path)
    workbook.worksheets[0].append(["Martin", "Zoé", None, None, None, "6A"])
    workbook.save(path)
    code, result = import_json(path)
    assert (code, result["created"], result["warnings"]) == (0, 1, [])
