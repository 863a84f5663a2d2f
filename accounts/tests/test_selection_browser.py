"""What the bar of a selection says is what the act does: across pages, after Back, and with “Cocher les 70 élèves”."""

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import Student
from accounts.tests.people import make_people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(client, open_page, alice, live_server):
    client.force_login(alice)
    page = open_page(width=1366, height=800)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([{**cookie, "url": live_server.url}])
    return page


@pytest.fixture
def seventy(school, class_6a):
    return make_people(school, 70, school_class=class_6a)


def says(page, text):
    page.locator("[data-selection-count]", has_text=text).wait_for()
    assert page.locator("[data-selection-count]").inner_text() == text


def says_nothing(page):
    """The bar is there from the first tick on."""
    page.locator(".ed-select").wait_for(state="hidden")


def boxes(page):
    return page.locator("tbody [name=selection]")


def test_the_bar_says_what_the_act_does(page, school, seventy):
    Student.objects.update(is_active=False)
    page.goto(reverse("student_list", args=[school.code]))
    says_nothing(page)
    for number in range(3):
        boxes(page).nth(number).check()
    says(page, "3 cochés")
    page.get_by_label("Cocher les 70 élèves").check()
    says(page, "70 cochés")
    assert boxes(page).nth(40).is_checked()

    # Without two of its lines it is not the whole list any more.
    boxes(page).nth(0).uncheck()
    boxes(page).nth(1).uncheck()
    says(page, "48 cochés")
    assert not page.get_by_label("Cocher les 70").is_checked()
    page.select_option("[name=action]", "reactivate")
    page.click("text=Continuer")
    page.get_by_role("heading", name="Réactiver : 48 élèves").wait_for()
    assert not Student.objects.filter(is_active=True).exists()

    # Back: what was ticked still is. Unticked, “Cocher les 70 élèves” gives back what was ticked before.
    page.go_back()
    says(page, "48 cochés")
    page.get_by_role("button", name="Tout décocher").click()
    says_nothing(page)
    boxes(page).nth(5).check()
    page.get_by_label("Cocher les 70").check()
    page.get_by_label("Cocher les 70").uncheck()
    says(page, "1 coché")
    page.get_by_label("Cocher les 70").check()
    says(page, "70 cochés")
    page.select_option("[name=action]", "reactivate")
    page.click("text=Continuer")
    page.get_by_role("heading", name="Réactiver : 70 élèves").wait_for()
    page.get_by_role("button", name="Réactiver").click()
    page.get_by_text("70 comptes réactivés.").wait_for()
    says_nothing(page)
    assert not Student.objects.filter(is_active=False).exists()


def test_ticks_survive_the_next_page_and_back(page, school, seventy, class_6b):
    page.goto(reverse("student_list", args=[school.code]))
    boxes(page).nth(0).check()
    boxes(page).nth(1).check()
    page.get_by_role("link", name="Suivante").click()
    page.get_by_text("51–70 sur 70").first.wait_for()
    says(page, "2 cochés, dont 2 hors de cette page")
    page.get_by_label("Tout sélectionner sur cette page").check()
    says(page, "22 cochés, dont 2 hors de cette page")
    boxes(page).nth(19).uncheck()
    says(page, "21 cochés, dont 2 hors de cette page")
    page.go_back()
    page.get_by_text("1–50 sur 70").first.wait_for()
    says(page, "21 cochés, dont 19 hors de cette page")
    assert [boxes(page).nth(number).is_checked() for number in range(3)] == [True, True, False]
    page.reload()
    says(page, "21 cochés, dont 19 hors de cette page")

    # Another filter is another list.
    page.fill("#id_q", seventy[0].last_name)
    page.wait_for_url(lambda url: "q=" in url)
    says_nothing(page)
    page.goto(reverse("student_list", args=[school.code]) + "?tri=-nom")
    says(page, "21 cochés, dont 2 hors de cette page")

    page.select_option("[name=action]", "change_class")
    page.click("text=Continuer")
    page.get_by_role("heading", name="Changer de classe : 21 élèves").wait_for()
    page.select_option("[name=school_class]", str(class_6b.pk))
    page.get_by_role("button", name="Changer de classe").click()
    page.get_by_text("21 élèves sont passés en 6B.").wait_for()
    says_nothing(page)
    assert class_6b.students.count() == 21


def test_without_scripts_the_ticks_of_the_page_work(client, alice, chromium, live_server, school, seventy):
    client.force_login(alice)
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="fr-FR")
    try:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
        context.add_cookies([{**cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(reverse("student_list", args=[school.code]))
        boxes(page).nth(0).check()
        boxes(page).nth(1).check()
        page.select_option("[name=action]", "deactivate")
        page.click("text=Continuer")
        page.get_by_role("heading", name="Désactiver : 2 élèves").wait_for()
        page.get_by_role("button", name="Désactiver").click()
        page.get_by_text("2 comptes désactivés.").wait_for()
    finally:
        context.close()
