"""The form *Ajouter* asks what an import asks: is this somebody who has an account already?"""

import pytest

from accounts.models import Student, Teacher
from schools.models import SchoolClass


@pytest.fixture
def add(as_alice, school, class_6a):
    def post(last_name, first_name, school_class=class_6a, **fields):
        data = {"last_name": last_name, "first_name": first_name, "school_class": school_class.pk, **fields}
        return as_alice.post(f"/etablissements/{school.code}/eleves/ajouter/", data)

    return post


def test_the_form_sent_twice_makes_one_account(add):
    """Back, or the colleague next door: today `fois.deux2`."""
    assert add("Deux", "Fois").status_code == 302
    response = add("Deux", "Fois")
    assert response.status_code == 200
    assert "a peut-être déjà un compte" in response.content.decode()
    assert Student.objects.count() == 1


@pytest.mark.parametrize(
    ("last_name", "first_name"), [("MARTIN", "zoe"), ("Martin-Roux", "Zoé"), ("Zoé", "Martin"), ("Marton", "Zoé")]
)
def test_a_name_like_one_of_the_class_is_asked_about(add, zoe, last_name, first_name):
    response = add(last_name, first_name)
    assert zoe.username in response.content.decode()
    assert zoe.get_absolute_url() in response.content.decode()
    assert Student.objects.count() == 1


def test_somebody_else_is_added_once_it_is_said(add, zoe):
    assert add("Martin", "Zoé", someone_else=[zoe.pk]).status_code == 302
    assert sorted(Student.objects.values_list("username", flat=True)) == ["zoe.martin", "zoe.martin2"]


def test_the_answer_holds_for_those_who_were_shown(add, zoe):
    add("Martin", "Zoé", someone_else=[zoe.pk])
    assert add("Martin", "Zoé", someone_else=[zoe.pk]).status_code == 200
    assert Student.objects.count() == 2


def test_the_same_name_in_another_class_is_asked_about_a_like_one_is_not(add, zoe, class_6b):
    assert add("Martin", "Zoé", class_6b).status_code == 200
    assert add("Marton", "Zoé", class_6b).status_code == 302


def test_another_school_is_nobodys_namesake(add, other_school):
    there = SchoolClass.objects.create(school=other_school, code="6A")
    Student.objects.create(
        school=other_school, kind="student", school_class=there, username="z", last_name="Martin", first_name="Zoé"
    )
    assert add("Martin", "Zoé").status_code == 302


def test_a_teacher_is_asked_about_wherever(as_alice, school, bob):
    address = f"/etablissements/{school.code}/enseignants/ajouter/"
    assert as_alice.post(address, {"last_name": "Bonet", "first_name": "Bob"}).status_code == 200
    assert Teacher.objects.count() == 1


def test_renaming_into_a_namesake_is_asked_about(as_alice, school, zoe, class_6a):
    paul = Student.objects.create(
        school=school, kind="student", school_class=class_6a, username="paul", last_name="Martin", first_name="Paul"
    )
    address = f"{paul.get_absolute_url()}modifier/"
    data = {"last_name": "Martin", "first_name": "Zoé", "username": "paul", "email": "", "school_class": class_6a.pk}
    assert as_alice.post(address, data).status_code == 200
    paul.refresh_from_db()
    assert paul.first_name == "Paul"
    assert as_alice.post(address, data | {"someone_else": [zoe.pk]}).status_code == 302


def test_who_keeps_the_name_is_asked_nothing(as_alice, school, zoe, class_6a):
    Student.objects.create(
        school=school, kind="student", school_class=class_6a, username="z2", last_name="Martin", first_name="Zoé"
    )
    data = {"last_name": "Martin", "first_name": "Zoé", "username": "z.m", "email": "", "school_class": class_6a.pk}
    assert as_alice.post(f"{zoe.get_absolute_url()}modifier/", data).status_code == 302
