"""Sign-in and passwords in a real Chromium on a small screen, where any refusal of the security policy is heard."""

import pytest

from conftest import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(transactional_db, bob, open_page):
    bob.give_initial_password(PASSWORD)
    return open_page(width=360, height=700)


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_first_sign_in(phone):
    phone.goto("/")
    password = phone.get_by_label("Mot de passe*")
    phone.get_by_label("Identifiant ou e-mail").fill("bob")
    password.fill("Faux-Secret-1")
    phone.get_by_role("button", name="Afficher le mot de passe").click()
    assert password.get_attribute("type") == "text"
    phone.get_by_role("button", name="Se connecter").click()
    phone.get_by_role("alert").get_by_text("ne correspondent à aucun compte actif").wait_for()
    assert fits(phone)
    password.fill(PASSWORD)
    password.press("Enter")
    phone.wait_for_url("**/mot-de-passe/changer/")
    assert fits(phone)
    phone.locator("#id_old_password").fill(PASSWORD)
    phone.locator("#id_new_password1").fill(PASSWORD)
    phone.locator("#id_new_password2").fill(PASSWORD)
    phone.get_by_role("button", name="Changer le mot de passe").click()
    phone.get_by_text("C'est déjà votre mot de passe").wait_for()  # Seen, not only there.
    assert fits(phone)
    phone.locator("#id_old_password").fill(PASSWORD)
    phone.locator("#id_new_password1").fill("Tout-Neuf-2026")
    phone.locator("#id_new_password2").fill("Tout-Neuf-2026")
    phone.get_by_role("button", name="Changer le mot de passe").click()
    phone.wait_for_url("**/mes-manuels/")


def test_operator_pages_keep_the_policy(open_page, transactional_db, operator, alice):
    page = open_page()
    page.goto("/operateur/")
    page.get_by_label("Identifiant ou e-mail").fill("olga")
    page.get_by_label("Mot de passe*").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/operateur/")
    page.goto("/operateur/schools/school/add/")
    page.locator(".select2-selection").first.click()
    page.keyboard.type("alice")
    page.locator(".select2-results__option", has_text="Admin Alice").wait_for()
