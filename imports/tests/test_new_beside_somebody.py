"""More cases of “Whom a row means”: new people beside those who are there, two rows of one person, addresses."""

import pytest

from imports.tests.roll import line, newcomers, teacher_line
from schools.models import Membership

pytestmark = pytest.mark.django_db


def test_a_file_of_known_people_asks_about_its_level_and_newcomers_do_not(roll):
    known = roll.crowd(20, "6B")
    roll.account("Roux", "Mathieu", "6A")
    typed = line("Roux", "Matieu", "6B")
    assert roll.imports(typed, *known).errors == [(2, "possible_duplicate")]
    outcome = roll.imports(typed, *newcomers(20, "6B"))
    assert (outcome.errors, outcome.warnings) == ([], [(2, "similar_name")])


def test_resembling_somebody_who_is_listed_is_not_told(roll):
    roll.account("Roux", "Mathieu", "4A")
    outcome = roll.imports(line("Roux", "Mathieu", "4A"), line("Roux", "Matieu", "6B"))
    assert (outcome.errors, outcome.warnings, outcome.counts) == ([], [], (1, 0, 1))


@pytest.mark.parametrize(("beside", "others", "asked"), [(4, 20, False), (5, 95, True), (5, 115, False), (9, 51, True)])
def test_five_rows_and_five_percent_beside_somebody(roll, beside, others, asked):
    """Namesakes of another level, each of whom alone would be a newcomer."""
    there = roll.crowd(beside, "3A")
    lines = [each | {"school_class": "6A", "username": f"neuf{number}"} for number, each in enumerate(there)]
    outcome = roll.imports(*lines, *newcomers(others))
    if asked:
        assert outcome.errors[1:] == [(row, "possible_duplicate") for row in range(2, 2 + beside)]
        assert f"une seconde fois {beside} personnes" in outcome.message(None, "possible_duplicate")
    else:
        assert outcome.errors == []
        assert outcome.counts == (beside + others, 0, 0)
        assert outcome.warnings == [(row, "homonym") for row in range(2, 2 + beside)]


def test_one_row_with_nom_and_prenom_exchanged_among_known_people(roll):
    known = roll.crowd(20)
    roll.account("Roux", "Mathieu")
    outcome = roll.imports(line("Mathieu", "Roux"), *known)
    assert outcome.errors == [(2, "possible_duplicate")]


def test_who_has_no_e_mail_is_still_asked_about_when_the_class_differs(roll):
    roll.account("Roux", "Léa", "6B")
    outcome = roll.imports(line("Roux", "Léa", "6A", email="lea@example.org"), *newcomers(20))
    assert outcome.errors == [(2, "ambiguous_person")]


# Two rows of one person, and the same file again


def test_one_account_by_identifiant_and_by_address(roll):
    roll.account("Roux", "Léa", email="lea@example.org")
    outcome = roll.imports(
        line("Roux", "Léa", "6A", username="lea.roux"), line("Roux", "Léa", "6B", email="lea@example.org")
    )
    assert outcome.errors == [(2, "duplicate_in_file"), (3, "duplicate_in_file")]
    assert "3" in outcome.message(2, "duplicate_in_file")
    assert "2" in outcome.message(3, "duplicate_in_file")


def test_one_account_by_identifiant_and_by_name(roll):
    roll.account("Roux", "Léa")
    outcome = roll.imports(line("Roux", "Léa", username="lea.roux"), line("ROUX", "LEA"))
    assert outcome.errors == [(2, "duplicate_in_file"), (3, "duplicate_in_file")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"username": "lea1"}, {"username": "lea2"}),
        ({"email": "lea1@example.org"}, {"email": "lea2@example.org"}),
    ],
)
def test_two_new_namesakes_of_one_class_who_are_told_apart(roll, first, second):
    outcome = roll.imports(line("Roux", "Léa", **first), line("Roux", "Léa", **second))
    assert (outcome.errors, outcome.counts) == ([], (2, 0, 0))


def test_the_same_file_twice_creates_nobody_twice(roll):
    lines = [
        line("Martin", "Léa", "6A"),
        line("Martin", "Léa", "6B"),
        line("Martin", "Léa", "5A", username="lea5a"),
        line("Roux", "Louis", email="louis@example.org"),
        line("Roux", "Louise"),
        line("Roux", "Mathieu", "4A", username="mathieu", email="mathieu@example.org"),
        line("Petit", "Anna", "4A", username="anna4"),
        line("Petit", "Anna", "4A", username="annah"),
        *newcomers(20, "3A"),
    ]
    assert roll.imports(*lines).counts == (28, 0, 0)
    again = roll.imports(*lines)
    assert (again.errors, again.counts) == ([], (0, 0, 28))


# Addresses and rights


def test_an_address_that_another_row_has_filled_before(roll):
    """Between two imports the address went to somebody else: it is theirs."""
    roll.account("Roux", "Léa", email="roux@example.org")
    roll.account("Petit", "Hugo")
    outcome = roll.imports(line("Petit", "Hugo", username="hugo.petit", email="roux@example.org"))
    assert outcome.errors == [(2, "email_taken")]


def test_an_administrator_fills_the_address_of_a_colleague_of_the_same_school(roll, alice):
    teacher = roll.account("Dupont", "Claire", None)
    Membership.objects.create(user=teacher, school=roll.school)
    outcome = roll.imports(teacher_line("Dupont", "Claire", email="claire@example.org"), kind="teacher", by=alice)
    assert (outcome.errors, outcome.counts) == ([], (0, 1, 0))
    assert outcome.changes == {"claire.dupont": {"email": "claire@example.org"}}


def test_an_address_never_replaces_another(roll):
    roll.account("Roux", "Léa", email="lea@example.org")
    outcome = roll.imports(line("Roux", "Léa", username="lea.roux", email="autre@example.org"))
    assert (outcome.errors, outcome.warnings, outcome.changes) == ([], [(2, "email_kept")], {})


def test_an_identifiant_never_replaces_another(roll):
    roll.account("Roux", "Léa", email="lea@example.org")
    outcome = roll.imports(line("Roux", "Léa", username="lroux26", email="lea@example.org"))
    assert (outcome.errors, outcome.warnings, outcome.changes) == ([], [(2, "username_kept")], {})


def test_the_parent_who_teaches_is_no_pupil(roll):
    roll.account("Roux", "Marie", None, email="marie@example.org")
    outcome = roll.imports(line("Roux", "Léa", email="marie@example.org"))
    assert outcome.errors == [(2, "email_taken")]
