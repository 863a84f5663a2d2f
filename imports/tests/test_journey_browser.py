"""The journeys of a school administrator, in a real Chromium, with a real worker (help page, ÉTAPES 1 to 4).

With SCREENSHOTS=1 it also takes the pictures of docs/guide-administrateur.md.
"""

import datetime
import os
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from openpyxl import load_workbook

from accounts.models import Student
from edulib_admin.demo import people as demo
from imports.models import Import
from imports.tests.harness import wait_until
from schools.models import School

pytestmark = pytest.mark.browser
IMAGES = settings.BASE_DIR / "docs" / "images"
NAMES = [tuple(name.rsplit(" ", 1)) for name in demo.NEW_STUDENTS.split(",")]
WAIT = 60_000


@pytest.fixture
def demo_school(transactional_db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    call_command("load_demo")
    return School.objects.get()


@pytest.fixture
def camille(demo_school, running_worker, open_page):
    """The page of the demo's administrator, signed in by hand."""
    page = open_page()
    page.goto("/")
    sign_in(page, "admin.demo", demo.PASSWORD)
    page.wait_for_url(re.compile("/etablissements/DEMO/$"))
    return page


def sign_in(page, login, password):
    page.fill("input[name=username]", login)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Se connecter").click()


def tab(page, name):
    tabs = page.get_by_role("navigation", name="Rubriques de l'établissement")
    tabs.get_by_role("link", name=name, exact=True).click()


def picture(page, name):
    """Keep what the page shows for the guide, when asked to."""
    if os.environ.get("SCREENSHOTS") == "1":
        IMAGES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=IMAGES / f"{name}.png", full_page=False)


def download(page, name, path):
    with page.expect_download() as arrived:
        page.get_by_role("link", name=name).first.click()
    arrived.value.save_as(path)
    return path


def fill(template, people, path):
    """Write `people`, {heading: value}, below the header of the template, as a user does; save to `path`."""
    book = load_workbook(template)
    sheet = book.worksheets[0]
    headings = {cell.value: cell.column for cell in sheet[1]}
    assert [cell.value for cell in sheet[1] if cell.font.bold] == ["Nom", "Prénom", "Code classe"]
    for row, person in enumerate(people, start=2):
        for heading, value in person.items():
            sheet.cell(row=row, column=headings[heading]).value = value
    book.save(path)
    book.close()
    return path


def read(path):
    """Return the rows of an export as {heading: text}."""
    book = load_workbook(path)
    header, *rows = book.worksheets[0].iter_rows(values_only=True)
    book.close()
    return [{heading: value or "" for heading, value in zip(header, row, strict=True)} for row in rows]


def upload(page, path, *, expected):
    """Send a file from the upload page, and wait without reloading until its import is `expected`."""
    page.set_input_files("input[name=file]", path)
    picture(page, "importer")
    page.get_by_role("button", name="Importer", exact=True).click()
    shown = page.locator(f"[data-import-id][data-status={expected}]").first
    shown.wait_for(timeout=WAIT)
    return shown.get_attribute("data-import-id")


def thirty_students():
    people = [{"Nom": last_name, "Prénom": first_name, "Code classe": "6A"} for last_name, first_name in NAMES]
    people[0] |= {"Identifiant": "lina.choisie"}
    people[1] |= {"Email": "marius@example.org", "Mot de passe": "Marius-2026"}
    people[2] |= {"Identifiant": "apolline", "Mot de passe": "Apolline-2026"}
    people[3] |= {"Email": "ismael@example.org", "Code groupe": "LATIN ; CHORALE"}
    return people


def test_from_the_first_sign_in_to_three_students_who_sign_in(camille, open_page, tmp_path, demo_school):
    page = camille
    picture(page, "tableau-de-bord")

    tab(page, "Classes")
    page.get_by_role("link", name="Ajouter une classe").click()
    page.fill("input[name=code]", "6A")
    page.fill("input[name=name]", "Sixième A")
    page.fill("input[name=level]", "6e")
    picture(page, "ajouter-une-classe")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    tab(page, "Classes")
    page.get_by_role("link", name="6A", exact=True).wait_for()
    picture(page, "classes")

    tab(page, "Élèves")
    page.get_by_text("Plus", exact=True).click()
    page.get_by_role("link", name="Importer des élèves").click()
    template = download(page, "modèle", tmp_path / "modele.xlsx")
    filled = fill(template, thirty_students(), tmp_path / "mes élèves de 6A.xlsx")
    upload(page, filled, expected="done")
    assert "Terminé" in page.inner_text("main")
    assert "30" in page.inner_text("main")
    picture(page, "termine")

    tab(page, "Importations")
    page.locator("[data-status=done]").first.wait_for()
    picture(page, "historique")

    tab(page, "Élèves")
    page.select_option("select[name=classe]", "6A")
    page.wait_for_url(re.compile("classe=6A"))
    picture(page, "eleves")
    page.get_by_text("Plus", exact=True).click()
    students = {row["Prénom"]: row for row in read(download(page, "Exporter", tmp_path / "export.xlsx"))}
    assert len(students) == 30
    assert {row["Code classe"] for row in students.values()} == {"6A"}
    assert all(row["Identifiant"] and row["Mot de passe"] for row in students.values())
    assert students["Marius"]["Mot de passe"] == "Marius-2026"

    lina, marius, alix = students["Lina"], students["Marius"], students["Alix"]
    assert (lina["Identifiant"], alix["Identifiant"]) == ("lina.choisie", "alix.bourgeois")
    for login, student in (("lina.choisie", lina), ("marius@example.org", marius), (alix["Identifiant"], alix)):
        visitor = open_page()
        visitor.goto("/connexion/")
        sign_in(visitor, login, student["Mot de passe"])
        visitor.wait_for_url(re.compile("/mes-manuels/$"))
        assert student["Prénom"] in visitor.inner_text("body")

    # An export comes back without a change: the corrected list of one year is the file of the next.
    page.goto("/etablissements/DEMO/eleves/importer/")
    import_job = Import.objects.get(pk=upload(page, tmp_path / "export.xlsx", expected="done"))
    assert (import_job.created_count, import_job.updated_count, import_job.unchanged_count) == (0, 0, 30)


WRONG = (
    # (what is wrong in the row, the code that says so)
    ({"Nom": None}, "missing_value"),
    ({"Prénom": "Très" + " long" * 30}, "too_long"),
    ({"Code classe": "6Z"}, "unknown_class"),
    ({"Code groupe": "ÉCHECS"}, "unknown_group"),
    ({"Identifiant": "prénom nom"}, "invalid_username"),
    ({"Identifiant": "admin.demo"}, "username_taken"),
    ({"Email": "adresse.example.org"}, "invalid_email"),
    ({"Email": "admin.demo@example.org"}, "email_taken"),
    ({"Mot de passe": "soleil"}, "weak_password"),
    ({"Nom": "Martin", "Prénom": "Léo"}, "ambiguous_person"),  # The demo has two, in other classes.
    ({"Code classe": datetime.date(2026, 1, 6)}, "date_in_code"),
    ({"Nom": "#N/A"}, "invalid_value"),
)


def test_twelve_errors_are_shown_at_once_then_corrected(camille, tmp_path, demo_school):
    page, before = camille, Student.objects.count()
    right = [{"Nom": last_name, "Prénom": first_name, "Code classe": "6B"} for last_name, first_name in NAMES[:14]]
    wrong = [dict(person) for person in right]
    for person, (mistake, _) in zip(wrong[1:], WRONG, strict=False):
        person |= mistake

    page.goto("/etablissements/DEMO/eleves/importer/")
    template = download(page, "modèle", tmp_path / "modele.xlsx")
    failed = upload(page, fill(template, wrong, tmp_path / "eleves.xlsx"), expected="failed")
    page.goto(f"/etablissements/DEMO/imports/{failed}/")
    assert "Échoué" in page.inner_text("main")
    picture(page, "erreurs")
    shown = [
        (row.locator("th").inner_text(), row.get_attribute("data-problem"))
        for row in page.locator("[data-problem]").all()
    ]
    assert shown == [(str(line), code) for line, (_, code) in enumerate(WRONG, start=3)]
    assert Student.objects.count() == before

    page.get_by_role("link", name="Importer le fichier corrigé").click()
    upload(page, fill(template, right, tmp_path / "eleves.xlsx"), expected="done")
    assert Student.objects.count() == before + 14

    # The same file again creates nobody.
    page.goto("/etablissements/DEMO/eleves/importer/")
    again = upload(page, tmp_path / "eleves.xlsx", expected="done")
    assert Import.objects.get(pk=again).created_count == 0
    assert Student.objects.count() == before + 14


def test_books_of_the_demo_reach_those_who_wait_and_the_shelf_of_a_pupil(camille, open_page, demo_school):
    page = camille
    tab(page, "Licences")
    picture(page, "licences")
    page.locator("tr", has_text="4 élèves en attente").get_by_role("link", name="Maths 6e").click()
    page.get_by_role("heading", name="Maths 6e").wait_for()
    picture(page, "affecter")
    page.get_by_role("link", name="Affectation automatique").click()
    first = page.locator("#results tbody tr").first.get_by_role("link").inner_text()
    picture(page, "affectation-automatique")

    # Whoever gives a seat back serves the first of the queue.
    page.get_by_role("link", name="Qui a le manuel").click()
    page.get_by_role("button", name="Retirer à").first.click()
    page.get_by_role("link", name="3 élèves").wait_for()
    page.fill("#id_q", first)
    page.locator("#results tbody tr", has_text=first).get_by_text("Affectée").wait_for()

    tab(page, "Licences")
    page.locator("tr", has_text="Enseignant").get_by_role("link", name="Histoire-Géographie 5e").click()
    page.locator("tbody [name=selection]").first.check()
    page.get_by_label("Cocher les 8 enseignants").check()
    page.get_by_role("button", name="Affecter", exact=True).click()
    page.get_by_role("heading", name="Il manque 5 licences").wait_for()
    picture(page, "licences-insuffisantes")
    page.get_by_role("button", name="Affecter 3 licences").click()
    page.get_by_role("status").get_by_text("3 affectées").wait_for()

    tab(page, "Licences")
    page.get_by_role("link", name="Rapport d'utilisation").click()
    picture(page, "utilisation")

    pupil = Student.objects.get(username="yanis.benali")
    shelf = open_page()
    shelf.goto("/connexion/")
    sign_in(shelf, pupil.username, pupil.initial_credential.reveal())
    shelf.get_by_role("heading", name="Mes manuels").wait_for()
    picture(shelf, "mes-manuels")
    assert shelf.get_by_role("link", name="Ouvrir").count() == 2


def test_an_import_shown_as_waiting_becomes_done_by_itself_once_a_worker_comes(
    demo_school, start_worker, open_page, tmp_path
):
    page = open_page(width=360, height=740)
    page.goto("/connexion/")
    sign_in(page, "admin.demo", demo.PASSWORD)
    page.goto("/etablissements/DEMO/enseignants/importer/")
    demo.write(tmp_path / "enseignants.xlsx", "teacher", [{"last_name": "Arnoux", "first_name": "Sylvie"}])
    upload(page, tmp_path / "enseignants.xlsx", expected="pending")
    assert "En attente" in page.inner_text("main")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "the page is wider than a telephone"
    start_worker()
    page.locator("[data-status=done]").first.wait_for(timeout=WAIT)
    assert "Terminé" in page.inner_text("main")
    wait_until(lambda: Import.objects.get().created_count == 1)
