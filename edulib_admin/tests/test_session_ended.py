"""The session ended while a page was open: its form leads back to it, and says that nothing was done."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from accounts.models import User
from conftest import PASSWORD
from edulib_admin.tests.test_every_address import ARGUMENT, PUBLIC, address, all_routes, school_routes

NOTHING_DONE = "rien n&#x27;a été fait"


def where_to(response):
    """Return the address that the sign-in page, to which `response` leads, opens afterwards."""
    target = response.get("HX-Redirect") or response.url
    assert urlsplit(target).path == reverse("sign_in")
    return parse_qs(urlsplit(target).query)["next"][0]


def every_address(school, objects):
    yield from (address(school.code, route, objects) for route in school_routes())
    for route, name in all_routes():
        if not ARGUMENT.search(route) and name not in PUBLIC | {"resume"}:
            yield f"/{route}"


def test_every_address_leads_somewhere(client, school, alice, objects):
    for where in every_address(school, objects):
        client.logout()
        target = where_to(client.post(where, {"selection": "1", "action": "delete"}))
        client.force_login(alice)
        response = client.get(target, follow=True)
        assert response.status_code == 200, where
        assert response.content if not response.streaming else True, where
        if response["Content-Type"].startswith("text/html"):
            assert NOTHING_DONE in response.text, where
        else:  # A download: what there is to say waits for the next page.
            assert NOTHING_DONE in client.get("/etablissements/").text, where


def test_the_operator_too(client, operator, alice):
    for where in ("/operateur/accounts/user/add/", f"/operateur/accounts/user/{alice.pk}/mot-de-passe/"):
        client.logout()
        target = where_to(client.post(where, {"last_name": "Nouveau"}))
        client.force_login(operator)
        response = client.get(target, follow=True)
        assert response.redirect_chain[-1][0] == where
        assert NOTHING_DONE in response.text


def test_back_to_the_page_with_its_filters(client, school, alice, zoe):
    """All the way, as a person does it: the list, Continuer, the sign-in page."""
    listed = f"/etablissements/{school.code}/eleves/?classe=6A"
    act = {"action": "delete", "selection": zoe.pk, "confirmed": "1"}
    response = client.post(
        reverse("student_selection", args=[school.code]), act, headers={"Referer": f"http://testserver{listed}"}
    )
    page = client.get(response.url)
    response = client.post(
        "/connexion/", {"username": "alice", "password": PASSWORD, "next": page.context["next"]}, follow=True
    )
    assert response.redirect_chain[-1][0] == listed
    assert NOTHING_DONE in response.text
    assert User.objects.filter(pk=zoe.pk).exists()
    assert NOTHING_DONE not in client.get(listed).text


def test_back_from_a_confirmation_page_to_its_list(client, school, alice, zoe):
    confirming = reverse("student_selection", args=[school.code]) + "?classe=6A"
    target = where_to(client.post(confirming, headers={"Referer": f"http://testserver{confirming}"}))
    client.force_login(alice)
    response = client.get(target, follow=True)
    assert response.redirect_chain[-1][0] == reverse("student_list", args=[school.code]) + "?classe=6A"
    assert NOTHING_DONE in response.text


def test_htmx_leaves_the_page_and_comes_back_to_it(client, school, alice):
    page = f"/etablissements/{school.code}/licences/?q=maths"
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    response = client.post(reverse("student_selection", args=[school.code]), headers=headers)
    assert response.status_code == 200
    client.force_login(alice)
    response_then = client.get(where_to(response), follow=True)
    assert response_then.redirect_chain[-1][0] == page
    assert NOTHING_DONE in response_then.text


@pytest.mark.parametrize("referer", ["http://evil.example/eleves/", "http://[x", "", "http://testserver"])
def test_pages_of_others_are_not_come_back_to(client, school, alice, referer):
    where = reverse("class_add", args=[school.code])
    target = where_to(client.post(where, headers={"Referer": referer} if referer else {}))
    client.force_login(alice)
    landed = client.get(target, follow=True).redirect_chain[-1][0]
    assert landed.startswith("/")
    assert "evil" not in landed


def test_resume_opens_our_pages_only(as_alice):
    for elsewhere in ("//evil.example/", "1", "my_account", ""):
        assert as_alice.get("/connexion/reprise/", {"next": elsewhere}).url == "/"
    assert as_alice.post("/connexion/reprise/").status_code == 405
