import pytest

from accounts.models import User
from accounts.signals import FutureMember, people_changed, people_forecast
from licences.models import Assignment, Licence, Rule, Textbook, Waiting
from licences.rules import add_rule, remove_rule
from licences.seats import LicenceError, assign, seats_bought, take_back


def notify(school, people, change="updated"):
    people_changed.send(sender=User, school=school, pks=[person.pk for person in people], change=change)


def move(person, school_class):
    User.objects.filter(pk=person.pk).update(school_class=school_class)
    notify(school_class.school, [person])


@pytest.fixture
def in_6a(make_pupils):
    return make_pupils(3)


def pks(people):
    return {person.pk for person in people}


def test_a_new_rule_serves_those_who_are_there(licence, in_6a, class_6a, class_6b, make_pupils, has_seat):
    make_pupils(1, class_6b)
    assert add_rule(licence, school_class=class_6a).sentence == "3 affectées"
    assert has_seat(licence) == pks(in_6a)


def test_newcomers_get_a_seat_at_once(licence, class_6a, make_pupils, school, has_seat):
    add_rule(licence, school_class=class_6a)
    people = make_pupils(2)
    notify(school, people, "created")
    assert has_seat(licence) == pks(people)
    notify(school, people, "updated")
    assert has_seat(licence) == pks(people)


def test_leaving_gives_back_what_the_rule_gave_only(licence, in_6a, class_6a, class_6b, has_seat):
    assign(licence, [in_6a[0].pk])
    assert add_rule(licence, school_class=class_6a).sentence == "2 affectées, 1 déjà servie"
    for person in in_6a[:2]:
        move(person, class_6b)
    assert has_seat(licence) == {in_6a[0].pk, in_6a[2].pk}


def test_a_level_is_compared_without_case_whatever_its_letters(make_licence, in_6a, class_6a, has_seat):
    class_6a.level = "1ÈRE"
    class_6a.save(update_fields=["level"])
    licence = make_licence(9)
    add_rule(licence, level="1ère")
    assert has_seat(licence) == pks(in_6a)


def test_level_group_and_everybody(make_licence, in_6a, class_6b, group_latin, make_pupils, school, has_seat):
    in_6b = make_pupils(2, class_6b, prefix="b")
    level, group, everybody = make_licence(9), make_licence(9), make_licence(9)
    add_rule(level, level="6E")
    add_rule(group, group=group_latin)
    add_rule(everybody)
    assert has_seat(level) == has_seat(everybody) == pks([*in_6a, *in_6b])
    group_latin.people.add(in_6b[0])
    notify(school, [in_6b[0]])
    assert has_seat(group) == {in_6b[0].pk}
    class_6b.level = "5e"
    class_6b.save(update_fields=["level"])
    assert has_seat(level) == pks(in_6a)
    group_latin.delete()
    assert has_seat(group) == set()


def test_two_rules_one_seat(licence, in_6a, class_6a, class_6b, group_latin, school, has_seat):
    add_rule(licence, school_class=class_6a)
    add_rule(licence, group=group_latin)
    group_latin.people.add(in_6a[0])
    notify(school, in_6a)
    move(in_6a[0], class_6b)
    move(in_6a[1], class_6b)
    assert has_seat(licence) == {in_6a[0].pk, in_6a[2].pk}
    assert Assignment.objects.get(user=in_6a[0]).rule.group == group_latin


def test_shortage_waits_and_is_served_in_order(make_licence, class_6a, class_6b, make_pupils, school, has_seat):
    licence = make_licence(2)
    add_rule(licence, school_class=class_6a)
    first = make_pupils(4)
    notify(school, first, "created")
    second = make_pupils(1, prefix="a")  # First in list order, but came later.
    notify(school, second, "created")
    assert has_seat(licence) == pks(first[:2])
    assert list(licence.queue.values_list("user", flat=True)) == [first[2].pk, first[3].pk, second[0].pk]
    move(first[0], class_6b)
    assert has_seat(licence) == pks(first[1:3])
    notify(school, [first[1]], "deleted")
    first[1].delete()
    assert has_seat(licence) == pks(first[2:4])
    move(first[2], class_6b)
    assert has_seat(licence) == {first[3].pk, second[0].pk}
    assert not Waiting.objects.exists()


def test_who_leaves_waits_no_more(make_licence, class_6a, class_6b, make_pupils, in_6a):
    licence = make_licence(1)
    assert add_rule(licence, school_class=class_6a).sentence == "1 affectée, 2 en attente"
    move(in_6a[1], class_6b)
    assert list(licence.queue.values_list("user", flat=True)) == [in_6a[2].pk]
    Licence.objects.filter(pk=licence.pk).update(seats=3)
    assert seats_bought([licence.pk]) == 1


def test_deactivated_gives_everything_back(make_licence, class_6a, in_6a, school, has_seat):
    other = Textbook.objects.create(isbn="9782011000026", title="Français 6e")
    by_rule, by_hand = make_licence(2), make_licence(3, textbook=other)
    add_rule(by_rule, school_class=class_6a)
    assign(by_hand, in_6a)
    User.objects.filter(pk=in_6a[0].pk).update(is_active=False)
    notify(school, [in_6a[0]])
    assert has_seat(by_rule) == has_seat(by_hand) == pks(in_6a[1:])
    User.objects.filter(pk=in_6a[0].pk).update(is_active=True)
    notify(school, [in_6a[0]])
    assert has_seat(by_hand) == pks(in_6a[1:])
    assert by_rule.queue.get().user_id == in_6a[0].pk


def test_what_a_person_took_back_the_rule_does_not_give_again(licence, class_6a, class_6b, in_6a, school, has_seat):
    add_rule(licence, school_class=class_6a)
    take_back(licence, [in_6a[0].pk])
    notify(school, in_6a)
    assert has_seat(licence) == pks(in_6a[1:])
    move(in_6a[0], class_6b)
    move(in_6a[0], class_6a)
    assert has_seat(licence) == pks(in_6a)
    take_back(licence, [in_6a[0].pk])
    assign(licence, [in_6a[0].pk])
    notify(school, in_6a)
    assert has_seat(licence) == pks(in_6a)
    assert not licence.withheld.exists()


@pytest.mark.parametrize("take_seats_back", [True, False])
def test_removing_a_rule(licence, class_6a, class_6b, in_6a, has_seat, take_seats_back):
    add_rule(licence, school_class=class_6a)
    remove_rule(Rule.objects.get(), take_back=take_seats_back)
    assert has_seat(licence) == (set() if take_seats_back else pks(in_6a))
    move(in_6a[0], class_6b)
    assert has_seat(licence) == (set() if take_seats_back else pks(in_6a))


def test_removing_a_rule_leaves_its_people_to_the_others(make_licence, class_6a, in_6a, has_seat):
    licence = make_licence(2)
    add_rule(licence, school_class=class_6a)
    add_rule(licence)
    remove_rule(Rule.objects.get(school_class=class_6a), take_back=True)
    assert has_seat(licence) == pks(in_6a[:2])
    assert licence.queue.get().user_id == in_6a[2].pk


def test_expired_licence_gives_nothing_more(licence, class_6a, make_pupils, school, has_seat):
    add_rule(licence, school_class=class_6a)
    Licence.objects.update(valid_until=licence.valid_from)
    notify(school, make_pupils(1), "created")
    assert has_seat(licence) == set()
    assert not Waiting.objects.exists()
    with pytest.raises(LicenceError):
        add_rule(licence)


def test_rules_that_make_no_sense(make_licence, class_6a, group_latin, other_school):
    licence, for_teachers = make_licence(), make_licence(audience="teacher")
    elsewhere = other_school.schoolclass_set.create(code="6A", code_key="6a")
    add_rule(licence, level="6e")
    for bad in (
        {"school_class": class_6a, "group": group_latin},
        {"school_class": elsewhere},
        {"level": "6E"},
    ):
        with pytest.raises(LicenceError):
            add_rule(licence, **bad)
    with pytest.raises(LicenceError):
        add_rule(for_teachers, school_class=class_6a)


def test_teachers_follow_too(make_licence, bob, school, zoe, has_seat):
    licence = make_licence(audience="teacher")
    add_rule(licence)
    assert has_seat(licence) == {bob.pk}


def test_another_school_is_left_alone(licence, class_6a, other_school, make_pupils, has_seat):
    add_rule(licence)
    elsewhere = other_school.schoolclass_set.create(code="6A", code_key="6a")
    notify(other_school, make_pupils(2, elsewhere), "created")
    assert has_seat(licence) == set()


def test_few_queries_for_one_person(make_licence, class_6a, in_6a, school, django_assert_max_num_queries):
    for number in range(12):
        book = Textbook.objects.create(isbn=f"978201100{number:04}", title=f"Livre {number}")
        add_rule(make_licence(2, textbook=book), school_class=class_6a)
    with django_assert_max_num_queries(12):
        notify(school, [in_6a[0]])


def forecast(school, members):
    sent = people_forecast.send(sender=User, school=school, kind="student", members=members)
    return [text for _, texts in sent for text in texts]


def test_forecast(make_licence, class_6a, class_6b, in_6a, school):
    licence = make_licence(4)
    add_rule(licence, school_class=class_6a)
    new = FutureMember(None, class_6a.pk, frozenset())
    assert forecast(school, [new]) == []
    assert forecast(school, [new] * 5) == ["Maths 6e : il manquera 4 licences (élèves)."]
    leaver = FutureMember(in_6a[0].pk, class_6b.pk, frozenset())
    stays = FutureMember(in_6a[1].pk, class_6a.pk, frozenset())
    assert forecast(school, [new, new, leaver, stays]) == []
    assert forecast(school, [new, new, new, leaver]) == ["Maths 6e : il manquera 1 licence (élèves)."]
    assert not Waiting.objects.exists()


def test_forecast_counts_the_seats_of_other_orders(make_licence, class_6a, school):
    add_rule(make_licence(1), school_class=class_6a)
    make_licence(2)
    new = FutureMember(None, class_6a.pk, frozenset())
    assert forecast(school, [new] * 3) == []
    assert forecast(school, [new] * 4) == ["Maths 6e : il manquera 1 licence (élèves)."]


def test_nothing_to_forecast_without_rules(licence, class_6a, school):
    assert forecast(school, [FutureMember(None, class_6a.pk, frozenset())] * 9) == []


def test_few_queries_however_many_people(make_licence, class_6a, make_pupils, school, django_assert_max_num_queries):
    licence = make_licence(200)
    add_rule(licence, level="6e")
    people = make_pupils(300)
    with django_assert_max_num_queries(14):
        notify(school, people, "created")
    assert licence.queue.count() == 100


def test_another_order_of_the_same_book_serves_those_who_wait(
    make_licence, class_6a, class_6b, make_pupils, school, has_seat
):
    licence = make_licence(2)
    people = make_pupils(5)
    assert add_rule(licence, school_class=class_6a).sentence == "2 affectées, 3 en attente"
    elsewhere = make_licence(9, days_ago=-200, days_left=300)  # Another year: not the same thing.
    more = make_licence(2)
    assert seats_bought([more.pk]) == 2
    assert has_seat(elsewhere) == set()
    assert has_seat(more) == {people[2].pk, people[3].pk}
    notify(school, people)
    assert (has_seat(licence), has_seat(more)) == (pks(people[:2]), pks(people[2:4]))
    move(people[2], class_6b)
    assert has_seat(more) == {people[3].pk, people[4].pk}
    notify(school, [people[0]], "deleted")
    assert has_seat(licence) == {people[1].pk}
    newcomers = make_pupils(2, prefix="z")
    notify(school, newcomers, "created")
    assert has_seat(licence) == {people[1].pk, newcomers[0].pk}
    assert licence.queue.get().user_id == newcomers[1].pk
    outcome = take_back(more, [people[3].pk])
    assert (outcome.taken_back, outcome.served) == (1, 1)
    notify(school, people[1:])
    assert has_seat(more) == {people[4].pk, newcomers[1].pk}
    remove_rule(Rule.objects.get(), take_back=True)
    assert has_seat(licence) == has_seat(more) == set()


def test_a_new_rule_uses_the_seats_of_other_orders(make_licence, in_6a, class_6a, has_seat):
    licence, more = make_licence(1), make_licence(1)
    assign(more, [in_6a[1].pk])
    assert add_rule(licence, school_class=class_6a).sentence == "1 affectée, 2 en attente"
    take_back(more, [in_6a[1].pk])
    assert (has_seat(licence), has_seat(more)) == ({in_6a[0].pk}, {in_6a[1].pk})
