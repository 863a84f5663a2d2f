"""The template workbook, as Excel and the reader of imports see it."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from imports import template
from imports.columns import column_by_heading, heading_key
from schools.models import Group, SchoolClass

STUDENT_HEADINGS = [
    "Nom", "Prénom", "Identifiant", "Email", "Mot de passe", "Code classe", "Code groupe", "Date de création",
    "Date de modification",
]  # fmt: skip


def load(content):
    return load_workbook(BytesIO(content))


def rules_of(sheet):
    return {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}


def test_the_columns_are_those_of_the_contract():
    sheet = load(template.build(None, "student")).worksheets[0]
    assert sheet.title == "Élèves"
    assert [cell.value for cell in sheet[1]] == STUDENT_HEADINGS
    assert [cell.value for cell in sheet[1] if cell.font.bold] == ["Nom", "Prénom", "Code classe"]
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 1, "no example that could be imported by mistake"


def test_teachers_have_no_class():
    sheet = load(template.build(None, "teacher")).worksheets[0]
    assert sheet.title == "Enseignants"
    assert [cell.value for cell in sheet[1]] == [name for name in STUDENT_HEADINGS if name != "Code classe"]
    assert [cell.value for cell in sheet[1] if cell.font.bold] == ["Nom", "Prénom"]


def test_whole_columns_are_text():
    sheet = load(template.build(None, "student")).worksheets[0]
    assert {sheet.column_dimensions[letter].number_format for letter in "ABCDEFGHI"} == {"@"}


def test_codes_of_the_school_are_offered(school, other_school, class_6a, class_6b, group_latin):
    SchoolClass.objects.create(school=other_school, code="9Z")
    workbook = load(template.build(school, "student"))
    rules = rules_of(workbook.worksheets[0])
    classes, groups = rules["F2:F20001"], rules["G2:G20001"]
    assert (classes.type, classes.formula1) == ("list", "Listes!$A$1:$A$2")
    assert (groups.type, groups.formula1) == ("list", "Listes!$B$1:$B$1")
    assert classes.errorStyle == "warning"
    assert not groups.showErrorMessage, "several groups may be typed"
    lists = workbook["Listes"]
    assert lists.sheet_state == "hidden"
    assert [[cell.value for cell in row] for row in lists.iter_rows()] == [["6A", "LATIN"], ["6B", None]]


def test_teachers_are_offered_groups_only(school, class_6a, group_latin):
    workbook = load(template.build(school, "teacher"))
    assert {where: rule.formula1 for where, rule in rules_of(workbook.worksheets[0]).items()} == {
        "F2:F20001": "Listes!$A$1:$A$1"
    }


def test_300_classes_are_all_offered(school):
    for number in range(300):
        SchoolClass.objects.create(school=school, code=f"classe {number:03}")
    workbook = load(template.build(school, "student"))
    assert rules_of(workbook.worksheets[0])["F2:F20001"].formula1 == "Listes!$A$1:$A$300"
    assert workbook["Listes"]["A300"].value == "classe 299"


def test_codes_are_text_whatever_they_look_like(school):
    for code in ("=1+1", "#N/A", "6-1", "007"):
        Group.objects.create(school=school, code=code)
    content = template.build(school, "teacher")
    cells = load(content)["Listes"]["A"]
    assert {cell.value for cell in cells} == {"=1+1", "#N/A", "6-1", "007"}
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    with ZipFile(BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/" in name]
    assert not any(b"<f>" in sheet or b't="e"' in sheet for sheet in sheets)


def test_without_codes_there_is_no_drop_down(school):
    assert rules_of(load(template.build(school, "student")).worksheets[0]) == {}
    assert "Listes" not in load(template.build(None, "student")).sheetnames


@pytest.mark.parametrize("kind", ["student", "teacher"])
def test_each_column_is_explained_on_a_sheet_that_is_not_mistaken_for_the_list(kind):
    sheet = load(template.build(None, kind))["Mode d'emploi"]
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    known = column_by_heading(kind)
    assert not [text for text in texts if heading_key(text) in known]
    for heading in STUDENT_HEADINGS:
        explained = any(text.endswith(f"– {heading}") for text in texts)
        assert explained == (kind == "student" or heading != "Code classe")
    assert any("~ ! @ # $ %" in text for text in texts), "the password rule"


@pytest.mark.parametrize(("kind", "where"), [("student", "de la même classe"), ("teacher", "de l'établissement")])
def test_the_help_sheet_says_how_to_tell_namesakes_apart(kind, where):
    """What the errors of an import ask for: the identifiant of the person, or the other person's row too."""
    sheet = load(template.build(None, kind))["Mode d'emploi"]
    texts = [str(cell.value) for cell in sheet["A"] if cell.value]
    start = texts.index("Si deux personnes portent le même nom, ou presque")
    assert sheet.cell(sheet.max_row - len(texts) + start + 1, 1).font.bold
    advice = texts[start + 1 :]
    assert all(len(line) < 130 for line in advice), "seen whole in the width of the sheet"
    assert any("Écrivez son identifiant sur sa ligne" in line for line in advice)
    assert any("Ajoutez aussi la ligne de celle qui est enregistrée, avec son identifiant" in line for line in advice)
    assert any(f"Deux nouvelles personnes {where}" in line for line in advice)
    assert any("sa propre adresse e-mail, ou aucune" in line for line in advice)


@pytest.mark.parametrize(
    ("name", "filename"),
    [
        ("student_template", "modele-eleves-0750001A.xlsx"),
        ("teacher_template", "modele-enseignants-0750001A.xlsx"),
    ],
)
def test_download(as_alice, school, class_6a, django_assert_max_num_queries, name, filename):
    with django_assert_max_num_queries(6):
        response = as_alice.get(reverse(name, args=[school.code]))
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert load(response.content).sheetnames[1] == "Mode d'emploi"


@pytest.mark.parametrize("name", ["student_template", "teacher_template"])
def test_access(client, as_charlie, school, name):
    address = reverse(name, args=[school.code])
    assert as_charlie.get(address).status_code == 404
    assert as_charlie.post(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302


def test_teacher_of_the_school_is_refused(as_bob, school):
    assert as_bob.get(reverse("student_template", args=[school.code])).status_code == 403
