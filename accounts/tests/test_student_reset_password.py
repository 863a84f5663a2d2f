import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.people import refusals, typed_long_ago
from conftest import PASSWORD
from schools.models import Membership

TestRefusals = refusals("student_reset_password", methods=("get", "post"), wrong=("put",))


def reset(client, school, person):
    return client.post(reverse(f"{person.kind}_reset_password", args=[school.code, person.pk]))


def test_the_page_asks_first(as_alice, school, zoe):
    page = as_alice.get(reverse("student_reset_password", args=[school.code, zoe.pk])).content.decode()
    assert "zoe.martin" in page
    assert User.objects.get(pk=zoe.pk).check_password(zoe.initial_password)


def test_the_new_password_works_and_can_be_read(as_alice, school, zoe):
    zoe.choose_password("Personnel-1")
    assert reset(as_alice, school, zoe).url == zoe.get_absolute_url()
    zoe = User.objects.get(pk=zoe.pk)
    assert zoe.password_is_initial
    assert not zoe.check_password("Personnel-1")
    assert zoe.check_password(zoe.initial_credential.reveal())


def test_sessions_in_course_end(as_alice, school, zoe):
    browser = Client()
    browser.force_login(zoe)
    assert browser.get(reverse("password_change")).status_code == 200
    reset(as_alice, school, zoe)
    assert browser.get(reverse("password_change")).status_code == 302


@pytest.mark.parametrize("rights", ["operator", "other school", "oneself"])
def test_passwords_that_open_more_than_this_school_are_not_reset(client, alice, school, other_school, bob, rights):
    client.force_login(alice)
    if rights == "operator":
        User.objects.filter(pk=bob.pk).update(is_staff=True)
    elif rights == "other school":
        Membership.objects.create(user=bob, school=other_school)
    else:
        Membership.objects.create(user=bob, school=school)
        bob.choose_password(PASSWORD)  # The one that he had went with the new rights.
        client.force_login(bob)
    before = User.objects.get(pk=bob.pk).password
    assert reset(client, school, bob).status_code == 409
    assert User.objects.get(pk=bob.pk).password == before


def test_whoever_administers_both_schools_may(as_alice, alice, school, other_school, bob):
    Membership.objects.create(user=bob, school=other_school)
    Membership.objects.create(user=alice, school=other_school)
    assert reset(as_alice, school, bob).status_code == 302


def test_the_password_is_a_field_of_the_page(as_alice, school, zoe):
    typed_long_ago(as_alice)
    address = reverse("student_reset_password", args=[school.code, zoe.pk])
    assert 'name="current_password"' in as_alice.get(address).text
    assert as_alice.post(address).context["form"].errors["current_password"]
    assert User.objects.get(pk=zoe.pk).check_password(zoe.initial_password)
    assert as_alice.post(address, {"current_password": PASSWORD}).status_code == 302
    assert not User.objects.get(pk=zoe.pk).check_password(zoe.initial_password)


def test_guesses_in_that_field_are_counted(as_alice, school, zoe):
    typed_long_ago(as_alice)
    address = reverse("student_reset_password", args=[school.code, zoe.pk])
    for _ in range(10):
        as_alice.post(address, {"current_password": "Faux-Secret-1"})
    page = as_alice.post(address, {"current_password": PASSWORD})
    assert page.context["form"].errors.as_data()["current_password"][0].code == "too_many_attempts"
