import pytest

from licences.models import Textbook
from licences.seats import assign

ADDRESS = "/mes-manuels/"


@pytest.fixture
def as_zoe(client, zoe):
    client.force_login(zoe)
    return client


def test_empty(as_bob):
    response = as_bob.get(ADDRESS)
    assert response.status_code == 200
    assert "pas encore de manuel" in response.text


def test_an_administrator_who_does_not_teach(as_alice):
    assert as_alice.get(ADDRESS).status_code == 200


def test_strangers_sign_in(client, db):
    assert client.get(ADDRESS).status_code == 302


def test_cards_of_each_state(as_zoe, zoe, licence, make_licence):
    books = [
        Textbook.objects.create(isbn=isbn, title=title, url=url)
        for isbn, title, url in (
            ("9782011000026", "Expiré", "https://x.example.org/secret"),
            ("9782011000033", "Futur", "https://y.example.org/secret"),
            ("9782011000040", "Sans adresse", ""),
        )
    ]
    expired = make_licence(textbook=books[0])
    assign(expired, [zoe.pk])
    expired.valid_until = expired.valid_from
    expired.save()
    for given in (make_licence(textbook=books[1], days_ago=-5), make_licence(textbook=books[2]), licence):
        assign(given, [zoe.pk])
    text = as_zoe.get(ADDRESS).text
    assert text.index("Maths 6e") < text.index("Futur") < text.index("Expiré")
    assert text.count("/ouvrir/") == 1
    for said in ("Accès terminé le", "Disponible à partir du", "Pas encore en ligne", "Éditions du Pré"):
        assert said in text
    assert "example.org" not in text


def test_somebody_elses_books_are_not_shown(as_zoe, licence, make_pupils):
    assign(licence, make_pupils(1))
    assert "Maths 6e" not in as_zoe.get(ADDRESS).text


def test_few_queries(as_zoe, zoe, make_licence, django_assert_max_num_queries):
    for _ in range(12):
        assign(make_licence(), [zoe.pk])
    with django_assert_max_num_queries(5):
        assert as_zoe.get(ADDRESS).text.count("/ouvrir/") == 12


def test_read_only(as_zoe):
    assert as_zoe.post(ADDRESS).status_code == 405
