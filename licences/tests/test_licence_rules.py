import pytest
from django.urls import reverse

from licences.models import Rule
from licences.rules import add_rule
from licences.seats import assign
from schools.models import SchoolClass


@pytest.fixture
def address(licence):
    return reverse("licence_rules", args=[licence.school.code, licence.pk])


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("what", ["class", "group", "level", "everyone"])
def test_follow(as_alice, address, licence, make_pupils, class_6a, class_6b, group_latin, has_seat, what):
    in_6a, in_6b = make_pupils(2), make_pupils(2, class_6b, prefix="b")
    group_latin.people.add(in_6b[0])
    follow, served = {
        "class": (f"class:{class_6a.pk}", in_6a),
        "group": (f"group:{group_latin.pk}", in_6b[:1]),
        "level": ("level:6e", in_6a + in_6b),
        "everyone": ("everyone", in_6a + in_6b),
    }[what]
    response = as_alice.post(address, {"follow": follow}, follow=True)
    assert f"{len(served)} affectée" in said(response)[0]
    assert has_seat(licence) == {person.pk for person in served}
    response = as_alice.post(address, {"follow": follow})
    assert response.status_code == 200
    assert "suit déjà" in response.text
    assert Rule.objects.count() == 1


def test_the_queue_is_shown_in_order(as_alice, address, licence, make_pupils, class_6a):
    make_pupils(8)
    response = as_alice.post(address, {"follow": f"class:{class_6a.pk}"}, follow=True)
    assert said(response) == ["Affectation automatique ajoutée (Classe 6A – Sixième A) : 5 affectées, 3 en attente."]
    queue = [entry.user.last_name for entry in response.context["page"]]
    assert queue == ["eleve 00005", "eleve 00006", "eleve 00007"]
    assert response.context["rules"][0]["given"] == 5
    assert response.context["rules"][0]["waiting"] == 3


def test_what_cannot_be_followed(as_alice, address, other_school, make_licence, class_6a, group_latin):
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A", level="Secret")
    for follow in (f"class:{elsewhere.pk}", "level:Secret", "class:x", "class:", "", "autre"):
        response = as_alice.post(address, {"follow": follow})
        assert response.status_code == 200, follow
        assert "Secret" not in response.text.split("<form", 2)[-1].split("invalid-feedback")[0]
    teachers = make_licence(audience="teacher")
    address = reverse("licence_rules", args=[teachers.school.code, teachers.pk])
    text = as_alice.get(address).text
    assert "Classe 6A" not in text
    assert "Tous les enseignants" in text
    as_alice.post(address, {"follow": f"class:{class_6a.pk}"})
    assert Rule.objects.count() == 0


def test_expired(as_alice, make_licence, class_6a):
    licence = make_licence(days_left=-1)
    address = reverse("licence_rules", args=[licence.school.code, licence.pk])
    assert "Ajouter une affectation" not in as_alice.get(address).text
    as_alice.post(address, {"follow": "everyone"})
    assert Rule.objects.count() == 0


@pytest.mark.parametrize("seats", ["keep", "take_back"])
def test_remove(as_alice, licence, make_pupils, class_6a, has_seat, seats):
    people = make_pupils(3)
    assign(licence, people[:1])
    add_rule(licence, school_class=class_6a)
    address = reverse("licence_rule_remove", args=[licence.school.code, licence.pk, Rule.objects.get().pk])
    text = as_alice.get(address).text
    assert "(2 licences)" in text
    assert Rule.objects.count() == 1
    assert as_alice.post(address, {}).status_code == 200
    assert Rule.objects.count() == 1
    response = as_alice.post(address, {"seats": seats}, follow=True)
    done = {"keep": "0 licence reprise, 2 laissées", "take_back": "2 licences reprises, 0 laissée"}[seats]
    assert said(response) == [f"L'affectation automatique (classe 6A) est supprimée : {done}."]
    assert Rule.objects.count() == 0
    assert len(has_seat(licence)) == {"keep": 3, "take_back": 1}[seats]


def test_what_another_rule_gives_too_is_left(as_alice, licence, make_pupils, class_6a, has_seat):
    people = make_pupils(2)
    add_rule(licence, school_class=class_6a)
    add_rule(licence, level="6e")
    first = Rule.objects.order_by("pk").first()
    address = reverse("licence_rule_remove", args=[licence.school.code, licence.pk, first.pk])
    response = as_alice.post(address, {"seats": "take_back"}, follow=True)
    assert "0 licence reprise, 2 laissées" in said(response)[0]
    assert has_seat(licence) == {person.pk for person in people}


def test_rule_of_another_licence(as_alice, licence, make_licence, class_6a):
    add_rule(make_licence(), school_class=class_6a)
    address = reverse("licence_rule_remove", args=[licence.school.code, licence.pk, Rule.objects.get().pk])
    assert as_alice.post(address, {"seats": "keep"}).status_code == 404
    assert Rule.objects.count() == 1
