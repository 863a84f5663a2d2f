import pytest

from accounts.models import User
from licences.models import Assignment, Licence, Waiting
from licences.seats import LicenceError, assign, preview, seats_bought, take_back, take_back_all


def test_everybody_served(licence, make_pupils, has_seat):
    people = make_pupils(3)
    outcome = assign(licence, User.objects.filter(kind="student"))
    assert (outcome.assigned, outcome.already, outcome.missing) == (3, 0, 0)
    assert has_seat(licence) == {person.pk for person in people}
    assert outcome.sentence == "3 affectées"


def test_already_served_are_not_served_twice(licence, make_pupils, has_seat):
    people = make_pupils(4)
    assign(licence, [people[0].pk])
    outcome = assign(licence, people)
    assert outcome.sentence == "3 affectées, 1 déjà servie"
    assert len(has_seat(licence)) == 4


def test_shortage_gives_nothing_unless_asked(licence, make_pupils, has_seat):
    people = make_pupils(7)
    outcome = assign(licence, people)
    assert outcome.sentence == "0 affectée, 2 manquent"
    assert has_seat(licence) == set()
    assert preview(licence, people).sentence == "5 affectées, 2 manquent"
    outcome = assign(licence, list(reversed(people)), shortage="fit")
    assert outcome.sentence == "5 affectées, 2 manquent"
    assert has_seat(licence) == {person.pk for person in people[:5]}  # In list order, whatever was asked.


def test_unknown_shortage_choice(licence):
    with pytest.raises(ValueError):
        assign(licence, [], shortage="all")


def test_others_are_refused_and_told(licence, bob, make_pupils, has_seat):
    pupil, inactive = make_pupils(2)
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    outcome = assign(licence, [pupil.pk, inactive.pk, bob.pk])
    assert outcome.sentence == "1 affectée, 2 comptes désactivés ou d'un autre public"
    assert has_seat(licence) == {pupil.pk}


def test_expired_licence_is_refused(make_licence, make_pupils):
    licence = make_licence(days_left=-1)
    with pytest.raises(LicenceError, match="a expiré le"):
        assign(licence, make_pupils(1))
    assert not Assignment.objects.exists()


def test_not_yet_valid_licence_can_be_given(make_licence, make_pupils, has_seat):
    licence = make_licence(days_ago=-5)
    assign(licence, make_pupils(1))
    assert len(has_seat(licence)) == 1


def test_deleted_licence(licence, make_pupils):
    Licence.objects.all().delete()
    with pytest.raises(LicenceError):
        assign(licence, make_pupils(1))


def test_take_back(licence, make_pupils, has_seat):
    people = make_pupils(4)
    assign(licence, people[:3])
    outcome = take_back(licence, people[1:])
    assert outcome.sentence == "2 retirées, 1 n'en avait pas"
    assert has_seat(licence) == {people[0].pk}
    assert take_back_all(licence).sentence == "1 retirée"
    assert has_seat(licence) == set()
    assert User.objects.filter(kind="student").count() == 4


def test_seats_bought_serve_those_who_wait(make_licence, make_pupils, has_seat):
    licence = make_licence(1)
    people = make_pupils(4)
    rule = licence.rules.create()
    Waiting.objects.bulk_create(
        [Waiting(licence=licence, user=person, rule=rule) for person in (people[2], people[0], people[1])]
    )
    assert seats_bought([licence.pk]) == 1
    assert has_seat(licence) == {people[2].pk}
    Licence.objects.filter(pk=licence.pk).update(seats=2)
    assert seats_bought([licence.pk]) == 1
    assert has_seat(licence) == {people[2].pk, people[0].pk}
    assert take_back(licence, [people[2].pk]).served == 1
    assert has_seat(licence) == {people[0].pk, people[1].pk}
    assert Assignment.objects.get(user=people[1]).rule == rule


def test_few_queries_for_many_people(licence, make_pupils, django_assert_max_num_queries):
    Licence.objects.filter(pk=licence.pk).update(seats=300)
    make_pupils(300)
    with django_assert_max_num_queries(12):
        assert assign(licence, User.objects.filter(kind="student")).assigned == 300
    with django_assert_max_num_queries(12):
        assert take_back(licence, User.objects.filter(kind="student")).taken_back == 300
