"""The books on the pages of a person and of a class, and the buttons there."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from licences.models import Textbook
from licences.rules import add_rule
from licences.seats import assign


@pytest.fixture
def of_zoe(school, zoe):
    return reverse("person_licences", args=[school.code, zoe.pk])


@pytest.fixture
def of_6a(school, class_6a):
    return reverse("class_licences", args=[school.code, class_6a.pk])


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_give_and_take(as_alice, of_zoe, zoe, licence, has_seat):
    page = as_alice.get(zoe.get_absolute_url()).text
    assert "Aucun manuel." in page
    assert "Maths 6e, jusqu" in page
    response = as_alice.post(of_zoe, {"licence": licence.pk, "action": "give"}, follow=True)
    assert response.redirect_chain[0][0] == zoe.get_absolute_url()
    assert said(response) == ["Maths 6e : 1 affectée."]
    assert "jamais ouvert" in response.text
    assert has_seat(licence) == {zoe.pk}
    response = as_alice.post(of_zoe, {"licence": licence.pk, "action": "take"}, follow=True)
    assert said(response) == ["Maths 6e : 1 retirée. Aucun compte n'a été supprimé."]
    assert has_seat(licence) == set()


def test_none_left(as_alice, of_zoe, make_licence, make_pupils, zoe, class_6a, has_seat):
    licence = make_licence(1)
    pupils = make_pupils(1)
    assign(licence, pupils)
    response = as_alice.post(of_zoe, {"licence": licence.pk, "action": "give"}, follow=True)
    assert "aucune licence n'est disponible" in said(response)[0]
    assert has_seat(licence) == {pupils[0].pk}
    add_rule(licence, school_class=class_6a)
    page = as_alice.get(zoe.get_absolute_url()).text
    assert "En attente d&#x27;une licence" in page or "En attente d'une licence" in page


@pytest.mark.parametrize("action", ["give", "take"])
def test_wrong_licences(as_alice, of_zoe, of_6a, zoe, make_licence, other_school, action):
    elsewhere, teachers = make_licence(school=other_school), make_licence(audience="teacher")
    for licence in (elsewhere.pk, teachers.pk, "", "x", "9" * 40):
        assert as_alice.post(of_zoe, {"licence": licence, "action": action}).status_code == 404
        assert as_alice.post(of_6a, {"licence": licence, "action": action}).status_code == 404


def test_unknown_action(as_alice, of_zoe, of_6a, licence):
    for address in (of_zoe, of_6a):
        assert as_alice.post(address, {"licence": licence.pk, "action": "sell"}).status_code == 400


def test_page_of_a_class(as_alice, of_6a, class_6a, make_licence, make_pupils, has_seat):
    licence, people = make_licence(10), make_pupils(4)
    assert "Donner un manuel à toute la classe" in as_alice.get(class_6a.get_absolute_url()).text
    assign(licence, people[:1])
    assert "Affecter aux 3 autres" in as_alice.get(class_6a.get_absolute_url()).text
    response = as_alice.post(of_6a, {"licence": licence.pk, "action": "give"})
    assert "Affecter 3 licences" in response.text
    response = as_alice.post(of_6a, {**dict(response.context["fields"]), "confirmed": 3}, follow=True)
    assert said(response) == ["Maths 6e : 3 affectées, 1 déjà servie."]
    assert "4 élèves sur 4" in response.text
    response = as_alice.post(of_6a, {"licence": licence.pk, "action": "take"})
    assert "Retirer 4 licences" in response.text
    assert len(has_seat(licence)) == 4
    fields = dict(response.context["fields"])
    response = as_alice.post(of_6a, {**fields, "confirmed": "4"}, follow=True)
    assert response.redirect_chain[0][0] == class_6a.get_absolute_url()
    assert has_seat(licence) == set()


def test_shortage_for_a_class(as_alice, of_6a, class_6b, make_licence, make_pupils, has_seat):
    licence, people = make_licence(2), make_pupils(3)
    make_pupils(2, class_6b, prefix="a")
    response = as_alice.post(of_6a, {"licence": licence.pk, "action": "give"})
    assert response.status_code == 409
    as_alice.post(of_6a, {**dict(response.context["fields"]), "shortage": "fit", "confirmed": 2})
    assert has_seat(licence) == {person.pk for person in people[:2]}


def test_the_list_of_students_finds_those_without(as_alice, school, licence, make_licence, make_pupils, other_school):
    people = make_pupils(3)
    french = Textbook.objects.create(isbn="9782011000026", title="Français 5e")
    other = make_licence(textbook=french)
    assign(licence, people[:1])
    assign(other, people[1:2])
    elsewhere = Textbook.objects.create(isbn="9782011000033", title="Ailleurs")
    make_licence(textbook=elsewhere, school=other_school)
    address = reverse("student_list", args=[school.code])

    def shown(**query):
        return [person.last_name[-1] for person in as_alice.get(address, query).context["page"]]

    assert shown(sans_licence="1") == ["2"]
    assert shown(sans_manuel=licence.textbook_id) == ["1", "2"]
    assert shown(sans_manuel=french.pk, sans_licence="1") == ["2"]
    assert shown(sans_manuel=elsewhere.pk) == []  # Not of this school: a wrong filter shows nobody.
    assert "Sans « Français 5e »" in as_alice.get(address).text
    # What has expired opens nothing: its holder is without it.
    yesterday = timezone.localdate() - timedelta(days=1)
    type(licence).objects.filter(pk=licence.pk).update(valid_until=yesterday)
    assert shown(sans_licence="1") == ["0", "2"]


def test_no_licence_no_filter(as_alice, school, zoe):
    assert "Sans licence" not in as_alice.get(reverse("student_list", args=[school.code])).text
    assert User.objects.filter(pk=zoe.pk).exists()
