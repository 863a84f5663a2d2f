import pytest
from django.test import Client
from django.urls import reverse

from accounts import selection
from accounts.forms.selection import ACTIONS
from accounts.models import Student, Teacher, User
from accounts.tests.people import heard, make_people, refusals, typed_just_now, typed_long_ago
from conftest import PASSWORD
from schools.models import Group, Membership, SchoolClass

TestRefusals = refusals("student_selection", with_pk=False, methods=("post",), wrong=("put", "delete"))


def act(client, school, action, people=(), query="", kind="student", **fields):
    """Send the action as the list does, then as its confirmation page does; return the last response."""
    address = reverse(f"{kind}_selection", args=[school.code]) + query
    data = {"action": action, "selection": [person.pk for person in people], **fields}
    response = client.post(address, data)
    if response.status_code == 200:
        response = client.post(address, {**data, "confirmed": response.context["count"]})
    return response


def a_class(school):
    return SchoolClass.objects.get_or_create(school=school, code="CM2")[0]


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


@pytest.mark.parametrize("action", ["reset_passwords", "deactivate", "reactivate", "delete"])
def test_oneself_and_accounts_with_rights_elsewhere_are_left_out(client, school, other_school, bob, action):
    plain, director = make_people(school, 2)
    Membership.objects.create(user=bob, school=school)
    bob.choose_password(PASSWORD)  # The one that he had went with the new rights.
    Membership.objects.create(user=director, school=other_school)
    is_active = action != "reactivate"
    User.objects.filter(pk__in=[plain.pk, director.pk]).update(is_active=is_active)
    director.is_active = is_active
    client.force_login(bob)
    typed_just_now(client)
    response = act(client, school, action, [plain, director, bob], kind="teacher")
    assert told(response)[0].startswith("1 ")
    assert "2 laissés de côté" in told(response)[0]
    for spared in (bob, director):
        after = Teacher.objects.get(pk=spared.pk)
        assert (after.is_active, after.password) == (spared.is_active, spared.password)


def test_no_act_on_a_selection_changes_how_somebody_with_rights_elsewhere_signs_in(
    as_alice, school, other_school, group_latin
):
    """All of them, those that others will add too: `spares` where access is concerned, harmless where it is not."""
    for action, kind in [(name, kind) for name, each in ACTIONS.items() for kind in each.kinds]:
        for is_active in (True, False):
            (person,) = make_people(school, 1, school_class=a_class(school) if kind == "student" else None)
            User.objects.filter(pk=person.pk).update(is_active=is_active)
            Membership.objects.create(user=person, school=other_school)
            before = User.objects.values("is_active", "password", "username", "email", "kind").get(pk=person.pk)
            response = act(
                as_alice, school, action, [person], kind=kind, group=group_latin.pk, school_class=a_class(school).pk
            )
            after = User.objects.values("is_active", "password", "username", "email", "kind").get(pk=person.pk)
            assert after == before, (action, kind)
            assert ("1 laissé de côté" in told(response)[-1]) == ACTIONS[action].spares, (action, kind)


def test_rights_given_while_the_act_waits_for_the_account_count(school, other_school, alice, bob, monkeypatch):
    hold = selection.hold

    def hold_a_moment_later(people, *fields):
        Membership.objects.create(user=bob, school=other_school)
        return hold(people, *fields)

    monkeypatch.setattr(selection, "hold", hold_a_moment_later)
    outcome = selection.deactivate(school, User.objects.filter(pk=bob.pk), by=alice)
    assert outcome == (0, 0, 1)
    assert User.objects.get(pk=bob.pk).is_active


@pytest.mark.parametrize("action", ["reset_passwords", "delete"])
def test_the_password_is_a_field_of_the_confirmation(as_alice, school, three, zoe, action):
    typed_long_ago(as_alice)
    address = reverse("student_selection", args=[school.code]) + "?classe=6A"
    data = {"action": action, "selection": [person.pk for person in three]}
    page = as_alice.post(address, data)
    assert 'name="current_password"' in page.text
    for password, code in (("", "required"), ("Faux-Secret-1", "wrong_password")):
        page = as_alice.post(address, {**data, "confirmed": 3, "current_password": password})
        assert page.context["form"].errors.as_data()["current_password"][0].code == code
        # Nothing is lost: the act, the people and their number are still there.
        assert sorted(page.context["pks"].split(",")) == sorted(str(person.pk) for person in three)
        assert 'name="confirmed" value="3"' in page.text
    assert Student.objects.filter(password="!").count() == 3
    response = as_alice.post(address, {**data, "confirmed": 3, "current_password": PASSWORD})
    assert told(response)[-1].startswith("3 ")
    # Typed a moment ago: not asked for again.
    assert 'name="current_password"' not in as_alice.post(address, {"action": action, "selection": [zoe.pk]}).text


def test_harmless_acts_ask_for_no_password(as_alice, school, three, class_6b):
    typed_long_ago(as_alice)
    assert told(act(as_alice, school, "change_class", three, school_class=class_6b.pk))[-1].startswith("2 élèves")
    assert told(act(as_alice, school, "deactivate", three))[-1].startswith("3 comptes")


def test_the_address_of_the_acts_leads_to_the_list(as_alice, school):
    response = as_alice.get(reverse("student_selection", args=[school.code]) + "?classe=6A&page=2")
    assert response.url == reverse("student_list", args=[school.code]) + "?classe=6A&page=2"


def test_from_the_page_of_one_person_one_comes_back_to_it(as_alice, school, zoe):
    address = reverse("student_selection", args=[school.code])
    data = {"action": "deactivate", "selection": [zoe.pk], "from": "detail"}
    assert 'name="from"' in as_alice.post(address, data).content.decode()
    assert as_alice.post(address, {**data, "confirmed": 1}).url == zoe.get_absolute_url()


@pytest.mark.parametrize("action", ["reactivate", "change_class", "join_group"])
def test_nothing_is_done_to_several_people_without_a_page(as_alice, school, three, class_6b, group_latin, action):
    Student.objects.update(is_active=False)
    address = reverse("student_selection", args=[school.code])
    data = {"action": action, "all": 1, "school_class": class_6b.pk, "group": group_latin.pk}
    page = as_alice.post(address, data)
    assert page.status_code == 200
    assert "3 élèves" in page.content.decode()
    for wrong in ("", "2", "70"):
        assert as_alice.post(address, {**data, "confirmed": wrong}).status_code == 200
    assert not Student.objects.filter(is_active=True).exists()
    assert class_6b.students.count() == 1
    assert not group_latin.people.exists()
    assert as_alice.post(address, {**data, "confirmed": 3}).status_code == 302


def test_one_account_is_reactivated_at_once(as_alice, school, zoe):
    Student.objects.update(is_active=False)
    address = reverse("student_selection", args=[school.code])
    assert as_alice.post(address, {"action": "reactivate", "selection": zoe.pk}).status_code == 302
    assert Student.objects.get().is_active


def test_ticks_of_other_pages_come_in_one_field(as_alice, school, three):
    address = reverse("student_selection", args=[school.code])
    here, *others = (person.pk for person in three)
    data = {"action": "delete", "selection": [here, ",".join(map(str, others))]}
    page = as_alice.post(address, data)
    assert page.context["count"] == 3
    assert page.content.decode().count('name="selection"') == 1  # A thousand fields would be refused.
    as_alice.post(address, {"action": "delete", "selection": page.context["pks"], "confirmed": 3})
    assert not Student.objects.exists()
