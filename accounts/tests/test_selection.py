import pytest

from accounts import selection
from accounts.models import InitialCredential, Student
from accounts.tests.people import make_people


@pytest.fixture
def crowd(school, class_6a):
    make_people(school, 3000, school_class=class_6a, with_password=True)
    return school.people.filter(kind="student").select_related("school_class").order_by("name_key", "pk")


def test_3000_people_change_class_and_group_in_few_queries(
    school, crowd, class_6b, group_latin, django_assert_max_num_queries
):
    with django_assert_max_num_queries(15):
        assert selection.change_class(school, crowd, school_class=class_6b) == (3000, 0, 0)
    with django_assert_max_num_queries(15):
        assert selection.join_group(school, crowd, group=group_latin) == (3000, 0, 0)
    with django_assert_max_num_queries(15):
        assert selection.leave_group(school, crowd, group=group_latin) == (3000, 0, 0)


def test_3000_people_are_deactivated_reactivated_deleted_in_few_queries(
    school, crowd, alice, django_assert_max_num_queries
):
    with django_assert_max_num_queries(15):
        assert selection.deactivate(school, crowd, by=alice) == (3000, 0, 0)
    with django_assert_max_num_queries(15):
        assert selection.reactivate(school, crowd, by=alice) == (3000, 0, 0)
    with django_assert_max_num_queries(120):
        assert selection.delete(school, crowd, by=alice) == (3000, 0, 0)
    assert not Student.objects.exists()


def test_3000_passwords_are_reset_in_few_queries(school, crowd, alice, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        assert selection.reset_passwords(school, crowd, by=alice) == (3000, 0, 0)
    assert InitialCredential.objects.count() == 3000
    student = Student.objects.last()
    assert student.password.startswith("generated$")
    assert student.check_password(student.initial_credential.reveal())


def test_people_filtered_by_what_the_act_changes(school, crowd, class_6a, class_6b, group_latin):
    someone = crowd.filter(pk__in=[crowd[0].pk, crowd[1].pk])
    selection.join_group(school, someone, group=group_latin)
    assert selection.leave_group(school, crowd.filter(groups=group_latin), group=group_latin).done == 2
    assert selection.change_class(school, someone.filter(school_class=class_6a), school_class=class_6b).done == 2
