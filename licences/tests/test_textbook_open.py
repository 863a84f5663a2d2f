import pytest
from django.urls import reverse

from accounts.models import User
from licences.models import Assignment, Licence
from licences.seats import assign, take_back_all

TARGET = "https://manuels.example.org/maths-6e"


@pytest.fixture
def as_zoe(client, zoe):
    client.force_login(zoe)
    return client


@pytest.fixture
def held(licence, zoe):
    assign(licence, [zoe.pk])
    return Assignment.objects.get()


def address(assignment):
    return reverse("textbook_open", args=[assignment.pk])


def openings():
    return Assignment.objects.get().opened_count


def refused(response, status, said):
    assert response.status_code == status
    assert said in response.text
    assert "manuels.example.org" not in response.text
    assert "Location" not in response
    assert openings() == 0


def test_opens_and_counts(as_zoe, held):
    for number in (1, 2):
        response = as_zoe.get(address(held))
        assert response.status_code == 302
        assert response["Location"] == TARGET
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        held.refresh_from_db()
        assert held.opened_count == number
        assert held.last_opened_at is not None


def test_looking_ahead_is_not_opening(as_zoe, held):
    assert as_zoe.head(address(held)).status_code == 302
    as_zoe.get(address(held), headers={"sec-purpose": "prefetch;prerender"})
    assert openings() == 0


def test_expired_today(as_zoe, held, licence):
    Licence.objects.update(valid_until=licence.valid_from)
    refused(as_zoe.get(address(held)), 410, "terminé le")


def test_not_yet_valid(as_zoe, zoe, make_licence):
    assign(make_licence(days_ago=-3), [zoe.pk])
    refused(as_zoe.get(address(Assignment.objects.get())), 403, "à partir du")


def test_no_address_yet(as_zoe, held, textbook):
    textbook.url = ""
    textbook.save()
    refused(as_zoe.get(address(held)), 403, "pas encore en ligne")


@pytest.mark.parametrize("reader", ["bob", "alice", "charlie"])
def test_somebody_elses(client, held, reader, request):
    client.force_login(request.getfixturevalue(reader))
    refused(client.get(address(held)), 404, "ne vous est pas attribué")


def test_unknown(as_zoe, held):
    response = as_zoe.get(reverse("textbook_open", args=[held.pk + 1]))
    refused(response, 404, "ne vous est pas attribué")


def test_taken_back(as_zoe, held):
    take_back_all(held.licence)
    assert as_zoe.get(address(held)).status_code == 404


def test_deactivated(as_zoe, zoe, held):
    User.objects.filter(pk=zoe.pk).update(is_active=False)
    response = as_zoe.get(address(held))
    assert response["Location"].startswith("/connexion/")
    assert openings() == 0


def test_signed_out(client, held):
    assert client.get(address(held))["Location"].startswith("/connexion/")


def test_wrong_method(as_zoe, held):
    assert as_zoe.post(address(held)).status_code == 405
    assert openings() == 0
