import pytest
from django.test import Client
from django.views.defaults import bad_request, server_error

from conftest import PASSWORD


def test_404(client):
    page = client.get("/nulle-part/")
    assert page.status_code == 404
    assert "Page introuvable" in page.text


def test_403(as_bob, school):
    page = as_bob.get(f"/etablissements/{school.code}/")
    assert page.status_code == 403
    assert "Accès non autorisé" in page.text


def test_403_csrf(alice):
    client = Client(enforce_csrf_checks=True)
    page = client.post("/connexion/", {"username": "alice", "password": PASSWORD})
    assert page.status_code == 403
    assert "Le formulaire a expiré" in page.text


@pytest.mark.parametrize(
    ("view", "arguments", "title"),
    [(bad_request, [Exception()], "Demande incorrecte"), (server_error, [], "Une erreur est survenue")],
)
def test_400_and_500_ask_nothing_of_the_database(rf, view, arguments, title):
    page = view(rf.get("/"), *arguments)
    assert title in page.content.decode()


def test_500_shows_no_traceback(client, alice, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("secret detail")

    client.raise_request_exception = False
    monkeypatch.setattr("accounts.views.signing_in.SignInForm.clean", fail)
    page = client.post("/connexion/", {"username": "alice", "password": PASSWORD})
    assert page.status_code == 500
    assert "Une erreur est survenue" in page.text
    assert "secret detail" not in page.text
