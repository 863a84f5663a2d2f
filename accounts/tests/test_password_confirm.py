import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client
from django_htmx.middleware import HtmxDetails

from accounts.recent_password import password_is_recent, recent_password_required
from accounts.tests.people import typed_long_ago
from conftest import PASSWORD

URL = "/mot-de-passe/confirmer/"


@recent_password_required
def sensitive(request, number=0):
    return HttpResponse(f"secret {number}")


@pytest.fixture
def ask(rf):
    def ask(age=None, method="get", address="/eleves/exporter/?q=a", **headers):
        request = getattr(rf, method)(address, headers=headers)
        request.user, request.htmx = AnonymousUser(), HtmxDetails(request)
        request.session = {} if age is None else {"password_typed_at": int(time.time()) - age}
        return sensitive(request, number=7)

    return ask


@pytest.mark.parametrize("age", [0, 590])
def test_recent(ask, age):
    assert ask(age).content == b"secret 7"


@pytest.mark.parametrize("age", [None, 610, -60])
def test_too_long_ago(ask, age):
    response = ask(age)
    assert response.status_code == 302
    assert response.url == f"{URL}?next=%2Feleves%2Fexporter%2F%3Fq%3Da"


def test_a_submitted_form_comes_back_to_its_page(ask):
    assert ask(method="post", Referer="http://testserver/eleves/?q=a").url == f"{URL}?next=%2Feleves%2F%3Fq%3Da"
    assert ask(method="post", Referer="http://evil.example/eleves/").url == f"{URL}?next=%2F"
    assert ask(method="post").url == f"{URL}?next=%2F"


def test_htmx_leaves_the_page(ask):
    response = ask(**{"HX-Request": "true", "Referer": "http://testserver/eleves/"})
    assert response["HX-Redirect"] == f"{URL}?next=%2Feleves%2F"


def test_page(as_alice):
    page = as_alice.get(URL, {"next": "/mes-manuels/"})
    assert page.status_code == 200
    assert 'value="/mes-manuels/"' in page.text


def test_confirm(as_alice):
    response = as_alice.post(URL, {"password": PASSWORD, "next": "/mes-manuels/?a=b"})
    assert response.url == "/mes-manuels/?a=b"
    assert time.time() - as_alice.session["password_typed_at"] < 60


def test_a_download_leaves_a_page_that_leads_back_to_its_list(as_alice, school):
    export = f"/etablissements/{school.code}/eleves/exporter/?q=a&jamais=1"
    page = as_alice.post(URL, {"password": PASSWORD, "next": export})
    assert page.status_code == 200
    escaped = export.replace("&", "&amp;")
    assert f'content="0;url={escaped}"' in page.text
    assert f'href="/etablissements/{school.code}/eleves/?q=a&amp;jamais=1"' in page.text
    assert as_alice.get(export).status_code == 200


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", ""])
def test_next_of_others_is_ignored(as_alice, address):
    assert as_alice.post(URL, {"password": PASSWORD, "next": address}).url == "/"


@pytest.mark.parametrize("password", ["Faux-Secret-1", ""])
def test_wrong_password(as_alice, password):
    page = typed_long_ago(as_alice).post(URL, {"password": password})
    assert page.status_code == 200
    assert "password" in page.context["form"].errors
    assert not password_is_recent(as_alice.session)


def test_guesses_are_counted(as_alice):
    for _ in range(10):
        as_alice.post(URL, {"password": "Faux-Secret-1"})
    page = as_alice.post(URL, {"password": PASSWORD})
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 300
    assert "Trop d'essais" in page.text.replace("&#x27;", "'")


def test_a_stranger_who_guesses_does_not_hinder_the_owner(client, as_alice):
    for _ in range(11):
        Client().post("/connexion/", {"username": "alice", "password": "Faux-Secret-1"})
    assert as_alice.post(URL, {"password": f"{PASSWORD} "}).status_code == 302


def test_stranger_and_wrong_method(client, as_alice):
    assert as_alice.put(URL).status_code == 405
    client.logout()
    assert client.get(URL).url == f"/connexion/?next={URL}"
