import pytest
from django.contrib.auth import get_user
from django.test import Client

from accounts.sessions import Session
from conftest import PASSWORD

URL = "/mon-compte/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture
def browsers(bob):
    """Bob is signed in here (Firefox) and on his telephone (Chrome)."""
    here, there = Client(HTTP_USER_AGENT=FIREFOX), Client(HTTP_USER_AGENT=CHROME, REMOTE_ADDR="203.0.113.9")
    for client in (here, there):
        assert client.post("/connexion/", {"username": "bob", "password": PASSWORD}).status_code == 302
    return here, there


def handle_of(client):
    return Session.objects.get(pk=client.cookies["sessionid"].value).handle


def test_page(browsers):
    here, there = browsers
    page = here.get(URL)
    for text in ("Bob Bonnet", "bob@example.org", "Firefox, Windows", "Chrome, Android", "203.0.113.9"):
        assert text in page.text
    assert page.text.count("Cet appareil") == 1
    assert "no-store" in page["Cache-Control"]
    # What opens a session stands on no page.
    for client in (here, there):
        assert client.cookies["sessionid"].value not in page.text


def test_the_menu_leads_here(browsers):
    assert f'href="{URL}"' in browsers[0].get("/mes-manuels/").text


def test_end_one(browsers, bob):
    here, there = browsers
    assert here.post(f"{URL}sessions/{handle_of(there)}/fin/").url == URL
    assert not get_user(there).is_authenticated
    assert get_user(here) == bob


def test_end_this_one(browsers, bob):
    here, there = browsers
    assert here.post(f"{URL}sessions/{handle_of(here)}/fin/").url == "/connexion/"
    assert not get_user(here).is_authenticated
    assert get_user(there) == bob


def test_end_all_others(browsers, bob):
    here, there = browsers
    assert here.post(f"{URL}sessions/fin/").url == URL
    assert not get_user(there).is_authenticated
    assert get_user(here) == bob


def test_anothers_session_is_out_of_reach(browsers, client, alice):
    client.force_login(alice)
    for client_of_bob in browsers:
        client.post(f"{URL}sessions/{handle_of(client_of_bob)}/fin/")
    client.post(f"{URL}sessions/fin/")
    assert all(get_user(client_of_bob).is_authenticated for client_of_bob in browsers)


def test_an_act_is_a_post(browsers):
    here, there = browsers
    for address in (f"{URL}sessions/{handle_of(there)}/fin/", f"{URL}sessions/fin/"):
        assert here.get(address).url == URL
        assert here.put(address).status_code == 405
    assert get_user(there).is_authenticated


def test_stranger(client, db):
    assert client.get(URL).url == f"/connexion/?next={URL}"


def test_changing_the_password_ends_the_others(browsers, bob):
    here, there = browsers
    new = "Tout-Neuf-2026"
    here.post("/mot-de-passe/changer/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert get_user(here) == bob
    assert not get_user(there).is_authenticated
    assert "Firefox, Windows" in here.get(URL).text
    assert "Chrome" not in here.get(URL).text
