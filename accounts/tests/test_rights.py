"""Whoever gains rights gets a way in that nobody else knows; the attack of a jealous administrator fails."""

import re

import pytest
from django.contrib.auth import authenticate
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse

from accounts import mail
from accounts.models import InitialCredential, Teacher, User
from accounts.tests.people import typed_just_now
from conftest import PASSWORD
from schools.models import Membership, School

KNOWN = "Choisi-Par-Moi-1"


@pytest.fixture
def as_operator(operator):
    browser = Client()
    browser.force_login(operator)
    return typed_just_now(browser)


@pytest.fixture
def teacher(as_alice, school):
    """A teacher whom Alice creates, with a password and an e-mail of her own choosing."""
    form = {"last_name": "Petit", "first_name": "Luc", "email": "alice.bis@example.org", "password": KNOWN}
    as_alice.post(reverse("teacher_add", args=[school.code]), form)
    return Teacher.objects.get(last_name="Petit")


def emails():
    """Send what waits; return {recipient: [text, …]} of what has left since the last time."""
    outbox.outbox.clear()
    mail.send_due(seconds=10)
    sent = {}
    for message in outbox.outbox:
        sent.setdefault(message.to[0], []).append(message.body)
    return sent


def link_in(text):
    return re.search(r"https?://[^/]+(/\S+)", text)[1]


def make_administrator(as_operator, school, user):
    """Add `user` to the administrators of `school` in the operator's page; return the answer."""
    form = {"code": school.code, "name": school.name, "city": school.city}
    rows = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0, "memberships-0-user": user.pk}
    page = as_operator.post(f"/operateur/schools/school/{school.pk}/change/", {**form, **rows})
    assert Membership.objects.filter(user=user, school=school).exists()
    return page


def drawn(page):
    return re.findall(r'<code class="mot-de-passe">(.+?)</code>', page.text)


def test_the_attack(as_operator, as_alice, alice, school, other_school, charlie, teacher):
    pupil = User.objects.create(
        school=other_school, kind="teacher", username="secret", last_name="Secret", first_name="Sarah"
    )
    secret = pupil.give_initial_password()
    browser = Client()
    assert browser.post("/connexion/", {"username": teacher.username, "password": KNOWN}).url == "/"

    (new,) = drawn(make_administrator(as_operator, other_school, teacher))

    # The password that Alice knows opens nothing, what was open is closed, and her list does not show the new one.
    assert browser.get(reverse("teacher_export", args=[other_school.code])).url.startswith("/connexion/")
    assert authenticate(None, username=teacher.username, password=KNOWN) is None
    export = as_alice.get(reverse("teacher_export", args=[school.code]))
    assert export.status_code == 200
    assert not InitialCredential.objects.filter(user=teacher).exists()
    assert new not in as_alice.get(reverse("teacher_password", args=[school.code, teacher.pk])).text

    # Nor does the mailbox that she named: the e-mail that comes there opens nothing to her.
    (text,) = emails().pop("alice.bis@example.org")
    confirm = link_in(text)
    assert Client().get(confirm).url.startswith("/connexion/")
    assert as_alice.post(confirm).status_code == 410
    Client().post("/mot-de-passe/oublie/", {"email": "alice.bis@example.org"})
    assert emails() == {}

    # She cannot reset, deactivate or change them any more.
    assert teacher.refusal_to(alice)
    as_alice.post(
        reverse("teacher_edit", args=[school.code, teacher.pk]),
        {"last_name": "Petit", "first_name": "Luc", "username": "mien", "email": "alice@ailleurs.example"},
    )
    teacher.refresh_from_db()
    assert (teacher.username, teacher.email) == ("luc.petit", "alice.bis@example.org")

    # The owner gets in with what the operator handed over, and chooses first of all.
    owner = Client()
    owner.post("/connexion/", {"username": teacher.username, "password": new})
    assert owner.get(reverse("teacher_list", args=[other_school.code])).url == reverse("password_change")
    choice = {"old_password": new, "new_password1": "Rien-Qu-A-Luc-1", "new_password2": "Rien-Qu-A-Luc-1"}
    assert owner.post(reverse("password_change"), choice).status_code == 302
    shown = owner.get(reverse("teacher_password", args=[other_school.code, pupil.pk]))
    assert secret.replace("&", "&amp;") in shown.text


def test_after_the_confirmation_the_e_mail_resets(as_operator, other_school, teacher):
    make_administrator(as_operator, other_school, teacher)
    (text,) = emails()["alice.bis@example.org"]
    confirm, owner = link_in(text), Client()
    User.objects.get(pk=teacher.pk).choose_password(PASSWORD)
    owner.force_login(User.objects.get(pk=teacher.pk))
    assert "alice.bis@example.org" in owner.get(confirm).text
    assert not User.objects.get(pk=teacher.pk).email_is_trusted  # A link that is merely opened proves nothing.
    assert owner.post(confirm).status_code == 302
    assert User.objects.get(pk=teacher.pk).email_is_trusted
    assert owner.post(confirm).status_code == 410  # Once.
    mail.enqueue("password_reset", user=User.objects.get(pk=teacher.pk))
    assert "/mot-de-passe/nouveau/" in emails()["alice.bis@example.org"][0]


def test_an_e_mail_changed_afterwards_is_to_be_confirmed_again(as_alice, as_operator, school, teacher):
    """Rights in Alice's own school only: she may still change the e-mail, which then resets nothing."""
    make_administrator(as_operator, school, teacher)
    User.objects.filter(pk=teacher.pk).update(confirmed_email="alice.bis@example.org")
    fields = {"last_name": "Petit", "first_name": "Luc", "username": "luc.petit", "email": "alice.ter@example.org"}
    as_alice.post(reverse("teacher_edit", args=[school.code, teacher.pk]), fields)
    teacher.refresh_from_db()
    assert teacher.email == "alice.ter@example.org"
    assert not teacher.email_is_trusted
    mail.enqueue("password_reset", user=teacher)
    assert not [text for text in emails()["alice.ter@example.org"] if "/mot-de-passe/nouveau/" in text]


def test_a_link_sent_before_dies(as_operator, other_school, teacher):
    mail.enqueue("password_reset", user=teacher)
    link = link_in(emails()["alice.bis@example.org"][0])
    make_administrator(as_operator, other_school, teacher)
    assert "set-password" not in str(Client().get(link, follow=True).redirect_chain)


def test_an_email_to_an_address_that_is_the_owners(as_operator, other_school, bob):
    User.objects.filter(pk=bob.pk).update(confirmed_email=bob.email)
    page = make_administrator(as_operator, other_school, bob)
    assert page.status_code == 302  # Nothing to hand over.
    assert authenticate(None, username="bob", password=PASSWORD) is None
    link = link_in(emails()["bob@example.org"][0])
    visitor = Client()
    form = visitor.get(link, follow=True).redirect_chain[-1][0]
    visitor.post(form, {"new_password1": "Tout-A-Bob-1", "new_password2": "Tout-A-Bob-1"})
    assert authenticate(None, username="bob", password="Tout-A-Bob-1") == bob
    assert "set-password" not in str(Client().get(link, follow=True).redirect_chain)  # Once.


def test_without_e_mail_a_password_to_hand_over(as_operator, other_school, bob):
    User.objects.filter(pk=bob.pk).update(email="")
    (new,) = drawn(make_administrator(as_operator, other_school, bob))
    assert authenticate(None, username="bob", password=new) == bob
    assert emails() == {}


def test_given_on_the_page_of_the_person(as_operator, other_school, bob):
    """An e-mail that the operator types in the same form is no longer the school's: the e-mail goes there."""
    form = {"last_name": "Bonnet", "first_name": "Bob", "username": "bob", "email": "bob@chez-lui.example"}
    rows = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0, "memberships-0-school": other_school.pk}
    address = f"/operateur/accounts/user/{bob.pk}/change/"
    assert as_operator.post(address, {**form, "is_active": "on", **rows}).status_code == 302
    sent = emails()
    assert "/mot-de-passe/nouveau/" in sent["bob@chez-lui.example"][0]
    assert "/mot-de-passe/" not in sent["bob@example.org"][0]
    assert authenticate(None, username="bob", password=PASSWORD) is None


def test_whoever_has_rights_elsewhere_keeps_the_password(as_operator, other_school, charlie, school, bob):
    page = make_administrator(as_operator, school, charlie)
    assert page.status_code == 302
    assert authenticate(None, username="charlie", password=PASSWORD) == charlie


def test_a_teacher_who_has_rights_elsewhere_keeps_the_password(as_operator, other_school, alice, bob):
    Membership.objects.create(user=bob, school=other_school)
    bob.choose_password("Tout-A-Bob-1")
    third = School.objects.create(code="TROIS", name="Troisième")
    make_administrator(as_operator, third, bob)
    assert authenticate(None, username="bob", password="Tout-A-Bob-1") == bob


def test_a_colleague_of_both_schools_is_kept_out_of_the_third(as_operator, alice, school, other_school, bob):
    """Alice administers all that Bob does, and may reset his password: not when he gains what she has not."""
    Membership.objects.create(user=bob, school=other_school)
    Membership.objects.create(user=alice, school=other_school)
    bob.choose_password(KNOWN)
    third = School.objects.create(code="TROIS", name="Troisième")
    assert drawn(make_administrator(as_operator, third, bob))
    assert authenticate(None, username="bob", password=KNOWN) is None


@pytest.mark.parametrize("rights", ["is_staff", "is_superuser"])
def test_operators_rights_whatever_the_way(bob, rights):
    setattr(bob, rights, True)
    bob.save()
    assert bob.drawn_password
    assert authenticate(None, username="bob", password=PASSWORD) is None
    bob.choose_password(PASSWORD)
    bob.save()
    assert authenticate(None, username="bob", password=PASSWORD) == bob  # Nothing gained this time.


def test_rights_force_the_first_change_whatever_the_school_wants(school, bob, class_6a):
    school.teachers_must_change_password = False
    school.save()
    assert not bob.must_change_password
    Membership.objects.create(user=bob, school=school)
    assert User.objects.get(pk=bob.pk).must_change_password


def test_an_installation_that_was_there_before(migrated_to):
    """Whoever has rights where the school that typed their e-mail has none confirms it; nothing changes for others."""
    old = migrated_to(("accounts", "0007_session"), ("schools", "0003_sort_and_search_keys"))
    Old, School, Membership = map(old.get_model, ("accounts.User", "schools.School", "schools.Membership"))
    here, there = (School.objects.create(code=code, name=code) for code in ("ICI", "LA"))
    for username, schools in (("teacher", ()), ("here", (here,)), ("both", (here, there))):
        user = Old.objects.create(
            username=username, email=f"{username}@example.org", school=here, kind="teacher", last_name="N"
        )
        for school in schools:
            Membership.objects.create(user=user, school=school)
    Old.objects.create(username="chief", email="chief@example.org", last_name="N")
    migrated_to(("accounts", "0008_confirmed_email"))
    trusted = {user.username: user.email_is_trusted for user in User.objects.all()}
    assert trusted == {"teacher": False, "here": True, "both": False, "chief": True}
