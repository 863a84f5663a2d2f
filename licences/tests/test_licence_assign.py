import pytest
from django.urls import reverse

from accounts.models import Student
from licences.models import Licence
from schools.models import SchoolClass


@pytest.fixture
def address(licence):
    return reverse("licence_assign", args=[licence.school.code, licence.pk])


def said(response):
    return [str(message) for message in response.context["messages"]]


def pks(people):
    return {person.pk for person in people}


def test_selection(as_alice, address, licence, make_pupils, has_seat):
    people = make_pupils(4)
    chosen = {"selection": [people[0].pk, people[2].pk]}
    response = as_alice.post(address, chosen)
    assert response.status_code == 200
    assert "Affecter 2 licences" in response.text
    assert has_seat(licence) == set()
    response = as_alice.post(address, {**chosen, "confirmed": 2}, follow=True)
    assert said(response) == ["Maths 6e : 2 affectées."]
    assert has_seat(licence) == {people[0].pk, people[2].pk}
    everybody = {"selection": ",".join(str(person.pk) for person in people)}  # As ticks of other pages are sent.
    response = as_alice.post(address, everybody)
    assert "2 personnes de votre choix l'ont déjà" in response.text
    response = as_alice.post(address, {**everybody, "confirmed": 2}, follow=True)
    assert said(response) == ["Maths 6e : 2 affectées, 2 déjà servies."]
    response = as_alice.post(address, everybody, follow=True)
    assert said(response) == ["Maths 6e : 0 affectée, 4 déjà servies."]  # There is nothing to confirm.


def test_one_person_ticked_needs_no_page(as_alice, address, licence, make_pupils, has_seat):
    people = make_pupils(2)
    as_alice.post(address, {"selection": people[0].pk})
    assert has_seat(licence) == {people[0].pk}


def test_what_changed_since_the_page_is_confirmed_again(as_alice, address, licence, make_pupils, has_seat):
    make_pupils(3)
    response = as_alice.post(address, {"all": "1"})
    assert "Affecter 3 licences" in response.text
    make_pupils(1, prefix="b")
    response = as_alice.post(address, {"all": "1", "confirmed": 3})
    assert response.status_code == 409
    assert "ont changé entre-temps" in response.text
    assert "Affecter 4 licences" in response.text
    assert has_seat(licence) == set()


def test_one_row_leaves_the_ticks_alone(as_alice, address, licence, make_pupils, has_seat):
    people = make_pupils(3)
    query = f"{address}?classe=6A&page=1"
    response = as_alice.post(query, {"only": people[1].pk, "selection": people[0].pk, "all": "1"})
    assert response.url == f"{licence.get_absolute_url()}?classe=6A&page=1"
    assert has_seat(licence) == {people[1].pk}


def test_everybody_across_pages_as_filtered(as_alice, make_licence, make_pupils, class_6b, has_seat):
    licence = make_licence(200)
    in_6a = make_pupils(60)
    make_pupils(60, class_6b, prefix="b")
    address = reverse("licence_assign", args=[licence.school.code, licence.pk])
    response = as_alice.post(f"{address}?classe=6A", {"all": "1"})
    assert "Affecter 60 licences" in response.text
    response = as_alice.post(f"{address}?classe=6A", {"all": "1", "confirmed": 60}, follow=True)
    assert said(response) == ["Maths 6e : 60 affectées."]
    assert has_seat(licence) == pks(in_6a)


def test_a_wrong_filter_reaches_nobody(as_alice, address, licence, make_pupils, has_seat):
    make_pupils(2)
    as_alice.post(f"{address}?classe=9Z", {"all": "1"})
    as_alice.post(f"{address}?licence=autre", {"all": "1"})
    assert has_seat(licence) == set()


def test_shortage_asks_first(as_alice, address, licence, make_pupils, has_seat):
    people = make_pupils(7)
    response = as_alice.post(address, {"all": "1"})
    assert response.status_code == 409
    assert "Il manque 2 licences" in response.text
    assert "5 licences disponibles pour 7 personnes" in response.text
    assert has_seat(licence) == set()
    fits = {**dict(response.context["fields"]), "shortage": "fit"}
    assert as_alice.post(address, {**fits, "confirmed": 4}).status_code == 409
    assert has_seat(licence) == set()
    response = as_alice.post(address, {**fits, "confirmed": 5}, follow=True)
    assert said(response) == ["Maths 6e : 5 affectées, 2 manquent."]
    assert has_seat(licence) == pks(people[:5])  # In list order.


def test_shortage_of_a_selection_keeps_the_selection(as_alice, make_licence, make_pupils, has_seat):
    licence, people = make_licence(1), make_pupils(4)
    address = reverse("licence_assign", args=[licence.school.code, licence.pk])
    response = as_alice.post(address, {"selection": [people[2].pk, people[1].pk]})
    assert sorted(response.context["fields"]) == sorted(("selection", str(people[n].pk)) for n in (1, 2))
    assert response.context["back"] == licence.get_absolute_url()
    as_alice.post(address, {"selection": [people[2].pk, people[1].pk], "shortage": "fit", "confirmed": 1})
    assert has_seat(licence) == {people[1].pk}
    response = as_alice.post(address, {"selection": people[3].pk})
    assert "Affecter 0" not in response.text
    response = as_alice.post(address, {"only": people[3].pk}, follow=True)
    assert said(response) == ["Maths 6e : aucune licence n'est disponible, rien n'a changé."]


def test_expired(as_alice, make_licence, zoe, has_seat):
    licence = make_licence(days_left=-1)
    address = reverse("licence_assign", args=[licence.school.code, licence.pk])
    response = as_alice.post(address, {"selection": zoe.pk}, follow=True)
    assert "a expiré le" in said(response)[0]
    assert has_seat(licence) == set()


def test_strangers_and_nonsense(as_alice, address, licence, other_school, bob, has_seat, make_pupils):
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A")
    (stranger,) = make_pupils(1, elsewhere)
    (gone,) = make_pupils(1)
    Student.objects.filter(pk=gone.pk).update(is_active=False)
    for pk in (stranger.pk, bob.pk, gone.pk, "x", "9" * 30, "-1", ""):
        as_alice.post(address, {"selection": pk})
        as_alice.post(address, {"only": pk})
    assert has_seat(licence) == set()
    assert Licence.objects.get().assigned == 0


def test_nobody_chosen(as_alice, address):
    assert said(as_alice.post(address, follow=True)) == ["Cochez d'abord au moins une personne."]


def test_htmx_brings_rows_figures_and_message(as_alice, address, make_pupils):
    person = make_pupils(1)[0]
    response = as_alice.post(address, {"only": person.pk}, headers={"HX-Request": "true"}, follow=True)
    assert "<html" not in response.text
    assert 'hx-swap-oob="true"' in response.text
    assert "1 affectée." in response.text
