"""The database keeps seats right even if code is wrong."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Student, User
from licences.models import Assignment, Licence, Rule
from schools.models import Group, SchoolClass


def refused(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def test_counter_follows_bulk_writes_cascades_and_raw_sql(licence, make_pupils, has_seat):
    people = make_pupils(5)
    Assignment.objects.bulk_create([Assignment(licence=licence, user=person) for person in people])
    assert len(has_seat(licence)) == 5
    people[0].delete()
    assert len(has_seat(licence)) == 4
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM licences_assignment WHERE user_id = %s", [people[1].pk])
    assert len(has_seat(licence)) == 3
    Student.objects.filter(pk__in=[people[2].pk, people[3].pk]).delete()
    assert len(has_seat(licence)) == 1
    licence.delete()
    assert not Assignment.objects.exists()


def test_counter_of_several_licences_in_one_statement(make_licence, make_pupils, has_seat):
    first, second = make_licence(), make_licence()
    people = make_pupils(3)
    Assignment.objects.bulk_create(
        [Assignment(licence=first, user=person) for person in people] + [Assignment(licence=second, user=people[0])]
    )
    assert (len(has_seat(first)), len(has_seat(second))) == (3, 1)


def test_never_above_bought(make_licence, make_pupils, has_seat):
    licence = make_licence(2)
    people = make_pupils(3)
    refused(lambda: Assignment.objects.bulk_create([Assignment(licence=licence, user=person) for person in people]))
    assert has_seat(licence) == set()


def test_never_fewer_bought_than_assigned_nor_below_zero(licence, make_pupils):
    Assignment.objects.create(licence=licence, user=make_pupils(1)[0])
    refused(lambda: Licence.objects.filter(pk=licence.pk).update(seats=0))
    refused(lambda: Licence.objects.filter(pk=licence.pk).update(assigned=-1))


def test_wrong_audience_other_school_or_inactive_is_refused(licence, bob, other_school, make_pupils, operator):
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A")
    stranger = make_pupils(1, elsewhere, prefix="autre")[0]
    inactive = make_pupils(1)[0]
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    for person in (bob, stranger, inactive, operator):
        refused(lambda person=person: Assignment.objects.create(licence=licence, user=person))
        refused(lambda person=person: Assignment.objects.bulk_create([Assignment(licence=licence, user=person)]))


def test_a_seat_never_moves(licence, make_licence, make_pupils):
    other = make_licence()
    first, second = make_pupils(2)
    held = Assignment.objects.create(licence=licence, user=first)
    refused(lambda: Assignment.objects.filter(pk=held.pk).update(user=second))
    refused(lambda: Assignment.objects.filter(pk=held.pk).update(licence=other))


def test_a_licence_in_use_keeps_school_and_audience(licence, other_school, make_pupils):
    Licence.objects.filter(pk=licence.pk).update(audience="teacher")
    Licence.objects.filter(pk=licence.pk).update(audience="student")
    Assignment.objects.create(licence=licence, user=make_pupils(1)[0])
    refused(lambda: Licence.objects.filter(pk=licence.pk).update(audience="teacher"))
    refused(lambda: Licence.objects.filter(pk=licence.pk).update(school=other_school))


def test_a_rule_follows_its_own_school(licence, other_school, group_latin):
    refused(lambda: Rule.objects.create(licence=licence, group=Group.objects.create(school=other_school, code="LATIN")))
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A")
    refused(lambda: Rule.objects.create(licence=licence, school_class=elsewhere))
    rule = Rule.objects.create(licence=licence, group=group_latin)
    refused(lambda: Rule.objects.filter(pk=rule.pk).update(group=None, school_class=elsewhere))


@pytest.mark.django_db(transaction=True)
def test_a_later_migration_keeps_the_triggers(licence, make_pupils):
    """SQLite rebuilds a table to alter it, and loses its triggers; every `migrate` puts them back."""
    from django.apps import apps

    from licences.apps import install_triggers, remove_triggers

    person = make_pupils(1)[0]
    remove_triggers(using="default", plan=[("a migration", False)])
    field = Licence._meta.get_field("order_reference")
    longer = field.clone()
    longer.max_length = 61
    longer.set_attributes_from_name("order_reference")
    longer.model = Licence
    with connection.schema_editor() as editor:
        editor.alter_field(Licence, field, longer)
    with connection.schema_editor() as editor:
        editor.alter_field(Licence, longer, field)
    install_triggers(using="default", sender=apps.get_app_config("licences"))
    Assignment.objects.create(licence=licence, user=person)
    assert Licence.objects.get(pk=licence.pk).assigned == 1
