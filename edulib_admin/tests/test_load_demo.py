import contextlib
import json

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from accounts.models import Student, Teacher, User
from edulib_admin.demo import people as demo
from schools.models import Membership, School


@pytest.fixture
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def test_the_demo_signs_in_and_shows_everything(db, client, var_dir):
    call_command("load_demo")
    school = School.objects.get(code="DEMO")
    assert school.schoolclass_set.count() == 5
    assert not school.schoolclass_set.filter(code="6A").exists()  # The newcomer adds it.
    assert school.group_set.count() == 3
    assert Teacher.objects.filter(school=school).count() == 8
    assert Student.objects.filter(school=school).count() == 60
    assert client.login(username="admin.demo", password=demo.PASSWORD)
    assert client.login(username="operateur.demo", password=demo.PASSWORD)
    student = Student.objects.first()
    assert client.login(username=student.username, password=student.initial_credential.reveal())
    assert school.licences.exists()
    assert Membership.objects.get(school=school).user.username == "admin.demo"


def test_the_demo_has_workbooks_to_try(db, var_dir):
    call_command("load_demo")
    book = load_workbook(var_dir / "demo" / "eleves-a-importer.xlsx", read_only=True)
    rows = list(book.active.iter_rows(values_only=True))
    book.close()
    assert rows[0][:2] == ("Nom", "Prénom")
    assert len(rows) == 31
    assert {path.name for path in (var_dir / "demo").iterdir()} == {
        "eleves-a-importer.xlsx",
        "eleves-avec-erreurs.xlsx",
        "enseignants-a-importer.xlsx",
    }


def outcome(capsys, path, kind):
    """Import `path` into the demo; return the result as `import_users --json` prints it."""
    capsys.readouterr()
    with contextlib.suppress(SystemExit):
        call_command("import_users", "--school", "DEMO", "--kind", kind, "--json", str(path))
    return json.loads(capsys.readouterr().out)


def test_the_workbooks_do_what_their_names_say(transactional_db, var_dir, capsys):
    call_command("load_demo")
    students = outcome(capsys, var_dir / "demo" / "eleves-a-importer.xlsx", "students")
    assert (students["status"], students["created"]) == ("done", 30)
    teachers = outcome(capsys, var_dir / "demo" / "enseignants-a-importer.xlsx", "teachers")
    assert (teachers["status"], teachers["created"]) == ("done", 6)
    wrong = outcome(capsys, var_dir / "demo" / "eleves-avec-erreurs.xlsx", "students")
    assert wrong["status"] == "failed"
    assert [error["row"] for error in wrong["errors"]] == list(range(3, 17))  # Every row but the first and the last.
    assert len({error["code"] for error in wrong["errors"]}) == 12


def test_the_demo_leaves_other_data_alone(alice, var_dir):
    people = User.objects.count()
    with pytest.raises(CommandError, match="base vide"):
        call_command("load_demo")
    call_command("load_demo", "--if-empty")
    assert User.objects.count() == people
    assert not School.objects.filter(code="DEMO").exists()
