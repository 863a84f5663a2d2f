import pytest
from django.urls import reverse

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/etablissements/0750001A/imports/?page=2"}
CHANGE = "/mot-de-passe/changer/"


@pytest.fixture
def newcomer(client, zoe):
    """A pupil of a school that asks for another password at first sign-in, signed in."""
    zoe.school.students_must_change_password = True
    zoe.school.save()
    client.post("/connexion/", {"username": "zoe.martin", "password": zoe.initial_password})
    return client


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("name", ["home", "my_textbooks", "password_confirm", "sign_in", "admin:index"])
def test_forced_change_comes_first(newcomer, name, method):
    assert getattr(newcomer, method)(reverse(name)).url == CHANGE


def test_forced_change_holds_for_htmx(newcomer):
    response = newcomer.get("/", headers=HTMX)
    assert response.status_code == 200
    assert response["HX-Redirect"] == CHANGE


def test_what_stays_open_before_the_change(newcomer):
    page = newcomer.get(CHANGE)
    assert "Avant de continuer, choisissez un mot de passe" in page.text
    assert newcomer.get("/deconnexion/").status_code == 200
    assert newcomer.get("/static/css/app.css").status_code != 302


def test_after_the_change(newcomer, zoe):
    new = {"old_password": zoe.initial_password, "new_password1": "Tout-Neuf-1", "new_password2": "Tout-Neuf-1"}
    assert newcomer.post(CHANGE, new).url == "/"
    assert newcomer.get("/").url == "/mes-manuels/"


def test_the_school_chooses(client, zoe, bob):
    """Pupils keep theirs unless the school says otherwise; teachers change it unless the school says otherwise."""
    client.force_login(zoe)
    assert client.get("/").url == "/mes-manuels/"
    bob.give_initial_password()
    client.force_login(bob)
    assert client.get("/").url == CHANGE
    bob.school.teachers_must_change_password = False
    bob.school.save()
    assert client.get("/").url == "/mes-manuels/"


def test_administrator_changes_the_one_of_the_operator(client, alice):
    alice.give_initial_password()
    client.force_login(alice)
    assert client.get("/").url == CHANGE


def test_htmx_leaves_the_page_when_the_session_has_ended(client, db):
    response = client.get("/", headers=HTMX)
    assert response["HX-Redirect"] == "/connexion/?next=%2Fetablissements%2F0750001A%2Fimports%2F%3Fpage%3D2"


def test_private_pages_are_not_kept(as_bob):
    assert "no-store" in as_bob.get(CHANGE)["Cache-Control"]


@pytest.mark.parametrize("address", ["/connexion/", "/mot-de-passe/oublie/", "/nulle-part/", "/operateur/"])
def test_content_security_policy(client, operator, address):
    if address == "/operateur/":
        client.force_login(operator)
    policy = client.get(address)["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_page_address_that_is_none_leads_home(client, db):
    response = client.get("/etablissements/", headers={"HX-Request": "true", "HX-Current-URL": "http://[x"})
    assert response["HX-Redirect"] == "/connexion/?next=%2F"
