import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Student, Teacher, User
from schools.models import Group, Membership, SchoolClass

from .people import heard, make_people, refusals

TestRefusals = refusals("student_selection", with_pk=False, methods=("post",), wrong=("get", "put", "delete"))


def act(client, school, action, people=(), query="", kind="student", **fields):
    """Send the action as the list does, then as its confirmation page does; return the last response."""
    address = reverse(f"{kind}_selection", args=[school.code]) + query
    data = {"action": action, "selection": [person.pk for person in people], **fields}
    response = client.post(address, data)
    if response.status_code == 200:
        response = client.post(address, {**data, "confirmed": response.context["count"]})
    return response


def told(response):
    return [str(message) for message in response.wsgi_request._messages]


@pytest.fixture
def three(school, class_6a, class_6b):
    return make_people(school, 2, school_class=class_6a) + make_people(school, 1, school_class=class_6b)


def test_change_class(as_alice, school, three, class_6b):
    with heard() as calls:
        response = act(as_alice, school, "change_class", three, school_class=class_6b.pk)
    assert told(response) == ["2 élèves sont passés en 6B. 1 y était déjà."]
    assert class_6b.students.count() == 3
    assert calls == [(school, "updated", sorted(person.pk for person in three[:2]), 2)]


def test_the_class_is_asked_for_when_the_list_did_not_say(as_alice, school, three, class_6b):
    address = reverse("student_selection", args=[school.code])
    data = {"action": "change_class", "selection": [person.pk for person in three]}
    page = as_alice.post(address, data)
    assert page.status_code == 200
    assert not page.context["form"].errors
    assert f'value="{class_6b.pk}"' in page.content.decode()
    assert as_alice.post(address, {**data, "confirmed": 3}).context["form"].errors == {
        "school_class": ["Ce champ est obligatoire."]
    }


def test_without_a_group_there_is_a_way_to_one(as_alice, school, three):
    data = {"action": "join_group", "selection": [person.pk for person in three]}
    page = as_alice.post(reverse("student_selection", args=[school.code]), data)
    assert page.status_code == 200
    assert reverse("group_add", args=[school.code]) in page.content.decode()
    assert 'name="confirmed"' not in page.content.decode()


def test_join_and_leave_a_group(as_alice, school, three, group_latin):
    three[0].groups.add(group_latin)
    with heard() as calls:
        response = act(as_alice, school, "join_group", three, group=group_latin.pk)
        assert told(response) == ["2 élèves ajoutés au groupe LATIN. 1 y était déjà."]
        assert group_latin.people.count() == 3
        response = act(as_alice, school, "leave_group", three[1:], group=group_latin.pk)
        assert told(response)[-1] == "2 élèves retirés du groupe LATIN."
    assert list(group_latin.people.all()) == [User.objects.get(pk=three[0].pk)]
    assert [(change, pks) for _, change, pks, _ in calls] == [
        ("updated", [three[1].pk, three[2].pk]),
        ("updated", [three[1].pk, three[2].pk]),
    ]


def test_deactivate_ends_sessions_and_reactivate(as_alice, school, zoe):
    browser = Client()
    browser.force_login(zoe)
    with heard() as calls:
        assert told(act(as_alice, school, "deactivate", [zoe])) == ["1 compte désactivé."]
        assert browser.get(reverse("password_change")).status_code == 302
        assert told(act(as_alice, school, "deactivate", [zoe]))[-1] == "Aucun changement. 1 l'était déjà."
        assert told(act(as_alice, school, "reactivate", [zoe]))[-1] == "1 compte réactivé."
    assert User.objects.get(pk=zoe.pk).is_active
    assert [change for _, change, _, _ in calls] == ["updated", "updated"]


def test_reset_passwords(as_alice, school, zoe, three):
    zoe.choose_password("Personnel-1")
    response = act(as_alice, school, "reset_passwords", [zoe, *three])
    assert told(response)[0].startswith("4 mots de passe réinitialisés")
    for person in Student.objects.all():
        assert person.check_password(person.initial_credential.reveal())
        assert person.password_is_initial


def test_delete(as_alice, school, three):
    with heard() as calls:
        assert told(act(as_alice, school, "delete", three)) == ["3 comptes supprimés."]
    assert not Student.objects.exists()
    assert calls == [(school, "deleted", sorted(person.pk for person in three), 3)]


@pytest.mark.parametrize("action", ["reset_passwords", "deactivate", "delete"])
def test_nothing_destructive_happens_without_the_confirmation_page(as_alice, school, zoe, action):
    address = reverse("student_selection", args=[school.code])
    page = as_alice.post(address, {"action": action, "selection": [zoe.pk]})
    assert page.status_code == 200
    assert "Martin Zoé" in page.content.decode()
    zoe.refresh_from_db()
    assert zoe.is_active
    assert zoe.check_password(zoe.initial_password)


def test_everybody_shown_across_pages(as_alice, school, class_6a, class_6b):
    make_people(school, 60, school_class=class_6a)
    make_people(school, 3, school_class=class_6b)
    response = act(as_alice, school, "delete", query="?classe=6A&page=1", all=1)
    assert told(response) == ["60 comptes supprimés."]
    assert response.url == reverse("student_list", args=[school.code]) + "?classe=6A&page=1"
    assert Student.objects.count() == 3


def test_a_filter_that_means_nothing_reaches_nobody(as_alice, school, three):
    assert act(as_alice, school, "delete", query="?classe=inconnue", all=1).status_code == 404
    assert Student.objects.count() == 3


def test_a_list_that_grew_since_the_confirmation_page_is_confirmed_again(as_alice, school, class_6a, three):
    address = reverse("student_selection", args=[school.code])
    page = as_alice.post(address, {"action": "delete", "all": 1})
    make_people(school, 1, school_class=class_6a)
    page = as_alice.post(address, {"action": "delete", "all": 1, "confirmed": page.context["count"]})
    assert "La liste a changé" in page.content.decode()
    assert Student.objects.count() == 4


def test_people_of_another_school_are_not_there(as_alice, school, other_school, three):
    theirs = make_people(other_school, 2, school_class=SchoolClass.objects.create(school=other_school, code="6A"))
    assert told(act(as_alice, school, "delete", [three[0], *theirs])) == ["1 compte supprimé."]
    assert act(as_alice, school, "delete", theirs).status_code == 404
    assert Student.objects.filter(school=other_school).count() == 2


def test_teachers_are_not_in_the_selection_of_students(as_alice, school, bob):
    assert act(as_alice, school, "delete", [bob]).status_code == 404


def test_class_and_group_of_another_school_are_refused(as_alice, school, other_school, three):
    school_class = SchoolClass.objects.create(school=other_school, code="6A")
    group = Group.objects.create(school=other_school, code="LATIN")
    for action, target in (
        ("change_class", {"school_class": school_class.pk}),
        ("join_group", {"group": group.pk}),
    ):
        response = act(as_alice, school, action, three, **target)
        assert list(response.context["form"].errors) == list(target)


def test_nobody_ticked(as_alice, school, zoe):
    response = act(as_alice, school, "delete")
    assert response.status_code == 302
    assert told(response) == ["Cochez d'abord au moins une personne."]


@pytest.mark.parametrize("pk", ["x", "-1", "٣", "9" * 30, "1.0"])
def test_numbers_that_are_none(as_alice, school, zoe, pk):
    address = reverse("student_selection", args=[school.code])
    assert as_alice.post(address, {"action": "delete", "selection": [pk]}).status_code == 404


@pytest.mark.parametrize(("kind", "action"), [("student", "explode"), ("student", ""), ("teacher", "change_class")])
def test_unknown_actions(as_alice, school, zoe, kind, action):
    address = reverse(f"{kind}_selection", args=[school.code])
    assert as_alice.post(address, {"action": action, "selection": [zoe.pk]}).status_code == 400


@pytest.mark.parametrize("action", ["reset_passwords", "deactivate", "delete"])
def test_oneself_and_accounts_with_rights_elsewhere_are_left_out(client, school, other_school, bob, action):
    plain, director = make_people(school, 2)
    Membership.objects.create(user=bob, school=school)
    Membership.objects.create(user=director, school=other_school)
    client.force_login(bob)
    response = act(client, school, action, [plain, director, bob], kind="teacher")
    assert told(response)[0].startswith("1 ")
    assert "2 laissés de côté" in told(response)[0]
    for spared in (bob, director):
        after = Teacher.objects.get(pk=spared.pk)
        assert (after.is_active, after.password) == (True, spared.password)


def test_from_the_page_of_one_person_one_comes_back_to_it(as_alice, school, zoe):
    address = reverse("student_selection", args=[school.code])
    data = {"action": "deactivate", "selection": [zoe.pk], "from": "detail"}
    assert 'name="from"' in as_alice.post(address, data).content.decode()
    assert as_alice.post(address, {**data, "confirmed": 1}).url == zoe.get_absolute_url()
