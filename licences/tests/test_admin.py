import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from licences.models import Licence, Textbook
from licences.rules import add_rule
from licences.seats import assign
from licences.tests.orders import order


@pytest.fixture
def as_operator(client, operator):
    client.force_login(operator)
    return client


def form_of(licence, **changes):
    return {
        "school": licence.school_id,
        "textbook": licence.textbook_id,
        "audience": licence.audience,
        "seats": licence.seats,
        "valid_from": licence.valid_from.strftime("%d/%m/%Y"),
        "valid_until": licence.valid_until.strftime("%d/%m/%Y"),
        "order_reference": licence.order_reference,
        **changes,
    }


def test_lists(as_operator, make_licence, django_assert_max_num_queries):
    for _ in range(30):
        make_licence()
    with django_assert_max_num_queries(9):
        response = as_operator.get(reverse("admin:licences_licence_changelist"))
    assert response.text.count("Maths 6e") >= 30
    response = as_operator.get(reverse("admin:licences_licence_changelist"), {"q": "CMD-7", "validite": "open"})
    assert "CMD-7" in response.text
    assert "CMD-8" not in response.text
    assert "Maths 6e" in as_operator.get(reverse("admin:licences_textbook_changelist"), {"q": "978-2-01-100001-9"}).text


def test_textbook_address_is_https(as_operator):
    fields = {"isbn": "9782011000026", "title": "Français", "url": "http://example.org/"}
    response = as_operator.post(reverse("admin:licences_textbook_add"), fields)
    assert "doit commencer par https://" in response.text
    as_operator.post(reverse("admin:licences_textbook_add"), {**fields, "url": "example.org/livre"})
    assert Textbook.objects.get().url == "https://example.org/livre"


def test_more_seats_serve_those_who_wait(as_operator, make_licence, make_pupils, class_6a):
    licence = make_licence(1)
    make_pupils(3)
    add_rule(licence, school_class=class_6a)
    address = reverse("admin:licences_licence_change", args=[licence.pk])
    assert as_operator.post(address, form_of(licence, seats=2)).status_code == 302
    licence.refresh_from_db()
    assert (licence.seats, licence.assigned, licence.queue.count()) == (2, 2, 1)


def test_fewer_seats_than_assigned(as_operator, licence, make_pupils):
    assign(licence, make_pupils(5))
    address = reverse("admin:licences_licence_change", args=[licence.pk])
    response = as_operator.post(address, form_of(licence, seats=3))
    assert "il en manquerait 2" in response.text
    assert Licence.objects.get().seats == 5


def test_saving_does_not_touch_the_counter(licence, make_pupils):
    stale = Licence.objects.get()
    assign(licence, make_pupils(2))
    stale.seats = 9
    stale.save()
    assert Licence.objects.get().assigned == 2


def test_order_import(as_operator, school):
    address = reverse("admin:order_import")
    assert address == "/operateur/licences/licence/importer/"
    assert as_operator.get(address).status_code == 200
    assert "Choisissez le fichier" in as_operator.post(address).text
    response = as_operator.post(
        address, {"file": SimpleUploadedFile("c.xlsx", order({}, {"Quantité": "x"}).getvalue())}, follow=True
    )
    assert "1 erreur à corriger" in response.text
    assert "<td>3</td>" in response.text
    response = as_operator.post(address, {"file": SimpleUploadedFile("c.xlsx", order({}).getvalue())}, follow=True)
    assert "1 licence créée" in response.text
    assert school.licences.count() == 1


def test_order_import_is_for_operators(as_alice):
    assert as_alice.get(reverse("admin:order_import")).status_code == 404
