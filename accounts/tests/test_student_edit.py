from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.forms.people import PersonForm
from accounts.models import User
from accounts.tests.people import heard, make_people, refusals
from schools.models import Membership

TestRefusals = refusals("student_edit", methods=("get", "post"), wrong=("put", "delete"))


def edit(client, school, person, **fields):
    known = {name: getattr(person, name) for name in ("last_name", "first_name", "username", "email")}
    known["groups"] = [group.pk for group in person.groups.all()]
    if person.school_class_id:
        known["school_class"] = person.school_class_id
    return client.post(reverse(f"{person.kind}_edit", args=[school.code, person.pk]), {**known, **fields})


@pytest.fixture
def old_zoe(zoe, group_latin):
    zoe.groups.add(group_latin)
    zoe.updated_at = timezone.now() - timedelta(days=1)
    zoe.save(update_fields=["updated_at"])
    return zoe


def test_a_new_name_keeps_identifiant_and_password(as_alice, school, old_zoe):
    with heard() as calls:
        assert edit(as_alice, school, old_zoe, last_name="Durand").url == old_zoe.get_absolute_url()
    zoe = User.objects.get(pk=old_zoe.pk)
    assert (zoe.last_name, zoe.name_key, zoe.username) == ("Durand", "durand\tzoe", "zoe.martin")
    assert zoe.check_password(old_zoe.initial_password)
    assert zoe.updated_at > old_zoe.updated_at
    assert calls == [(school, "updated", [zoe.pk], 1)]


def test_class_and_groups_change(as_alice, school, old_zoe, class_6b):
    with heard() as calls:
        edit(as_alice, school, old_zoe, school_class=class_6b.pk, groups=[])
    zoe = User.objects.get(pk=old_zoe.pk)
    assert zoe.school_class == class_6b
    assert not zoe.groups.exists()
    assert len(calls) == 1


def test_saving_without_a_change_changes_nothing(as_alice, school, old_zoe):
    with heard() as calls:
        assert edit(as_alice, school, old_zoe).status_code == 302
    assert User.objects.get(pk=old_zoe.pk).updated_at == old_zoe.updated_at
    assert calls == []


def test_the_form_shows_what_is_known(as_alice, school, old_zoe):
    page = as_alice.get(reverse("student_edit", args=[school.code, old_zoe.pk])).content.decode()
    assert 'value="zoe.martin"' in page
    assert 'name="password"' not in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("last_name", ""), ("username", ""), ("username", "a@b"), ("email", "x"), ("school_class", "")],
)
def test_bad_input(as_alice, school, old_zoe, field, value):
    response = edit(as_alice, school, old_zoe, **{field: value})
    assert list(response.context["form"].errors) == [field]
    assert User.objects.get(pk=old_zoe.pk).updated_at == old_zoe.updated_at


def test_an_identifiant_or_e_mail_already_taken(as_alice, school, old_zoe, bob):
    response = edit(as_alice, school, old_zoe, username="BOB", email="Bob@example.org")
    assert set(response.context["form"].errors) == {"username", "email"}


def test_whoever_is_faster_is_told_as_a_form_error(school, zoe):
    data = {"last_name": "Martin", "first_name": "Zoé", "username": "zoe", "school_class": zoe.school_class_id}
    form = PersonForm(data, instance=zoe, school=school, kind="student")
    assert form.is_valid()
    (faster,) = make_people(school, 1)
    User.objects.filter(pk=faster.pk).update(username="ZOE")
    assert form.save() is None
    assert list(form.errors) == ["username"]


def test_a_student_does_not_open_as_a_teacher(as_alice, school, zoe):
    assert as_alice.get(reverse("teacher_edit", args=[school.code, zoe.pk])).status_code == 404


@pytest.mark.parametrize("rights", ["operator", "other school"])
def test_what_an_account_with_rights_elsewhere_signs_in_with_is_left_alone(as_alice, school, other_school, bob, rights):
    if rights == "operator":
        User.objects.filter(pk=bob.pk).update(is_staff=True)
    else:
        Membership.objects.create(user=bob, school=other_school)
    edit(as_alice, school, bob, email="alice@attaquant.example", username="mien", last_name="Nouveau")
    bob.refresh_from_db()
    assert (bob.email, bob.username, bob.last_name) == ("bob@example.org", "bob", "Nouveau")


def test_a_colleague_of_the_same_school_may_be_changed(as_alice, school, bob):
    Membership.objects.create(user=bob, school=school)
    edit(as_alice, school, bob, email="nouveau@example.org")
    bob.refresh_from_db()
    assert bob.email == "nouveau@example.org"


def test_deleted_by_somebody_else_meanwhile(as_alice, school, zoe, monkeypatch):
    real = PersonForm.save

    def too_late(form):
        User.objects.filter(pk=zoe.pk).delete()
        return real(form)

    monkeypatch.setattr(PersonForm, "save", too_late)
    page = edit(as_alice, school, zoe, last_name="Durand")
    assert page.status_code == 200
    assert "vient d&#x27;être supprimé" in page.text
