"""ÉTAPE 4 of the help page in a real Chromium, with a real worker: from the order to the book on the pupil's screen."""

import pytest
from django.urls import reverse

from accounts.models import Student
from imports.tests.sheets import student_row, workbook_bytes
from licences.models import Licence, Textbook, Waiting
from licences.orders import import_orders
from licences.tests.orders import order

pytestmark = pytest.mark.browser
WAIT = 60_000
PASSWORD = "Eleve-2026!"


def sign_in(page, login, password):
    page.goto("/connexion/")
    page.fill("input[name=username]", login)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: "connexion" not in url)


@pytest.fixture
def ordered(transactional_db, school, class_6a, class_6b):
    """Two seats of a book, ordered by the operator's workbook."""
    report = import_orders(order({"Quantité": 2}))
    assert not report.problems, report.problems
    return Licence.objects.get()


@pytest.fixture
def admin_page(alice, running_worker, open_page):
    page = open_page()
    sign_in(page, "alice", "Vrai-Secret-1")
    return page


def open_book(open_page, login):
    """Sign in as a pupil, open the book from “Mes manuels”; return the address that it led to."""
    page = open_page()
    # The book stands on somebody else's server: nothing of it is fetched, only the way there counts.
    page.context.route("https://manuels.example.org/**", lambda route: route.fulfill(status=200, body="Le manuel"))
    sign_in(page, login, PASSWORD)
    page.goto("/mes-manuels/")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Ouvrir").click()
    opened.value.wait_for_url("https://manuels.example.org/**")
    return opened.value.url


def test_from_the_order_to_the_queue(ordered, admin_page, open_page, school, class_6b, tmp_path):
    page = admin_page
    base = f"/etablissements/{school.code}"

    # The order is there; a rule makes it follow class 6A, where nobody is yet.
    page.goto(f"{base}/licences/")
    page.get_by_role("link", name="Maths 6e").click()
    page.get_by_role("link", name="Affectation automatique", exact=True).click()
    page.select_option("select[name=follow]", label="Classe 6A – Sixième A")
    page.get_by_role("button", name="Ajouter").click()
    page.get_by_text("Affectation automatique ajoutée").wait_for()

    # Three pupils of 6A arrive by import: two are served, the third waits.
    path = tmp_path / "eleves.xlsx"
    names = [("Allard", "Noé"), ("Benali", "Yanis"), ("Caron", "Léna")]
    path.write_bytes(workbook_bytes([student_row(*name, password=PASSWORD) for name in names]))
    page.goto(f"{base}/eleves/importer/")
    page.set_input_files("input[name=file]", path)
    page.get_by_role("button", name="Importer", exact=True).click()
    page.locator("[data-import-id][data-status=done]").first.wait_for(timeout=WAIT)
    page.goto(f"{base}/licences/")
    page.get_by_text("1 élève en attente", exact=True).wait_for()
    page.goto(f"{base}/")
    page.get_by_role("link", name="Voir qui attend : 1 élève attend").wait_for()
    assert Waiting.objects.get().user.last_name == "Caron"

    # Two of them read.
    for login in ("noe.allard", "yanis.benali"):
        assert open_book(open_page, login) == "https://manuels.example.org/maths-6e"
    page.goto(reverse("licence_use", args=[school.code, ordered.pk]))
    assert page.locator("tr", has_text="Allard").get_by_role("cell", name="1", exact=True).count() == 1

    # Noé moves to 6B: he loses the book, and Léna has it.
    page.goto(Student.objects.get(last_name="Allard").get_absolute_url())
    page.get_by_role("link", name="Modifier").click()
    page.select_option("select[name=school_class]", str(class_6b.pk))
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Aucun manuel.").wait_for()
    page.goto(reverse("licence_rules", args=[school.code, ordered.pk]))
    page.get_by_text("Personne n'attend cette licence.").wait_for()
    assert open_book(open_page, "lena.caron") == "https://manuels.example.org/maths-6e"
    noe = open_page()
    sign_in(noe, "noe.allard", PASSWORD)
    noe.goto("/mes-manuels/")
    noe.get_by_text("Vous n'avez pas encore de manuel").wait_for()


def test_giving_by_hand_without_reloading(ordered, alice, open_page, school, class_6a, make_pupils):
    make_pupils(60)
    Textbook.objects.update(title="Mathématiques")
    page = open_page(width=360, height=800)
    sign_in(page, "alice", "Vrai-Secret-1")
    page.goto(ordered.get_absolute_url())
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    # One row: the row, the figures and the message change in place.
    page.get_by_role("button", name="Affecter à eleve 00003 Ada").click()
    page.get_by_role("button", name="Retirer à eleve 00003 Ada").wait_for()
    page.get_by_text("Mathématiques : 1 affectée.").wait_for()
    assert "1 affectées sur 2" in page.locator("#seat-summary [role=img]").get_attribute("aria-label")

    # Everybody, across pages: there are not enough, the administrator chooses.
    page.locator("tbody [name=selection]").first.check()
    page.get_by_label("Cocher les 60").check()
    page.locator(".ed-select").get_by_role("button", name="Affecter").click()
    page.get_by_role("heading", name="Il manque 58 licences").wait_for()
    page.go_back()
    page.get_by_text("60 cochés").wait_for()
    page.locator(".ed-select").get_by_role("button", name="Affecter").click()
    page.get_by_role("button", name="Affecter 1 licence").click()
    page.get_by_text("Mathématiques : 1 affectée, 1 déjà servie, 58 manquent.").wait_for()

    # Everything back, accounts untouched.
    page.get_by_role("link", name="Tout retirer").click()
    page.get_by_role("button", name="Retirer 2 licences").click()
    page.get_by_text("2 retirées. Aucun compte n'a été supprimé.").wait_for()
    assert school.people.filter(kind="student").count() == 60


def test_without_scripts(ordered, alice, chromium, live_server, class_6a, make_pupils):
    make_pupils(2)
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="fr-FR")
    try:
        page = context.new_page()
        sign_in(page, "alice", "Vrai-Secret-1")
        page.goto(f"{ordered.get_absolute_url()}?classe=6A")
        page.get_by_role("button", name="Affecter à eleve 00001 Ada").click()
        page.get_by_text("1 affectée.").wait_for()
        page.get_by_role("button", name="Retirer à eleve 00001 Ada").click()
        page.get_by_text("1 retirée.").wait_for()
        assert page.url.endswith("?classe=6A")
    finally:
        context.close()


def test_the_bar_says_what_giving_and_taking_back_do(ordered, alice, open_page, make_pupils):
    make_pupils(60)
    ordered.seats = 70
    ordered.save(update_fields=["seats"])
    page = open_page(width=1366, height=800)
    sign_in(page, "alice", "Vrai-Secret-1")
    page.goto(ordered.get_absolute_url())
    boxes, bar = page.locator("tbody [name=selection]"), page.locator(".ed-select")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("link", name="Suivante").click()
    page.get_by_text("51–60 sur 60").first.wait_for()
    boxes.nth(0).check()
    page.get_by_text("3 cochés, dont 2 hors de cette page").wait_for()
    # One row leaves the ticks alone.
    page.get_by_role("button", name="Affecter à eleve 00059 Ada").click()
    page.get_by_role("button", name="Retirer à eleve 00059 Ada").wait_for()
    page.get_by_text("3 cochés, dont 2 hors de cette page").wait_for()
    bar.get_by_role("button", name="Affecter").click()
    page.get_by_role("heading", name="Affecter 3 licences").wait_for()
    page.get_by_role("button", name="Affecter 3 licences").click()
    page.get_by_text("3 affectées.").wait_for()
    bar.wait_for(state="hidden")
    boxes.nth(0).check()
    page.get_by_label("Cocher les 60").check()
    page.get_by_text("60 cochés").wait_for()
    bar.get_by_role("button", name="Retirer").click()
    page.get_by_role("heading", name="Retirer 4 licences").wait_for()
    page.go_back()
    page.get_by_text("60 cochés").wait_for()
    boxes.nth(9).uncheck()
    page.get_by_text("9 cochés").wait_for()
    bar.get_by_role("button", name="Retirer").click()
    page.get_by_role("heading", name="Retirer 1 licence").wait_for()
    page.get_by_role("button", name="Retirer 1 licence").click()
    page.get_by_text("1 retirée").wait_for()
    assert Licence.objects.get().assigned == 3
