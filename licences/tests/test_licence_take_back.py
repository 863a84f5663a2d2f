import pytest
from django.urls import reverse

from accounts.models import User
from licences.rules import add_rule
from licences.seats import assign


@pytest.fixture
def served(licence, make_pupils):
    people = make_pupils(5)
    assign(licence, people)
    return people


@pytest.fixture
def address(licence):
    return reverse("licence_take_back", args=[licence.school.code, licence.pk])


@pytest.fixture
def address_all(licence):
    return reverse("licence_take_back_all", args=[licence.school.code, licence.pk])


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_selection_deletes_nobody(as_alice, address, licence, served, has_seat):
    before = User.objects.count()
    chosen = {"selection": [served[0].pk, served[1].pk]}
    assert "Retirer 2 licences" in as_alice.post(address, chosen).text
    assert len(has_seat(licence)) == 5
    response = as_alice.post(address, {**chosen, "confirmed": 2}, follow=True)
    assert said(response) == ["Maths 6e : 2 retirées. Aucun compte n'a été supprimé."]
    assert has_seat(licence) == {person.pk for person in served[2:]}
    assert User.objects.count() == before
    response = as_alice.post(address, {"only": served[0].pk}, follow=True)
    assert said(response) == ["Maths 6e : 0 retirée, 1 n'en avait pas. Aucun compte n'a été supprimé."]


def test_everybody_shown_is_confirmed(as_alice, address, licence, served, has_seat):
    address += "?q=eleve+00001"
    response = as_alice.post(address, {"all": "1"})
    assert response.status_code == 200
    assert "Retirer 1 licence" in response.text
    assert "Les comptes restent" in response.text
    assert len(has_seat(licence)) == 5
    response = as_alice.post(address, {"all": "1", "confirmed": "3"})
    assert response.status_code == 409
    assert "ont changé entre-temps" in response.text
    as_alice.post(address, {"all": "1", "confirmed": "1"})
    assert has_seat(licence) == {person.pk for person in served} - {served[1].pk}


def test_take_everything_back(as_alice, address_all, licence, served, has_seat):
    assert "5 personnes ne pourront plus ouvrir" in as_alice.get(address_all).text
    assert as_alice.post(address_all).status_code == 200
    assert len(has_seat(licence)) == 5
    response = as_alice.post(address_all, {"confirmed": "5"}, follow=True)
    assert said(response) == ["Maths 6e : 5 retirées. Aucun compte n'a été supprimé."]
    assert has_seat(licence) == set()
    assert "rien à retirer" in as_alice.get(address_all).text


def test_says_what_rules_and_queue_do(as_alice, make_licence, make_pupils, class_6a, has_seat):
    licence, people = make_licence(2), make_pupils(3)
    add_rule(licence, school_class=class_6a)
    address = reverse("licence_take_back_all", args=[licence.school.code, licence.pk])
    text = as_alice.get(address).text
    assert "2 viennent d&#x27;une affectation automatique" in text or "2 viennent d'une affectation automatique" in text
    assert "personnes en attente (1)" in text
    response = as_alice.post(address, {"confirmed": "2"}, follow=True)
    assert "1 personne en attente aussitôt servie" in said(response)[0]
    assert has_seat(licence) == {people[2].pk}


def test_expired_licences_can_be_taken_back(as_alice, licence, served, address, has_seat):
    type(licence).objects.update(valid_from="2020-01-01", valid_until="2020-02-01")
    as_alice.post(address, {"selection": served[0].pk})
    assert len(has_seat(licence)) == 4


def test_nobody_chosen(as_alice, address):
    assert said(as_alice.post(address, follow=True)) == ["Cochez d'abord au moins une personne."]
