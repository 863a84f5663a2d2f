import pytest

from imports.columns import columns_for
from imports.steps.checks import MASK, RowChecker
from imports.steps.codes import Codes
from imports.tables.guard import Row

CLASSES = {"6a": 1, "6b": 2, "601": 3}
GROUPS = {"latin": 10, "chorale": 11}


def check(kind="student", number=7, *, known_classes=CLASSES, known_groups=GROUPS, numbers=(), **values):
    """Return (person, problems) for one row, right but for `values`; `numbers`: fields that Excel stores as numbers."""
    right = {"last_name": "Martin", "first_name": "Zoé", "school_class": "6A"}
    checker = RowChecker(kind, classes=known_classes, groups=known_groups)
    empty = {column.field: "" for column in columns_for(kind) if column.read}
    person = checker.check(Row(number, {**empty, **right, **values}, frozenset(numbers)))
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
        "imports.steps.codes.difflib.get_close_matches", lambda *args, **options: compared.append(args) or []
    )
    codes = Codes(CLASSES, "unknown_class", "La classe", "corrigez")
    for number in range(1000):
        codes.unknown(f"x{number}")
    assert len(compared) == 200


def as_number(value, field="school_class", **codes):
    return check(numbers=[field], **{field: value}, **codes)


@pytest.mark.parametrize(("code", "shown"), [("06", "6"), ("6", "6"), ("601.0", "601"), ("6,5", "6.5")])
def test_a_number_that_equals_one_code_is_that_code(code, shown):
    person, problems = as_number(shown, known_classes={code: 1, "6a": 2})
    assert (person.school_class, problems) == (1, [])
    person, problems = as_number(shown, "groups", known_groups={code: 10})
    assert (person.groups, problems) == ({10}, [])


def test_what_excel_made_of_a_code_is_told():
    for shown, code in (("60", "6e1"), ("60000000000", "6e10")):
        for field, known in (("school_class", "known_classes"), ("groups", "known_groups")):
            _, [problem] = as_number(shown, field, **{known: {code: 1, "6a": 2}})
            assert (problem.code, problem.value) == ("number_in_code", shown)
            assert f"« {code.upper()} »" in problem.message
            assert "format Texte" in problem.message


@pytest.mark.parametrize("codes", [{"60": 1, "6e1": 2}, {"6": 1, "06": 2}])
def test_a_number_that_may_be_two_codes_is_asked(codes):
    shown = next(iter(codes))
    for field, known in (("school_class", "known_classes"), ("groups", "known_groups")):
        _, [problem] = as_number(shown, field, **{known: {"6a": 9, **codes}})
        assert problem.code == "number_in_code"
        assert all(f"« {code.upper()} »" in problem.message for code in codes)


def test_a_text_is_the_code_that_it_shows():
    """Whoever made the column text has typed 6 or 60, and means it."""
    for code in ("6", "60"):
        person, problems = check(school_class=code, known_classes={"6": 6, "06": 1, "60": 60, "6e1": 2})
        assert (person.school_class, problems) == (int(code), [])
    assert [problem.code for problem in check(school_class="6", known_classes={"06": 1})[1]] == ["unknown_class"]


def test_a_number_that_is_no_code_is_unknown():
    assert [problem.code for problem in as_number("7")[1]] == ["unknown_class"]
    assert [problem.code for problem in as_number("7", "groups")[1]] == ["unknown_group"]


def test_groups_part_at_a_line_break_too():
    person, problems = check(groups="latin\nchorale\n")
    assert (person.groups, problems) == ({10, 11}, [])


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("LATIN/CHORALE", "LATIN ; CHORALE"),
        ("latin + chorale", "latin ; chorale"),
        ("LATIN CHORALE", "LATIN ; CHORALE"),
        ("Latin et Chorale", "Latin ; Chorale"),
        ("latin-CHORALE", "latin ; CHORALE"),
    ],
)
def test_codes_joined_by_another_sign_are_told_which_one_to_use(cell, parts):
    _, [problem] = check(groups=cell)
    assert problem.code == "unknown_group"
    assert "point-virgule" in problem.message
    assert f"« {parts} »" in problem.message


def test_a_code_that_holds_such_a_sign_stays_one():
    person, problems = check(groups="Latin/Chorale", known_groups={**GROUPS, "latin/chorale": 12})
    assert (person.groups, problems) == ({12}, [])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("zoe@example.org; leo@example.org", "deux adresses"),
        ("zoe@example.org leo@example.org", "deux adresses"),
        ("mailto:zoe@example.org", "mailto:"),
        ("Zoé Martin <zoe@example.org>", "sans les signes < et >"),
        ("zoe@", "incomplète"),
        ("zoe@exemple", "incomplète"),
        ("zoe.martin", "incomplète"),
        ("zoé@example.org", "n'est pas valable"),
    ],
)
def test_each_kind_of_wrong_email_has_its_sentence(value, words):
    _, [problem] = check(email=value)
    assert problem.code == "invalid_email"
    assert words in problem.message
    assert value not in problem.message, "the sentence is kept when the values are destroyed"
