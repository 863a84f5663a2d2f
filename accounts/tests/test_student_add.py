import pytest
from django.urls import reverse

from accounts.forms.people import PersonForm
from accounts.models import InitialCredential, Student, Teacher, User
from accounts.tests.people import heard, make_people, refusals
from schools.models import Group, SchoolClass

TestRefusals = refusals("student_add", with_pk=False, methods=("get", "post"), wrong=("put", "delete"))


def add(client, school, kind="student", **fields):
    fields = {"last_name": "Petit", "first_name": "Léo", **fields}
    return client.post(reverse(f"{kind}_add", args=[school.code]), fields)


def errors(response):
    assert response.status_code == 200
    return response.context["form"].errors


def test_the_form_is_shown(as_alice, school, class_6a, group_latin):
    page = as_alice.get(reverse("student_add", args=[school.code]) + "?classe=6a")
    assert f'<option value="{class_6a.pk}" selected>6A – Sixième A</option>' in page.content.decode()


def test_without_class_one_is_sent_to_make_one(as_alice, school):
    page = as_alice.get(reverse("student_add", args=[school.code])).content.decode()
    assert reverse("class_add", args=[school.code]) in page


def test_a_student_is_added_with_identifiant_and_password(as_alice, school, class_6a, group_latin):
    with heard() as calls:
        response = add(as_alice, school, school_class=class_6a.pk, groups=[group_latin.pk])
    leo = Student.objects.get()
    assert response.url == leo.get_absolute_url()
    assert (leo.school, leo.school_class, leo.username) == (school, class_6a, "leo.petit")
    assert list(leo.groups.all()) == [group_latin]
    assert leo.password.startswith("generated$")
    assert leo.check_password(leo.initial_credential.reveal())
    assert calls == [(school, "created", [leo.pk], 1)]


def test_a_homonym_gets_the_next_number(as_alice, school, class_6a):
    add(as_alice, school, school_class=class_6a.pk)
    add(as_alice, school, school_class=class_6a.pk, someone_else=[Student.objects.get().pk])
    assert set(Student.objects.values_list("username", flat=True)) == {"leo.petit", "leo.petit2"}


def test_a_typed_password_is_readable_until_its_owner_chooses_another(as_alice, school, class_6a):
    add(as_alice, school, school_class=class_6a.pk, password="Choisi-Ici-1")
    leo = Student.objects.get()
    assert leo.password.startswith("typed$")
    assert leo.password_is_initial
    assert leo.initial_credential.reveal() == "Choisi-Ici-1"


def test_a_teacher_is_added_without_class(as_alice, school, class_6a):
    add(as_alice, school, "teacher", school_class=class_6a.pk, email="leo@example.org", username="L.Petit")
    leo = Teacher.objects.get()
    assert (leo.school_class, leo.email, leo.username) == (None, "leo@example.org", "L.Petit")


def test_names_are_tidied(as_alice, school, class_6a):
    add(as_alice, school, school_class=class_6a.pk, last_name="  De \u00a0La\u200b Tour ", first_name="Le\u0301o")
    leo = Student.objects.get()
    assert (leo.last_name, leo.first_name, leo.username) == ("De La Tour", "Léo", "leo.de-la-tour")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("last_name", ""),
        ("last_name", "\u200b"),
        ("last_name", "x" * 101),
        ("first_name", " "),
        ("username", "a@b"),
        ("username", "léo"),
        ("username", "a b"),
        ("email", "pas un e-mail"),
        ("password", "faible"),
        ("password", "Sans-chiffre"),
        ("school_class", ""),
        ("school_class", "999999"),
        ("school_class", "x"),
        ("groups", "999999"),
        ("last_name", "a\x00b"),
    ],
)
def test_bad_input(as_alice, school, class_6a, group_latin, field, value):
    fields = {"school_class": class_6a.pk, field: value}
    assert list(errors(add(as_alice, school, **fields))) == [field]
    assert not Student.objects.exists()


def test_class_and_groups_of_another_school_are_refused(as_alice, school, other_school, class_6a, group_latin):
    school_class = SchoolClass.objects.create(school=other_school, code="6A")
    group = Group.objects.create(school=other_school, code="LATIN")
    assert "school_class" in errors(add(as_alice, school, school_class=school_class.pk))
    assert "groups" in errors(add(as_alice, school, school_class=class_6a.pk, groups=[group.pk]))


def test_what_is_held_elsewhere_is_refused_without_saying_where(as_alice, school, other_school, class_6a):
    (other,) = make_people(other_school, 1)
    User.objects.filter(pk=other.pk).update(username="Leo.Petit", email="Leo@example.org")
    response = add(as_alice, school, school_class=class_6a.pk, username="leo.petit", email="leo@EXAMPLE.org")
    assert set(errors(response)) == {"username", "email"}
    assert "déjà pris" in response.content.decode()
    assert other_school.name not in response.content.decode()


@pytest.mark.parametrize("field", ["username", "email"])
def test_whoever_is_faster_between_check_and_writing_is_told_as_a_form_error(school, class_6a, field):
    value = {"username": "leo.petit", "email": "leo@example.org"}[field]
    data = {"last_name": "Petit", "first_name": "Léo", "school_class": class_6a.pk, field: value}
    form = PersonForm(data, school=school, kind="student")
    assert form.is_valid()
    (faster,) = make_people(school, 1)
    User.objects.filter(pk=faster.pk).update(**{field: value.upper()})
    with heard() as calls:
        assert form.save() is None
    assert list(form.errors) == [field]
    assert not Student.objects.exists()
    assert not InitialCredential.objects.exists()
    assert calls == []


@pytest.mark.django_db(transaction=True)
def test_a_class_deleted_between_check_and_writing_is_told_as_a_form_error(school, class_6a):
    data = {"last_name": "Petit", "first_name": "Léo", "school_class": class_6a.pk}
    form = PersonForm(data, school=school, kind="student")
    assert form.is_valid()
    class_6a.delete()
    assert form.save() is None
    assert form.non_field_errors()
    assert not Student.objects.exists()


def test_a_name_has_a_letter(as_alice, school, class_6a):
    """An import refuses what has none: what the form accepts must come back from an export."""
    assert list(errors(add(as_alice, school, school_class=class_6a.pk, last_name="..."))) == ["last_name"]


def test_a_name_that_grows_when_it_is_folded(as_alice, school, class_6a):
    assert add(as_alice, school, school_class=class_6a.pk, last_name="ﷺ" * 100).status_code == 302


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "\0", "x"])
def test_numbers_that_no_database_holds(as_alice, school, class_6a, group_latin, number):
    assert list(errors(add(as_alice, school, school_class=class_6a.pk, groups=[number]))) == ["groups"]
    assert list(errors(add(as_alice, school, school_class=number))) == ["school_class"]


def test_a_class_that_no_database_could_look_for(as_alice, school, class_6a):
    assert as_alice.get(reverse("student_add", args=[school.code]) + "?classe=%00").status_code == 200
