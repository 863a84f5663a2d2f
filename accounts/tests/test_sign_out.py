from django.contrib.auth import get_user

URL = "/deconnexion/"


def test_sign_out(as_alice):
    assert as_alice.post(URL).url == "/connexion/"
    assert not get_user(as_alice).is_authenticated


def test_a_link_signs_nobody_out(as_alice, alice):
    page = as_alice.get(URL)
    assert page.status_code == 200
    assert '<form method="post"' in page.text
    assert get_user(as_alice) == alice


def test_already_out(client, db):
    assert client.get(URL).url == "/connexion/"
    assert client.post(URL).url == "/connexion/"


def test_wrong_method(as_alice):
    assert as_alice.delete(URL).status_code == 405


def test_operator_signs_out_by_the_same_page(client, operator):
    client.force_login(operator)
    assert client.get("/operateur/logout/").url == URL
    assert get_user(client) == operator
    assert client.post("/operateur/logout/", follow=True).redirect_chain[-1][0] == "/connexion/"
    assert not get_user(client).is_authenticated
