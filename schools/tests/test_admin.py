"""The operator's pages for schools."""

import pytest

from accounts.models import Student, User
from schools.models import Group, Membership, School, SchoolClass

URL = "/operateur/schools/school/"


@pytest.fixture
def as_operator(client, operator):
    client.force_login(operator)
    return client


def fill(number):
    for n in range(number):
        school = School.objects.create(code=f"S{n}", name=f"École {n}", city="Lyon")
        school_class = SchoolClass.objects.create(school=school, code="6A")
        Group.objects.create(school=school, code="G")
        Student.objects.create(
            school=school, kind="student", school_class=school_class, username=f"s{n}", last_name="L", first_name="F"
        )
        user = User.objects.create(username=f"a{n}", last_name=f"Admin {n}", first_name="F")
        Membership.objects.create(user=user, school=school)


def queries(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as done:
        assert client.get(url).status_code == 200
    return len(done)


@pytest.mark.parametrize("url", [URL, "/operateur/schools/schoolclass/", "/operateur/schools/group/"])
def test_as_many_queries_for_many_rows(as_operator, django_assert_max_num_queries, url):
    fill(1)
    few = queries(as_operator, url, django_assert_max_num_queries)
    for n in range(1, 30):
        school = School.objects.create(code=f"T{n}", name=f"École {n}")
        SchoolClass.objects.create(school=school, code="6A")
        Group.objects.create(school=school, code="G")
    assert queries(as_operator, url, django_assert_max_num_queries) == few


def test_as_many_queries_for_many_administrators(as_operator, school, django_assert_max_num_queries):
    def add(n):
        user = User.objects.create(username=f"a{n}", last_name="A", first_name="A")
        Membership.objects.create(user=user, school=school)

    url = f"{URL}{school.pk}/change/"
    add(0)
    as_operator.get(url)  # Fills the cache of content types.
    few = queries(as_operator, url, django_assert_max_num_queries)
    for n in range(1, 20):
        add(n)
    assert queries(as_operator, url, django_assert_max_num_queries) == few


def test_counts(as_operator, alice, bob, zoe, charlie, class_6b):
    page = as_operator.get(URL)
    rows = {school.code: school for school in page.context["cl"].result_list}
    jean_moulin = rows["0750001A"]
    assert (jean_moulin.class_count, jean_moulin.teacher_count, jean_moulin.student_count) == (2, 1, 1)
    assert jean_moulin.administrator_count == 1
    assert rows["0690002B"].student_count == 0


@pytest.mark.parametrize(("text", "found"), [("0750001A", 1), ("louise", 1), ("lyon", 1), ("collège", 2), ("zzz", 0)])
def test_search(as_operator, school, other_school, text, found):
    assert len(as_operator.get(URL, {"q": text}).context["cl"].result_list) == found


def form_of(inline=(), **fields):
    rows = {f"memberships-{n}-user": pk for n, pk in enumerate(inline)}
    management = {"memberships-TOTAL_FORMS": len(inline), "memberships-INITIAL_FORMS": 0}
    return {"city": "", "teachers_must_change_password": "on", **fields, **rows, **management}


def test_add_a_school_with_its_administrator(as_operator, alice):
    as_operator.post(f"{URL}add/", form_of([alice.pk], code="0130003C", name="Collège Neuf"))
    school = School.objects.get(code="0130003C")
    assert list(school.memberships.values_list("user__username", flat=True)) == ["alice"]
    assert school.teachers_must_change_password
    assert not school.students_must_change_password


@pytest.mark.parametrize("code", ["0750001a", "avec espace", "a/b", ""])
def test_bad_code(as_operator, school, code):
    page = as_operator.post(f"{URL}add/", form_of(code=code, name="X"))
    assert page.status_code == 200
    assert page.context["errors"]
    assert School.objects.count() == 1


def test_a_school_with_people_is_not_deleted(as_operator, zoe):
    page = as_operator.post(f"{URL}{zoe.school.pk}/delete/", {"post": "yes"})
    assert page.status_code != 500
    assert School.objects.filter(pk=zoe.school.pk).exists()


def test_classes_and_groups_are_seen_not_changed(as_operator, class_6a, group_latin):
    for name, pk in (("schoolclass", class_6a.pk), ("group", group_latin.pk)):
        assert as_operator.get(f"/operateur/schools/{name}/{pk}/change/").status_code == 200
        assert as_operator.post(f"/operateur/schools/{name}/{pk}/change/", {"code": "X"}).status_code == 403
        assert as_operator.get(f"/operateur/schools/{name}/add/").status_code == 403


def test_a_group_with_people_is_not_deleted(as_operator, group_latin, zoe):
    zoe.groups.add(group_latin)
    url = f"/operateur/schools/group/{group_latin.pk}/delete/"
    assert as_operator.post(url, {"post": "yes"}).status_code == 403
    as_operator.post(
        "/operateur/schools/group/", {"action": "delete_selected", "_selected_action": group_latin.pk, "post": "yes"}
    )
    assert Group.objects.filter(pk=group_latin.pk).exists()
