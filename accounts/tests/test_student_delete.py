import pytest
from django.urls import reverse

from accounts.models import Student, Teacher, User
from accounts.tests.people import heard, refusals, typed_long_ago
from conftest import PASSWORD
from schools.models import Membership

TestRefusals = refusals("student_delete", methods=("get", "post"), wrong=("put",))


def delete(client, school, person):
    return client.post(reverse(f"{person.kind}_delete", args=[school.code, person.pk]))


def test_the_page_asks_first(as_alice, school, zoe):
    page = as_alice.get(reverse("student_delete", args=[school.code, zoe.pk])).content.decode()
    assert "Supprimer ce compte" in page
    assert Student.objects.exists()


def test_a_student_is_deleted_and_listeners_hear_it_before(as_alice, school, zoe):
    with heard() as calls:
        assert delete(as_alice, school, zoe).url == reverse("student_list", args=[school.code])
    assert not Student.objects.exists()
    assert calls == [(school, "deleted", [zoe.pk], 1)]


@pytest.mark.parametrize("rights", ["operator", "other school"])
def test_an_account_with_rights_elsewhere_stays(as_alice, school, other_school, bob, rights):
    if rights == "operator":
        User.objects.filter(pk=bob.pk).update(is_staff=True)
    else:
        Membership.objects.create(user=bob, school=other_school)
    with heard() as calls:
        response = delete(as_alice, school, bob)
    assert response.status_code == 409
    assert "en dehors de votre établissement" in response.content.decode()
    assert Teacher.objects.exists()
    assert calls == []


def test_nobody_deletes_themselves(client, school, bob):
    Membership.objects.create(user=bob, school=school)
    bob.choose_password(PASSWORD)  # The one that he had went with the new rights.
    client.force_login(bob)
    assert delete(client, school, bob).status_code == 409
    assert Teacher.objects.exists()


def test_the_password_is_a_field_of_the_page(as_alice, school, zoe):
    typed_long_ago(as_alice)
    address = reverse("student_delete", args=[school.code, zoe.pk])
    assert 'name="current_password"' in as_alice.get(address).text
    page = as_alice.post(address, {"current_password": "Faux-Secret-1"})
    assert "Ce n&#x27;est pas votre mot de passe actuel." in page.text
    assert Student.objects.exists()
    assert as_alice.post(address, {"current_password": PASSWORD}).status_code == 302
    assert not Student.objects.exists()
