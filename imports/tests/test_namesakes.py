"""More cases of “Whom a row means”: twins, homonyms, corrections, lists by class, movers, levels."""

import random

import pytest

from accounts.models import Student
from imports.tests.roll import line, newcomers, teacher_line
from schools.models import SchoolClass

pytestmark = pytest.mark.django_db


def test_twins_with_one_address_are_asked_for_their_own(roll):
    outcome = roll.imports(line("Roux", "Léa", email="roux@example.org"), line("Roux", "Léo", email="Roux@example.org"))
    assert outcome.errors == [(2, "duplicate_in_file"), (3, "duplicate_in_file")]


def test_the_address_that_one_twin_has_is_not_the_others(roll):
    roll.account("Roux", "Léa", email="roux@example.org")
    roll.account("Roux", "Léo")
    outcome = roll.imports(line("Roux", "Léo", email="roux@example.org"))
    assert outcome.errors == [(2, "identity_conflict")]


def test_twins_of_resembling_names_stay_themselves(roll):
    roll.account("Roux", "Mathis")
    roll.account("Roux", "Mathys")
    outcome = roll.imports(line("Roux", "Mathys"), line("Roux", "Mathis"))
    assert (outcome.errors, outcome.warnings, outcome.counts) == ([], [], (0, 0, 2))


def test_a_twin_who_arrives_is_no_duplicate_of_the_one_who_is_listed(roll):
    roll.account("Roux", "Mathis")
    outcome = roll.imports(line("Roux", "Mathis"), line("Roux", "Mathys"))
    assert (outcome.errors, outcome.counts) == ([], (1, 0, 1))


def test_two_new_rows_of_one_class_that_resemble_each_other_are_told(roll):
    outcome = roll.imports(line("Roux", "Mathieu"), line("Roux", "Matieu"))
    assert (outcome.errors, outcome.counts) == ([], (2, 0, 0))
    assert {code for _, code in outcome.warnings} == {"similar_name"}


# Homonyms


@pytest.fixture
def three(roll):
    """Three Léa Martin: lea.martin in 6A, lea.martin2 in 6B, lea.martin3 in 5A."""
    return [roll.account("Martin", "Léa", code) for code in ("6A", "6B", "5A")]


def test_homonyms_of_three_classes_all_listed(roll, three):
    outcome = roll.imports(*(line("Martin", "Léa", code) for code in ("5A", "6A", "6B")))
    assert (outcome.errors, outcome.warnings, outcome.counts) == ([], [], (0, 0, 3))


def test_homonyms_of_three_classes_two_listed(roll, three):
    outcome = roll.imports(line("Martin", "Léa", "6A"), line("Martin", "Léa", "6B"))
    assert (outcome.errors, outcome.counts) == ([], (0, 0, 2))
    homonyms = [problem.message for problem in outcome.problems if problem.code == "homonym"]
    assert homonyms
    assert all("lea.martin3" in message for message in homonyms)


@pytest.mark.parametrize("codes", [("6A", "6B", "4C"), ("6A", "6C"), ("4C",), ("6A", "6B", "5A", "4C")])
def test_homonyms_of_whom_one_has_moved_are_all_asked_about(roll, three, codes):
    outcome = roll.imports(*(line("Martin", "Léa", code) for code in codes), *roll.crowd(20, "3A"))
    assert outcome.errors == [(row, "ambiguous_person") for row in range(2, 2 + len(codes))]
    for login in ("lea.martin", "lea.martin2", "lea.martin3"):
        assert login in outcome.message(2, "ambiguous_person")


def test_identifiants_settle_homonyms_whatever_their_classes(roll, three):
    outcome = roll.imports(
        line("Martin", "Léa", "5A", username="lea.martin"),
        line("Martin", "Léa", "5A", username="lea.martin2"),
        line("Martin", "Léa", "4B", username="lea.martin3"),
    )
    assert (outcome.errors, outcome.counts) == ([], (0, 3, 0))
    assert outcome.changes == {
        "lea.martin": {"code": "5A"},
        "lea.martin2": {"code": "5A"},
        "lea.martin3": {"code": "4B"},
    }


@pytest.mark.parametrize("count", [1, 3])
def test_fewer_or_more_rows_than_namesakes_of_one_class(roll, count):
    roll.account("Martin", "Léa")
    roll.account("Martin", "Léa")
    outcome = roll.imports(*[line("Martin", "Léa")] * count)
    assert [row for row, _ in outcome.errors] == list(range(2, 2 + count))


def test_two_namesakes_of_one_class_with_something_to_change(roll):
    """Which of the two sings?"""
    roll.group("CHORALE")
    roll.account("Martin", "Léa")
    roll.account("Martin", "Léa")
    outcome = roll.imports(line("Martin", "Léa", groups="CHORALE"), line("Martin", "Léa"), line("Roy", "Rose"))
    assert {row for row, _ in outcome.errors} == {2, 3}


def test_namesakes_in_the_classes_of_next_years_list(roll):
    """Both rows find a class, and still nobody knows who is who: a year ago these classes were other ones."""
    moved = [each | {"school_class": "5C"} for each in roll.crowd(20, "6C")]
    roll.account("Martin", "Léa", "6A")
    roll.account("Martin", "Léa", "5A")
    outcome = roll.imports(line("Martin", "Léa", "6A"), line("Martin", "Léa", "5A"), *moved)
    assert outcome.errors == [(2, "ambiguous_person"), (3, "ambiguous_person")]


def test_a_newcomer_beside_a_namesake_who_is_listed(roll):
    """Of two rows and one account, nobody knows which row is the newcomer's."""
    known = roll.crowd(20, "6A")
    roll.account("Martin", "Léa", "6A")
    outcome = roll.imports(line("Martin", "Léa", "6A"), line("Martin", "Léa", "6B"), *known)
    assert outcome.errors == [(2, "ambiguous_person"), (3, "ambiguous_person")]


def test_the_way_out_that_the_message_tells(roll):
    known = roll.crowd(20, "6A")
    roll.account("Martin", "Léa", "6A")
    outcome = roll.imports(line("Martin", "Léa", "6A", username="lea.martin"), line("Martin", "Léa", "6B"), *known)
    assert (outcome.errors, outcome.counts) == ([], (1, 0, 21))
    assert outcome.new == ["lea.martin2"]
    assert outcome.warnings == [(3, "homonym")]


def test_last_name_and_first_name_of_two_people(roll):
    roll.account("Martin", "Thomas")
    roll.account("Thomas", "Martin")
    outcome = roll.imports(line("Thomas", "Martin"), line("Martin", "Thomas"))
    assert (outcome.errors, outcome.warnings, outcome.counts) == ([], [], (0, 0, 2))


def test_a_teacher_and_a_pupil_of_one_name(roll):
    roll.account("Martin", "Léa", None)
    outcome = roll.imports(line("Martin", "Léa"))
    assert (outcome.errors, outcome.counts, outcome.new) == ([], (1, 0, 0), ["lea.martin2"])


def test_a_namesake_of_another_school_is_never_mentioned(roll, other_school):
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A", level="6e")
    Student.objects.create(
        school=other_school,
        kind="student",
        last_name="Martin",
        first_name="Léa",
        username="lea",
        school_class=elsewhere,
    )
    outcome = roll.imports(line("Martin", "Léa"), line("Martin", "Lea", "6B"))
    assert (outcome.errors, outcome.counts) == ([], (2, 0, 0))
    assert "lea.martin" in outcome.new


# First names


@pytest.mark.parametrize(
    ("there", "typed"),
    [("Léa", "Léa Marie"), ("Jean-Pierre", "Pierre"), ("Marie-Anne", "Anne Marie"), ("LEA", "Léa"), ("Zoë", "Zoé")],
)
def test_first_names_that_agree(roll, there, typed):
    roll.account("Roux", there, username="roux", email="roux@example.org")
    assert roll.imports(line("Roux", typed, username="roux")).errors == []
    assert roll.imports(line("Roux", typed, email="roux@example.org")).errors == []


@pytest.mark.parametrize(
    ("there", "typed"),
    [("Louis", "Louise"), ("Léa", "Léo"), ("Jean", "Jeanne"), ("Jean-Pierre", "Jean-Paul"), ("Marie", "Marion")],
)
def test_first_names_that_never_agree(roll, there, typed):
    roll.account("Roux", there, email="roux@example.org")
    outcome = roll.imports(line("Roux", typed, email="roux@example.org"))
    assert outcome.errors == [(2, "identity_conflict")]


@pytest.mark.parametrize(("there", "typed"), [("Matieu", "Mathieu"), ("Mathildr", "Mathilde"), ("Camillle", "Camille")])
def test_a_corrected_first_name(roll, there, typed):
    roll.account("Roux", there, username="roux")
    outcome = roll.imports(line("Roux", typed, username="roux"))
    assert (outcome.errors, outcome.counts) == ([], (0, 1, 0))
    assert outcome.warnings == [(2, "name_corrected")]
    assert outcome.changes == {"roux": {"first_name": typed}}


@pytest.mark.parametrize(
    ("there", "cells"),
    [
        (("Roux", "Léa"), line("Roux", "Léo", username="compte")),
        (("Roux", "Enzo"), line("Roux", "Enza", username="compte")),
        (("Petit", "Matieu"), line("Roux", "Mathieu", username="compte")),
        (("Roux", "Matieu"), line("Roux", "Mathieu", email="compte@example.org")),
        (("Roux", "Mathilde"), line("Roux", "Mathieu", username="compte")),
    ],
    ids=["short", "four-letters", "other-family-name", "by-e-mail", "more-than-a-letter"],
)
def test_what_is_no_correction(roll, there, cells):
    roll.account(*there, username="compte", email="compte@example.org")
    outcome = roll.imports(cells)
    assert outcome.errors == [(2, "identity_conflict")]
    assert "compte" in outcome.message(2, "identity_conflict")


def test_exchanged_identifiants_of_brother_and_sister_are_no_correction(roll):
    roll.account("Roux", "Louis")
    roll.account("Roux", "Louise")
    outcome = roll.imports(line("Roux", "Louis", username="louise.roux"), line("Roux", "Louise", username="louis.roux"))
    assert outcome.errors == [(2, "identity_conflict"), (3, "identity_conflict")]


def test_the_identifiant_of_a_sister_is_no_correction(roll):
    """Her brother's account stands there under exactly the name of the row."""
    roll.account("Roux", "Louis")
    roll.account("Roux", "Louise")
    outcome = roll.imports(line("Roux", "Louise", username="louis.roux"))
    assert outcome.errors == [(2, "identity_conflict")]


# Family names


@pytest.mark.parametrize("cells", [{"username": "claire.dupont"}, {"email": "claire@example.org"}])
def test_a_teacher_who_married(roll, cells):
    roll.account("Dupont", "Claire", None, email="claire@example.org")
    outcome = roll.imports(teacher_line("Moreau", "Claire", **cells), kind="teacher")
    assert (outcome.errors, outcome.counts) == ([], (0, 1, 0))
    assert outcome.changes == {"claire.dupont": {"last_name": "Moreau"}}
    # Or somebody else of that first name, with the login of one who left: the change is told.
    assert outcome.warnings == [(2, "name_corrected")]
    assert "Dupont Claire" in outcome.message(2, "name_corrected")


def test_a_teacher_whose_new_name_is_a_colleagues(roll):
    roll.account("Dupont", "Claire", None)
    roll.account("Moreau", "Claire", None)
    outcome = roll.imports(teacher_line("Moreau", "Claire", username="claire.dupont"), kind="teacher")
    assert outcome.errors == [(2, "identity_conflict")]


@pytest.mark.parametrize("last_name", ["Dupont-Moreau", "Moreau-Dupont", "Dupond"])
def test_a_teacher_of_a_resembling_name_is_always_asked_about(roll, last_name):
    roll.account("Dupont", "Claire", None)
    outcome = roll.imports(teacher_line(last_name, "Claire"), kind="teacher")
    assert outcome.errors == [(2, "possible_duplicate")]


def test_a_teacher_with_another_address_is_asked_about(roll):
    roll.account("Dupont", "Claire", None, email="claire@example.org")
    outcome = roll.imports(teacher_line("Dupont", "Claire", email="c.dupont@example.org"), kind="teacher")
    assert outcome.errors == [(2, "possible_duplicate")]


def test_shuffled_identifiants_change_nobody(roll):
    """Brothers and sisters, and people of one first name, among them."""
    people = [(last, first) for last in ("Martin", "Roux", "Petit") for first in ("Léa", "Hugo", "Louis", "Louise")]
    logins = [roll.account(*person).username for person in people]
    for seed in range(5):
        order = logins[:]
        random.Random(seed).shuffle(order)
        outcome = roll.imports(*(line(*person, username=login) for person, login in zip(people, order, strict=True)))
        moved = {row for row, (login, right) in enumerate(zip(order, logins, strict=True), 2) if login != right}
        assert outcome.errors == [(row, "identity_conflict") for row in sorted(moved)]


def test_a_row_with_the_identifiant_of_one_and_the_address_of_another(roll):
    roll.account("Roux", "Léa", email="lea@example.org")
    roll.account("Roux", "Hugo", email="hugo@example.org")
    outcome = roll.imports(line("Roux", "Léa", username="lea.roux", email="hugo@example.org"))
    assert outcome.errors == [(2, "email_taken")]


# Lists of one class, of newcomers, of movers


def test_a_school_that_imports_class_by_class(roll):
    """The second class has a namesake of the first: asked once, and never again."""
    first = [line("Martin", "Léa", "6A"), *newcomers(24, "6A")]
    second = [line("Martin", "Léa", "6B"), *newcomers(24, "6B", start=24)]
    assert roll.imports(*first).counts == (25, 0, 0)
    assert roll.imports(*second).errors == [(2, "ambiguous_person")]
    assert roll.imports(line("Martin", "Léa", "6A", username="lea.martin"), *second).counts == (25, 0, 1)
    for lines in (first, second):
        again = roll.imports(*lines)
        assert (again.errors, again.counts) == ([], (0, 0, 25))
        assert again.warnings == [(2, "homonym")], "the one of the other class"


def test_a_file_of_newcomers_says_nothing_but_that_they_are_created(roll):
    roll.crowd(30)
    outcome = roll.imports(*newcomers(30))
    assert (outcome.errors, outcome.warnings, outcome.counts) == ([], [], (30, 0, 0))


def test_a_list_of_changes_within_the_level(roll):
    moved = [each | {"school_class": "6B"} for each in roll.crowd(12, "6A")]
    outcome = roll.imports(*moved)
    assert (outcome.errors, outcome.counts) == ([], (0, 12, 0))
    assert outcome.warnings == [(row, "class_changed") for row in range(2, 14)]


def test_a_change_is_believed_of_a_file_that_lists_the_class_she_left(roll):
    roll.account("Martin", "Léa", "6A")
    outcome = roll.imports(line("Martin", "Léa", "6B"), *newcomers(12, "6A"), *newcomers(12, "6B", start=12))
    assert (outcome.errors, outcome.counts) == ([], (24, 1, 0))
    assert outcome.changes == {"lea.martin": {"code": "6B"}}


def test_a_pupil_who_moves_between_schools_keeps_nothing_of_the_other(roll, other_school):
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A", level="6e")
    Student.objects.create(
        school=other_school, kind="student", last_name="Roux", first_name="Léa", username="lea.roux",
        email="lea@example.org", school_class=elsewhere,
    )  # fmt: skip
    outcome = roll.imports(line("Roux", "Léa", username="lea.roux"), line("Roy", "Léa", email="lea@example.org"))
    assert outcome.errors == [(2, "username_taken"), (3, "email_taken")]
    for row, code in outcome.errors:
        message = outcome.message(row, code).lower()
        assert "vide" in message, "leave the cell empty"
        assert other_school.name.lower() not in message
    assert roll.imports(line("Roux", "Léa")).new == ["lea.roux2"]


# Levels, and accounts that are closed


@pytest.mark.parametrize(
    ("before", "after"),
    [("6e", "5e"), ("6e", "6e"), ("CE1", "CE2"), ("CM2", "6e"), ("3e", "2de"), ("1re", "Tle"), ("", "4e"), ("GS", "CP")]
)  # fmt: skip
def test_a_level_that_follows(roll, before, after):
    known = roll.crowd(20, "Z1")
    roll.school_class("X1", before)
    roll.school_class("X2", after)
    roll.account("Martin", "Léa", "X1")
    outcome = roll.imports(line("Martin", "Léa", "X2"), *known)
    assert (outcome.errors, outcome.warnings) == ([], [(2, "class_changed")])


@pytest.mark.parametrize(
    ("before", "after"),
    [("6e", "4e"), ("5e", "6e"), ("CE2", "CP"), ("CP", "CE2"), ("2de", "Tle"), ("3e", "6e"), ("6ème", "4ème")],
)
def test_a_level_that_falls_or_skips_one(roll, before, after):
    known = roll.crowd(20, "Z1")
    roll.school_class("X1", before)
    roll.school_class("X2", after)
    roll.account("Martin", "Léa", "X1")
    outcome = roll.imports(line("Martin", "Léa", "X2"), *known)
    assert outcome.errors == [(2, "ambiguous_person")]


def test_a_deactivated_namesake_of_another_class(roll):
    known = roll.crowd(20, "6A")
    roll.account("Martin", "Léa", "6B", is_active=False)
    outcome = roll.imports(line("Martin", "Léa", "6A"), *known)
    assert outcome.errors == [(2, "ambiguous_person")]


def test_a_deactivated_account_of_the_same_class_is_never_doubled(roll):
    known = roll.crowd(20, "6A")
    roll.account("Martin", "Léa", "6A", is_active=False)
    outcome = roll.imports(line("Martin", "Léa", "6A"), *known)
    assert outcome.new == []
    assert outcome.errors or "inactive_account" in {code for _, code in outcome.warnings}


def test_a_deactivated_account_that_is_named_stays_so(roll):
    roll.account("Martin", "Léa", "6A", is_active=False)
    outcome = roll.imports(line("Martin", "Léa", "6A", username="lea.martin"))
    assert (outcome.errors, outcome.counts) == ([], (0, 0, 1))
    assert outcome.warnings == [(2, "inactive_account")]
