from dataclasses import asdict

import pytest

from accounts.models import Student, Teacher
from accounts.names import name_key
from imports.steps.person import Person
from imports.steps.plan import make_plan
from schools.models import SchoolClass


@pytest.fixture
def pupil(school, class_6a):
    """Make an account: `pupil("Dupont", "Jean", class_6a, username=…)`."""
    count = iter(range(1, 100))

    def make(last_name, first_name, school_class=class_6a, **fields):
        fields.setdefault("username", f"compte{next(count)}")
        fields.setdefault("school", school)
        return Student.objects.create(
            kind="student", last_name=last_name, first_name=first_name, school_class=school_class, **fields
        )

    return make


@pytest.fixture
def row(class_6a):
    """Make a row: `row(2, "Dupont", "Jean", class_6a, username=…)`."""

    def make(number, last_name="Dupont", first_name="Jean", school_class=class_6a, **fields):
        groups = fields.pop("groups", None)
        values = {"last_name": last_name, "first_name": first_name, **fields}
        return Person(number, values, name_key(last_name, first_name), school_class.pk, groups)

    return make


def outcome(plan):
    return len(plan.created), len(plan.updated), plan.unchanged, [(p.row, p.code) for p in plan.errors]


def planned(school, *people):
    return outcome(make_plan(school, "student", list(people)))


def test_an_identifiant_of_this_school_is_its_account(school, pupil, row):
    pupil("Dupont", "Jean", username="jean.dupont")
    assert planned(school, row(2, username="JEAN.Dupont")) == (0, 0, 1, [])


def test_an_email_of_this_school_is_its_account(school, pupil, row):
    pupil("Dupont", "Jean", email="jean@example.org")
    assert planned(school, row(2, email="Jean@Example.org")) == (0, 0, 1, [])


def test_the_identifiant_comes_before_the_email(school, pupil, row):
    jean = pupil("Dupont", "Jean", username="jean.dupont")
    pupil("Durand", "Paul", email="paul@example.org")
    plan = make_plan(school, "student", [row(2, username="jean.dupont", email="paul@example.org")])
    assert outcome(plan) == (0, 0, 0, [(2, "email_taken")])
    plan = make_plan(school, "student", [row(2, username="jean.dupont", last_name="Dupond")])
    assert plan.updated[0][0].pk == jean.pk


def test_logins_held_elsewhere_are_taken_and_the_place_is_not_told(school, other_school, pupil, row):
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A")
    pupil("Dupont", "Jean", elsewhere, school=other_school, username="jean.dupont", email="jean@example.org")
    plan = make_plan(school, "student", [row(2, username="jean.dupont"), row(3, "Durand", email="jean@example.org")])
    assert outcome(plan) == (0, 0, 0, [(2, "username_taken"), (3, "email_taken")])
    assert not any(other_school.name in problem.message for problem in plan.problems)


def test_a_teachers_login_is_not_a_pupils(school, bob, row):
    assert planned(school, row(2, username="bob"), row(3, "Durand", email="bob@example.org")) == (
        0,
        0,
        0,
        [(2, "username_taken"), (3, "email_taken")],
    )


def test_a_name_without_login_is_found_whatever_its_case_accents_and_hyphens(school, pupil, row):
    """And the richer writing stays."""
    pupil("Lefèvre-Côme", "Zoé")
    assert planned(school, row(2, "LEFEVRE COME", "zoe")) == (0, 0, 1, [])


def test_a_name_with_an_unknown_login_in_the_same_class_is_asked_about(school, pupil, row):
    pupil("Dupont", "Jean")
    plan = make_plan(school, "student", [row(2, username="nouveau")])
    assert outcome(plan) == (0, 0, 0, [(2, "possible_duplicate")])
    assert "compte1" in plan.problems[0].message


def test_a_name_with_an_unknown_login_elsewhere_is_somebody_new_and_the_homonym_is_told(school, pupil, row, class_6b):
    pupil("Dupont", "Jean")
    plan = make_plan(school, "student", [row(2, username="nouveau", school_class=class_6b)])
    assert outcome(plan) == (1, 0, 0, [])
    assert [problem.code for problem in plan.problems] == ["homonym"]


def test_one_row_and_one_account_in_two_classes_changed_class(school, pupil, row, class_6b):
    pupil("Dupont", "Jean")
    assert planned(school, row(2, school_class=class_6b)) == (0, 1, 0, [])


def test_homonyms_are_paired_by_class_first(school, pupil, row, class_6a, class_6b):
    pupil("Dupont", "Jean", class_6a)
    pupil("Dupont", "Jean", class_6b)
    assert planned(school, row(2, school_class=class_6a), row(3, school_class=class_6b)) == (0, 0, 2, [])


def test_more_rows_than_accounts_of_a_name_are_ambiguous(school, pupil, row, class_6a, class_6b):
    """The one who is there may have moved, and the other be new."""
    pupil("Dupont", "Jean", class_6a)
    assert planned(school, row(2, school_class=class_6a), row(3, school_class=class_6b)) == (
        0,
        0,
        0,
        [(2, "ambiguous_person"), (3, "ambiguous_person")],
    )


def test_rows_of_one_name_in_two_classes_are_two_new_people(school, row, class_6b):
    assert planned(school, row(2), row(3, school_class=class_6b)) == (2, 0, 0, [])


def test_anything_else_is_ambiguous(school, pupil, row, class_6a, class_6b):
    class_6c = SchoolClass.objects.create(school=school, code="6C")
    pupil("Dupont", "Jean", class_6a)
    pupil("Dupont", "Jean", class_6b)
    assert planned(school, row(2, school_class=class_6c)) == (0, 0, 0, [(2, "ambiguous_person")])


def test_two_accounts_of_one_name_and_class_are_ambiguous(school, pupil, row):
    pupil("Dupont", "Jean")
    pupil("Dupont", "Jean")
    assert planned(school, row(2)) == (0, 0, 0, [(2, "ambiguous_person")])


def test_an_account_named_by_its_login_is_not_matched_by_name_too(school, pupil, row, class_6b):
    pupil("Dupont", "Jean", username="jean.dupont")
    assert planned(school, row(2, username="jean.dupont"), row(3, school_class=class_6b)) == (1, 0, 1, [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"username": "jean.dupont"}, {"username": "Jean.Dupont"}),
        ({"email": "jean@example.org"}, {"email": "JEAN@example.org"}),
        ({}, {"last_name": "DUPONT"}),
    ],
)
def test_rows_that_nothing_tells_apart_name_each_other(school, row, first, second):
    plan = make_plan(school, "student", [row(12, **first), row(40, **second)])
    assert outcome(plan) == (0, 0, 0, [(12, "duplicate_in_file"), (40, "duplicate_in_file")])
    assert "ligne 40" in plan.problems[0].message
    assert "ligne 12" in plan.problems[1].message


def test_two_rows_that_mean_one_account_are_duplicates(school, pupil, row):
    pupil("Dupont", "Jean", username="jean.dupont", email="jean@example.org")
    assert planned(school, row(2, username="jean.dupont"), row(3, email="jean@example.org")) == (
        0,
        0,
        0,
        [(2, "duplicate_in_file"), (3, "duplicate_in_file")],
    )


def test_an_empty_group_cell_changes_nothing(school, pupil, row, group_latin):
    pupil("Dupont", "Jean").groups.add(group_latin)
    assert planned(school, row(2)) == (0, 0, 1, [])
    assert planned(school, row(2, groups=frozenset({group_latin.pk}))) == (0, 0, 1, [])


def test_other_groups_are_an_update(school, pupil, row, group_latin):
    pupil("Dupont", "Jean")
    assert planned(school, row(2, groups=frozenset({group_latin.pk}))) == (0, 1, 0, [])


def test_an_ignored_email_is_told(school, pupil, row):
    pupil("Dupont", "Jean", username="jean.dupont", email="jean@example.org")
    plan = make_plan(school, "student", [row(2, username="jean.dupont", email="neuf@example.org")])
    assert outcome(plan) == (0, 0, 1, [])
    assert [problem.code for problem in plan.problems] == ["email_kept"]


def test_teachers_are_matched_without_class(school, bob):
    Teacher.objects.create(school=school, kind="teacher", username="paul", last_name="Petit", first_name="Paul")
    people = [Person(2, {"last_name": "PETIT", "first_name": "Paul"}, name_key("PETIT", "Paul"), None, None)]
    assert outcome(make_plan(school, "teacher", people)) == (0, 0, 1, [])


def test_the_number_of_queries_does_not_grow_with_the_rows(school, pupil, row, django_assert_num_queries):
    pupil("Dupont", "Jean")
    people = [row(2), *(row(n, f"Nom{n}", username=f"u{n}", email=f"u{n}@example.org") for n in range(3, 1000))]
    with django_assert_num_queries(4):
        make_plan(school, "student", people)


def test_a_file_of_equal_rows_is_not_compared_with_itself(school, row):
    """What it costs grows with the rows, not with their square."""

    class Watched(Person):
        __slots__ = ()
        looked_at = 0

        def __getattribute__(self, name):
            Watched.looked_at += name == "row"
            return super().__getattribute__(name)

    rows = [Watched(**asdict(row(number))) for number in range(2, 502)]
    plan = make_plan(school, "student", rows)
    assert len(plan.errors) == 500
    assert "les lignes 3, 4, 5, 6, 7…" in plan.errors[0].message
    assert Watched.looked_at < 30 * len(rows)
