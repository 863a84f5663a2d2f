import pytest

from imports.columns import columns_for
from imports.steps.checks import MASK, RowChecker
from imports.tables.guard import Row

CLASSES = {"6a": 1, "6b": 2, "601": 3}
GROUPS = {"latin": 10, "chorale": 11}


def check(kind="student", number=7, **values):
    """Return (person, problems) for one row, right but for `values`."""
    right = {"last_name": "Martin", "first_name": "Zoé", "school_class": "6A"}
    checker = RowChecker(kind, classes=CLASSES, groups=GROUPS)
    empty = {column.field: "" for column in columns_for(kind) if column.read}
    person = checker.check(Row(number, {**empty, **right, **values}))
    return person, checker.problems


def test_a_right_row():
    person, problems = check(email="zoe@example.org", groups="Latin; CHORALE ,")
    assert problems == []
    assert (person.row, person.school_class, person.groups) == (7, 1, {10, 11})
    assert person.name_key == "martin\tzoe"


def test_an_empty_group_cell_is_not_an_empty_set():
    assert check(groups="")[0].groups is None


@pytest.mark.parametrize("code", ["6a", " 6A ", "6A"])
def test_codes_are_compared_without_case_and_spaces(code):
    assert check(school_class=code)[1] == []


@pytest.mark.parametrize(
    ("values", "column", "code"),
    [
        ({"last_name": ""}, "Nom", "missing_value"),
        ({"first_name": ""}, "Prénom", "missing_value"),
        ({"school_class": ""}, "Code classe", "missing_value"),
        ({"last_name": "x" * 101}, "Nom", "too_long"),
        ({"username": "x" * 101}, "Identifiant", "too_long"),
        ({"last_name": "---"}, "Nom", "invalid_value"),
        ({"first_name": "?"}, "Prénom", "invalid_value"),
        ({"last_name": "NOM", "first_name": "prénom *"}, "Nom", "invalid_value"),
        ({"username": "zoe martin"}, "Identifiant", "invalid_username"),
        ({"username": "zoe@example.org"}, "Identifiant", "invalid_username"),
        ({"username": "zoé"}, "Identifiant", "invalid_username"),
        ({"email": "zoe@"}, "Email", "invalid_email"),
        ({"password": "trop-faible"}, "Mot de passe", "weak_password"),
        ({"password": "Court-1"}, "Mot de passe", "weak_password"),
        ({"school_class": "6C"}, "Code classe", "unknown_class"),
        ({"groups": "latin;grec"}, "Code groupe", "unknown_group"),
    ],
)
def test_each_error_has_its_row_column_and_code(values, column, code):
    _, problems = check(**values)
    assert [(problem.row, problem.column, problem.code) for problem in problems] == [(7, column, code)]
    assert problems[0].message.endswith((".", "?"))


def test_a_refused_password_is_never_written_down():
    _, [problem] = check(password="azerty123")
    assert problem.value == MASK
    assert "azerty" not in problem.message


def test_every_error_of_a_row_is_reported():
    _, problems = check(last_name="", email="x", password="y", school_class="z", groups="w")
    assert {problem.code for problem in problems} == {
        "missing_value",
        "invalid_email",
        "weak_password",
        "unknown_class",
        "unknown_group",
    }


def test_an_unknown_code_suggests_a_near_one():
    _, [problem] = check(school_class="6 A")
    assert "« 6A »" in problem.message


def test_a_teacher_needs_no_class():
    person, problems = check("teacher", school_class="")
    assert (person.school_class, problems) == (None, [])


def test_a_password_is_never_written_down():
    _, problems = check(password="Secret-1" * 20)
    assert [(problem.code, problem.value) for problem in problems] == [("too_long", MASK)]


def test_a_cell_full_of_unknown_codes_is_told_in_a_few_lines():
    """Millions of problems, one for each code, would be more than the worker may hold."""
    _, problems = check(groups=";".join(f"g{number}" for number in range(500)))
    assert {problem.code for problem in problems} == {"unknown_group"}
    assert len(problems) == 11
    assert problems[-1].message.startswith("500 codes de cette cellule")


def test_one_unknown_code_twice_in_a_cell_is_one_problem():
    assert len(check(groups="grec ; GREC")[1]) == 1


def test_hints_are_looked_for_a_bounded_number_of_times(monkeypatch):
    compared = []
    monkeypatch.setattr(
        "imports.steps.checks.difflib.get_close_matches", lambda *args, **options: compared.append(args) or []
    )
    checker = RowChecker("student", classes=CLASSES, groups=GROUPS)
    for number in range(1000):
        checker.unknown("La classe", f"x{number}", CLASSES, "corrigez")
    assert len(compared) == 200
