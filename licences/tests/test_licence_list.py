import pytest
from django.urls import reverse

from licences.models import Textbook
from licences.rules import add_rule
from licences.seats import assign


@pytest.fixture
def address(school):
    return reverse("licence_list", args=[school.code])


@pytest.fixture
def french(db):
    return Textbook.objects.create(
        isbn="9782011000026", title="Français 5e", publisher="Aux Lettres", subject="Français"
    )


def titles(response):
    return [licence.textbook.title for licence in response.context["page"]]


def test_columns_totals_and_queue(
    as_alice, address, make_licence, make_pupils, class_6a, french, django_assert_max_num_queries
):
    maths = make_licence(2)
    make_licence(10, textbook=french, audience="teacher", days_left=-3)
    make_pupils(6)
    add_rule(maths, school_class=class_6a)
    with django_assert_max_num_queries(15):
        response = as_alice.get(address)
    assert titles(response) == ["Maths 6e", "Français 5e"]  # What has expired comes last.
    text = response.text
    assert "4 élèves en attente" in text
    assert "Expirée" in text
    assert "En cours" in text
    assert "Affectation automatique : classe 6A" in text
    assert response.context["totals"] == {"bought": 2, "given": 2, "free": 0}  # What has expired is no seat
    assert response.context["waiting_count"] == 4
    assert 'aria-label="2 affectées sur 2"' in text
    assert "style=" not in text


def test_filters(as_alice, address, make_licence, make_pupils, class_6a, french):
    full = make_licence(1)
    make_pupils(2)
    add_rule(full, school_class=class_6a)
    make_licence(4, textbook=french, audience="teacher")
    make_licence(4, textbook=french, days_ago=-2)
    for query, found in [
        ({"q": "lettres 5e"}, 2),
        ({"q": "9782011000019"}, 1),
        ({"public": "teacher"}, 1),
        ({"validite": "upcoming"}, 1),
        ({"validite": "expired"}, 0),
        ({"matiere": "Mathématiques"}, 1),
        ({"places": "libres"}, 2),
        ({"places": "attente"}, 1),
        ({"matiere": "Chinois"}, 0),
    ]:
        assert len(titles(as_alice.get(address, query))) == found, query
    assert "Pas encore valable" in as_alice.get(address).text


def test_totals_follow_the_filter(as_alice, address, make_licence, french):
    make_licence(3)
    make_licence(7, textbook=french)
    assert as_alice.get(address, {"q": "Maths"}).context["totals"]["bought"] == 3


def test_sorting(as_alice, address, make_licence, make_pupils, french):
    maths = make_licence(8, days_left=9)
    make_licence(6, textbook=french)
    assign(maths, make_pupils(5))
    for order, first in [("libelle", "Français 5e"), ("-fin", "Français 5e"), ("disponibles", "Maths 6e"),
                         ("-affectees", "Maths 6e"), ("n'importe quoi", "Français 5e")]:  # fmt: skip
        assert titles(as_alice.get(address, {"tri": order}))[0] == first, order


def test_pages(as_alice, address, make_licence):
    for _ in range(51):
        make_licence(1)
    assert len(titles(as_alice.get(address))) == 50
    assert len(titles(as_alice.get(address, {"page": 2}))) == 1


def test_empty_and_partial(as_alice, address, other_school, make_licence):
    make_licence(school=other_school)
    response = as_alice.get(address)
    assert "Aucune licence pour l'instant" in response.text.replace("&#x27;", "'")
    partial = as_alice.get(address, headers={"HX-Request": "true"})
    assert "<html" not in partial.text
