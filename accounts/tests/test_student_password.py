import logging

import pytest
from django.urls import reverse

from accounts.models import InitialCredential
from accounts.tests.people import refusals, typed_just_now, typed_long_ago
from schools.models import Membership

TestRefusals = refusals("student_password", methods=("get",), wrong=("post", "delete"))


@pytest.fixture
def alice_who_just_signed_in(as_alice):
    return typed_just_now(as_alice)


def show(client, school, person, **headers):
    return client.get(reverse(f"{person.kind}_password", args=[school.code, person.pk]), headers=headers)


def test_the_password_is_asked_for_again(as_alice, school, zoe):
    response = show(typed_long_ago(as_alice), school, zoe)
    assert response.status_code == 302
    assert response.url.startswith(reverse("password_confirm"))


def test_the_password_is_shown_never_stored_and_logged(alice_who_just_signed_in, alice, school, zoe, caplog):
    with caplog.at_level(logging.INFO):
        response = show(alice_who_just_signed_in, school, zoe)
    assert zoe.initial_password in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    event = f"event=initial_password_shown school={school.code} kind=student user={alice.pk} person={zoe.pk}"
    assert event in caplog.messages
    assert zoe.initial_password not in caplog.text


def test_htmx_gets_it_in_its_place(alice_who_just_signed_in, school, zoe):
    page = show(alice_who_just_signed_in, school, zoe, HX_Request="true").content.decode()
    assert zoe.initial_password in page
    assert "<h1>" not in page


def test_a_personal_password_is_not_readable(alice_who_just_signed_in, school, zoe):
    zoe.choose_password("Personnel-1")
    assert "plus lisible" in show(alice_who_just_signed_in, school, zoe).content.decode()


def test_a_copy_whose_key_is_gone_is_not_readable(alice_who_just_signed_in, school, zoe):
    InitialCredential.objects.update(key_id="perdue")
    assert "plus lisible" in show(alice_who_just_signed_in, school, zoe).content.decode()


def test_a_password_that_opens_another_school_is_not_shown(alice_who_just_signed_in, school, other_school, bob):
    password = bob.give_initial_password()
    Membership.objects.create(user=bob, school=other_school)
    page = show(alice_who_just_signed_in, school, bob).content.decode()
    assert password not in page
    assert "en dehors de votre établissement" in page
