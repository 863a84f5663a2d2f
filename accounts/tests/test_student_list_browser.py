"""What scripts add to the list of students: filters without a button, order kept, actions on what is ticked."""

import re

import pytest
from django.urls import reverse

from accounts.tests.people import make_people
from conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1366, 360])
def test_filter_sort_and_act_on_a_selection(open_page, school, alice, zoe, class_6a, class_6b, width):
    make_people(school, 55, school_class=class_6a)
    page = open_page(width=width, height=800)
    page.goto(reverse("sign_in"))
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile(r"(?<!connexion/)$"))

    page.goto(reverse("student_list", args=[school.code]) + "?tri=-nom")
    assert page.locator("tbody tr").count() == 50
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Suivante").press("Enter")
    page.wait_for_url(re.compile("page=2"))
    page.get_by_text("51–56 sur 56").first.wait_for()
    page.locator("#results:focus").wait_for()  # “Suivante” is gone: the list has the focus, not the top of the page.
    assert "sur 56" in page.locator("#announcement").inner_text()
    assert not page.get_by_role("button", name="Filtrer").is_visible()
    assert page.get_by_role("link", name="Tout afficher").is_visible()

    page.locator("#id_q").press_sequentially("zoé")
    page.wait_for_url(re.compile(r"q=zo%C3%A9.*tri=-nom"))
    page.get_by_role("link", name="Martin Zoé").wait_for()
    assert page.locator("tbody tr").count() == 1
    assert "q=zo%C3%A9" in page.get_attribute("#export-link", "href")

    page.check("[name=selection]")
    page.get_by_text("1 coché").wait_for()
    page.select_option("[name=action]", "change_class")
    page.click("text=Continuer")
    page.select_option("[name=school_class]", str(class_6b.pk))
    page.get_by_role("button", name="Changer de classe").click()
    page.get_by_text("1 élève est passé en 6B.").wait_for()
    assert "q=zo%C3%A9" in page.url
    zoe.refresh_from_db()
    assert zoe.school_class == class_6b
