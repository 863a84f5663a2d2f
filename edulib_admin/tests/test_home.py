import pytest
from django.urls import reverse

from conftest import PASSWORD
from schools.models import Membership


def test_stranger_is_sent_to_sign_in(client):
    assert client.get("/").url == "/connexion/?next=/"


def test_operator(client, operator):
    client.force_login(operator)
    assert client.get("/").url == "/operateur/"


def test_administrator_of_one_school(as_alice, school):
    assert as_alice.get("/").url == f"/etablissements/{school.code}/"


def test_administrator_of_several_schools(as_alice, alice, other_school):
    Membership.objects.create(user=alice, school=other_school)
    assert as_alice.get("/").url == "/etablissements/"


@pytest.mark.parametrize("person", ["bob", "zoe"])
def test_teacher_and_student(client, request, person):
    client.force_login(request.getfixturevalue(person))
    assert client.get("/").url == "/mes-manuels/"


def test_teacher_who_administers_the_school(client, bob, school):
    Membership.objects.create(user=bob, school=school)
    bob.choose_password(PASSWORD)  # The one that he had went with the new rights.
    client.force_login(bob)
    assert client.get("/").url == f"/etablissements/{school.code}/"


def test_wrong_method(as_alice):
    assert as_alice.post(reverse("home")).status_code == 405
