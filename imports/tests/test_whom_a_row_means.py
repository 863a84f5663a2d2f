"""Two people in one account, one person in two: the mistakes that an import never makes silently (contract, §4).

Each test is one case of a real school, played through the whole import.
"""

import re

import pytest

from accounts.models import User
from imports.tests.roll import line, newcomers, teacher_line
from licences.models import Licence, Textbook
from licences.rules import add_rule
from schools.models import Membership

pytestmark = pytest.mark.django_db

FAMILY = "famille.roux@example.org"


def number_of(problem_message):
    return int(re.sub(r"\D", "", problem_message.split("seconde fois")[1]))


def said_of_the_file(outcome):
    return " ".join(problem.message for problem in outcome.problems if problem.row is None)


# By identifiant, else by e-mail


@pytest.mark.parametrize("first_name", ["Paul", "Léo"])
def test_a_family_address_does_not_make_a_sister_her_brother(roll, first_name):
    roll.account("Roux", "Léa", email=FAMILY)
    outcome = roll.imports(line("Roux", first_name, email=FAMILY))
    assert outcome.errors == [(2, "identity_conflict")]
    message = outcome.message(2, "identity_conflict")
    assert "lea.roux" in message, "the account is named"
    assert "adresse" in message, "each person has an own one, or none"


def test_identifiants_sorted_one_row_down(roll):
    people = [("Roux", "Léa"), ("Petit", "Hugo"), ("Moreau", "Inès")]
    logins = [roll.account(*person).username for person in people]
    shifted = [logins[-1], *logins[:-1]]
    outcome = roll.imports(*(line(*person, username=login) for person, login in zip(people, shifted, strict=True)))
    assert outcome.errors == [(row, "identity_conflict") for row in (2, 3, 4)]


def test_two_identifiants_exchanged_between_two_of_one_first_name(roll):
    roll.account("Martin", "Léa")
    roll.account("Roux", "Léa")
    outcome = roll.imports(line("Martin", "Léa", username="lea.roux"), line("Roux", "Léa", username="lea.martin"))
    assert outcome.errors == [(2, "identity_conflict"), (3, "identity_conflict")]


@pytest.mark.parametrize(("last_name", "first_name"), [("Martin-Roux", "Léa"), ("Roux", "Léa Marie")])
def test_a_name_that_grew_is_an_update(roll, last_name, first_name):
    roll.account("Roux", "Léa")
    outcome = roll.imports(line(last_name, first_name, username="lea.roux"))
    assert (outcome.errors, outcome.counts) == ([], (0, 1, 0))
    changed = outcome.changes["lea.roux"]
    assert changed.items() <= {"last_name": last_name, "first_name": first_name}.items()


# By name


def test_a_list_of_newcomers_proves_nothing_of_a_namesake_in_another_class(roll):
    roll.account("Martin", "Léa", "6B")
    outcome = roll.imports(line("Martin", "Léa", "6A"), *newcomers(24, "6A"))
    assert outcome.errors == [(2, "ambiguous_person")]
    assert "lea.martin" in outcome.message(2, "ambiguous_person")


def test_a_file_of_known_people_moves_her(roll):
    known = roll.crowd(20, "6A")
    roll.account("Martin", "Léa", "6B")
    outcome = roll.imports(line("Martin", "Léa", "6A"), *known)
    assert (outcome.errors, outcome.counts) == ([], (0, 1, 20))
    assert outcome.warnings == [(2, "class_changed")]
    assert outcome.changes == {"lea.martin": {"code": "6A"}}


def test_two_namesakes_of_next_years_list(roll):
    moved = [each | {"school_class": "5A"} for each in roll.crowd(20, "6B")]
    roll.account("Martin", "Léa", "6A")
    roll.account("Martin", "Léa", "5B")
    outcome = roll.imports(line("Martin", "Léa", "5B"), line("Martin", "Léa", "4C"), *moved)
    assert outcome.errors == [(2, "ambiguous_person"), (3, "ambiguous_person")]


def test_one_of_two_namesakes_is_found_by_class_and_the_other_is_named(roll):
    roll.account("Martin", "Léa", "6A", username="lea.martin")
    roll.account("Martin", "Léa", "5B", username="lea.martin2", email="lea@example.org")
    roll.group("LATIN")
    outcome = roll.imports(line("Martin", "Léa", "5B", groups="LATIN"))
    assert (outcome.errors, outcome.counts) == ([], (0, 1, 0))
    assert list(outcome.changes) == ["lea.martin2"]
    assert re.search(r"\blea\.martin\b(?!2)", outcome.message(2, "homonym"))


@pytest.fixture
def choir(roll, textbook_of_the_choir):
    """Léa sings, and the rule of the choir gave her a book."""
    lea = roll.account("Roux", "Léa", groups=["CHORALE"])
    roll.account("Petit", "Hugo")
    roll.group("LATIN")
    add_rule(textbook_of_the_choir, group=roll.group("CHORALE"))
    assert textbook_of_the_choir.assignments.get().user_id == lea.pk
    return textbook_of_the_choir


@pytest.fixture
def textbook_of_the_choir(school):
    textbook = Textbook.objects.create(isbn="9782011000019", title="Chanter en 6e", publisher="Éditions du Pré")
    return Licence.objects.create(
        school=school,
        textbook=textbook,
        audience="student",
        seats=3,
        valid_from="2020-01-01",
        valid_until="2099-12-31",
        order_reference="CMD-1",
    )


@pytest.mark.parametrize("mode", ["check", "import"])
def test_a_group_that_is_left_is_told_with_the_seats_that_go(roll, choir, mode):
    outcome = roll.imports(line("Roux", "Léa", groups="LATIN"), line("Petit", "Hugo"), mode=mode)
    assert outcome.errors == []
    message = outcome.message(2, "group_left")
    assert "CHORALE" in message
    told = message + said_of_the_file(outcome)
    assert "Chanter en 6e" in told or "licence" in told or "manuel" in told
    assert choir.assignments.count() == (1 if mode == "check" else 0)


def test_the_list_of_one_group_only_adds(roll, choir):
    outcome = roll.imports(line("Roux", "Léa", groups="LATIN"), line("Petit", "Hugo", groups="latin"))
    assert (outcome.errors, outcome.counts) == ([], (0, 2, 0))
    assert "group_left" not in {code for _, code in outcome.warnings}
    assert outcome.changes["lea.roux"] == {"groups": {"CHORALE", "LATIN"}}
    assert choir.assignments.count() == 1


def test_a_ministry_file_in_capitals_loses_no_accent(roll):
    roll.account("Lefèvre", "Éloïse")
    outcome = roll.imports(line("LEFEVRE", "ELOISE"))
    assert (outcome.errors, outcome.counts, outcome.changes) == ([], (0, 0, 1), {})


def test_accents_that_were_missing_come_back(roll):
    roll.account("LEFEVRE", "ELOISE")
    outcome = roll.imports(line("Lefèvre", "Éloïse"))
    assert (outcome.errors, outcome.counts) == ([], (0, 1, 0))
    assert outcome.changes == {"eloise.lefevre": {"last_name": "Lefèvre", "first_name": "Éloïse"}}


def test_next_years_list_moves_everybody_one_class_on(roll):
    lines = [
        each | {"school_class": target}
        for code, target, start in (("6A", "5B", 0), ("5A", "4A", 30), ("4A", "3C", 60))
        for each in roll.crowd(30, code, start=start)
    ]
    outcome = roll.imports(*lines)
    assert (outcome.errors, outcome.counts) == ([], (0, 90, 0))
    assert outcome.warnings == [(row, "class_changed") for row in range(2, 92)]
    assert {tuple(changed) for changed in outcome.changes.values()} == {("code",)}


def test_a_newcomer_does_not_get_the_account_of_a_namesake_who_leaves(roll):
    moved = [each | {"school_class": "5A"} for each in roll.crowd(20, "6A")]
    roll.account("Petit", "Hugo", "3A")
    outcome = roll.imports(line("Petit", "Hugo", "6B"), *moved)
    assert outcome.errors == [(2, "ambiguous_person")]
    assert "hugo.petit" in outcome.message(2, "ambiguous_person")


def test_a_list_that_comes_back_with_e_mails_fills_them(roll):
    lines = roll.crowd(30)
    with_mails = [each | {"email": f"Eleve{number}@example.org"} for number, each in enumerate(lines)]
    outcome = roll.imports(*with_mails)
    assert (outcome.errors, outcome.counts) == ([], (0, 30, 0))
    assert outcome.changes["foule7"] == {"email": "eleve7@example.org"}
    assert roll.imports(*with_mails).counts == (0, 0, 30)


def test_e_mails_sorted_one_row_down_are_not_filled(roll):
    lines = roll.crowd(60)
    mails = [f"{each['first_name']}.{each['last_name']}@example.org".lower() for each in lines]
    shifted = [mails[-1], *mails[:-1]]
    outcome = roll.imports(*(each | {"email": mail} for each, mail in zip(lines, shifted, strict=True)))
    assert outcome.errors == [(row, "identity_conflict") for row in range(2, 62)]


def test_e_mails_that_spell_their_own_row_are_filled(roll):
    lines = roll.crowd(60)
    mails = [f"{each['last_name']}_{each['first_name']}@example.org".lower() for each in lines]
    outcome = roll.imports(*(each | {"email": mail} for each, mail in zip(lines, mails, strict=True)))
    assert (outcome.errors, outcome.counts) == ([], (0, 60, 0))


# New beside somebody


@pytest.mark.parametrize("cells", [{"email": "autre@example.org"}, {"username": "lroux26"}])
def test_a_second_account_in_the_same_class_is_asked_about(roll, cells):
    roll.account("Roux", "Léa", email=FAMILY)
    outcome = roll.imports(line("Roux", "Léa", "6A", **cells))
    assert outcome.errors == [(2, "possible_duplicate")]
    assert "lea.roux" in outcome.message(2, "possible_duplicate"), "the identifiant to give if it is she"


@pytest.mark.parametrize("cells", [{"email": "autre@example.org"}, {"username": "lroux26"}])
def test_a_namesake_of_another_class_is_created_and_told(roll, cells):
    roll.account("Roux", "Léa", email=FAMILY)
    outcome = roll.imports(line("Roux", "Léa", "4A", **cells), *newcomers(9, "4A"))
    assert (outcome.errors, outcome.counts) == ([], (10, 0, 0))
    assert outcome.warnings == [(2, "homonym")]
    assert "lea.roux" in outcome.message(2, "homonym")


RESEMBLING = [
    pytest.param(("Roux", "Mathieu"), ("Roux", "Matieu"), id="a-letter"),
    pytest.param(("Roux", "Mathieu"), ("Martin-Roux", "Mathieu"), id="a-word-more"),
    pytest.param(("Roux", "Mathieu"), ("Mathieu", "Roux"), id="exchanged"),
    pytest.param(("De La Tour", "Anne"), ("DELATOUR", "Anne"), id="particles-without-spaces"),
    pytest.param(("De La Tour", "Anne"), ("Tour", "Anne"), id="particles-missing"),
    pytest.param(("Petit", "JeanMarc"), ("Petit", "Jean-Marc"), id="hyphen"),
    pytest.param(("McDonald", "Zoé"), ("Mc Donald", "Zoé"), id="a-space"),
    pytest.param(("Daboville", "Zoé"), ("D'Aboville", "Zoé"), id="apostrophe"),
    pytest.param(("Mueller", "Zoé"), ("Müller", "Zoé"), id="umlaut-as-two-letters"),
    pytest.param(("Müller", "Zoé"), ("Mueller", "Zoé"), id="two-letters-as-umlaut"),
]


@pytest.mark.parametrize(("there", "typed"), RESEMBLING)
def test_a_resembling_name_of_the_same_class_is_asked_about(roll, there, typed):
    account = roll.account(*there, "6A")
    outcome = roll.imports(line(*typed, "6A"))
    assert outcome.errors == [(2, "possible_duplicate")]
    assert account.username in outcome.message(2, "possible_duplicate")


@pytest.mark.parametrize(("there", "typed"), RESEMBLING)
def test_in_next_years_list_it_is_asked_about_one_level_up_too(roll, there, typed):
    moved = [each | {"school_class": "5B"} for each in roll.crowd(20, "6B")]
    roll.account(*there, "6A")
    outcome = roll.imports(line(*typed, "5A"), *moved)
    assert outcome.errors == [(2, "possible_duplicate")]


@pytest.mark.parametrize(("there", "typed"), RESEMBLING)
def test_a_resembling_name_elsewhere_is_created_and_told(roll, there, typed):
    account = roll.account(*there, "6A")
    outcome = roll.imports(line(*typed, "3A"), *newcomers(9, "3A"))
    assert (outcome.errors, outcome.counts) == ([], (10, 0, 0))
    assert outcome.warnings == [(2, "similar_name")]
    assert account.username in outcome.message(2, "similar_name")


def test_a_whole_file_with_nom_and_prenom_exchanged(roll):
    lines = [each for code, start in (("6A", 0), ("5A", 60), ("4A", 120)) for each in roll.crowd(60, code, start=start)]
    exchanged = [each | {"last_name": each["first_name"], "first_name": each["last_name"]} for each in lines]
    outcome = roll.imports(*exchanged)
    assert outcome.errors[1:] == [(row, "possible_duplicate") for row in range(2, 182)]
    assert outcome.errors[0] == (None, "possible_duplicate")
    assert "ce fichier créerait une seconde fois 180 personnes" in outcome.message(None, "possible_duplicate").lower()


def test_a_whole_file_with_new_identifiants(roll):
    lines = [each for code, start in (("6A", 0), ("5A", 60)) for each in roll.crowd(60, code, start=start)]
    renamed = [each | {"username": f"neuf{number}"} for number, each in enumerate(lines)]
    outcome = roll.imports(*renamed)
    assert outcome.errors[1:] == [(row, "possible_duplicate") for row in range(2, 122)]
    assert number_of(outcome.message(None, "possible_duplicate").lower()) == 120


# Two rows


def test_two_namesakes_of_one_class_on_the_monthly_list(roll):
    roll.account("Martin", "Léa")
    roll.account("Martin", "Léa")
    outcome = roll.imports(line("Martin", "Léa"), line("MARTIN", "LEA"))
    assert (outcome.errors, outcome.counts) == ([], (0, 0, 2))


def test_one_pupil_twice_in_one_class_once_with_an_e_mail(roll):
    outcome = roll.imports(line("Roux", "Léa"), line("Roux", "Léa", email="lea@example.org"))
    assert outcome.errors == [(2, "duplicate_in_file"), (3, "duplicate_in_file")]
    assert "ligne 3" in outcome.message(2, "duplicate_in_file")
    assert "ligne 2" in outcome.message(3, "duplicate_in_file")


def test_what_stands_between_the_names_is_no_part_of_them(roll):
    outcome = roll.imports(line("A|B", "C"), line("A", "B|C"))
    assert (outcome.errors, outcome.counts) == ([], (2, 0, 0))


def test_capitals_of_other_latin_alphabets(roll):
    roll.account("Yıldız", "Işık", username="isik.yildiz")
    outcome = roll.imports(line("YILDIZ", "IŞIK"))
    assert (outcome.errors, outcome.counts) == ([], (0, 0, 1))


def test_the_identifiant_made_of_another_alphabet(roll):
    assert roll.imports(line("Yıldız", "Işık")).new == ["isik.yildiz"]


# What is kept


def test_another_typed_password_is_told_and_kept_out(roll):
    user = roll.account("Roux", "Léa")
    user.give_initial_password("Premier-Secret-1")
    same = roll.imports(line("Roux", "Léa", username="lea.roux", password="Premier-Secret-1"))
    assert (same.counts, same.warnings) == ((0, 0, 1), [])
    other = roll.imports(line("Roux", "Léa", username="lea.roux", password="Second-Secret-2"))
    assert (other.counts, other.warnings) == ((0, 0, 1), [(2, "password_kept")])
    user.refresh_from_db()
    assert user.initial_credential.reveal() == "Premier-Secret-1"


@pytest.mark.parametrize("by", ["alice", None])
def test_the_e_mail_of_somebody_with_rights_elsewhere_is_not_filled(roll, other_school, request, by):
    teacher = roll.account("Dupont", "Claire", None)
    Membership.objects.create(user=teacher, school=other_school)
    outcome = roll.imports(
        teacher_line("Dupont", "Claire", username="claire.dupont", email="moi@example.org"),
        kind="teacher",
        by=by and request.getfixturevalue(by),
    )
    assert (outcome.errors, outcome.changes) == ([], {})
    assert outcome.warnings == [(2, "email_kept")]


def test_on_the_command_line_no_e_mail_of_an_administrator_is_filled(roll, school):
    teacher = roll.account("Dupont", "Claire", None)
    Membership.objects.create(user=teacher, school=school)
    outcome = roll.imports(teacher_line("Dupont", "Claire", email="moi@example.org"), kind="teacher")
    assert (outcome.errors, outcome.changes, outcome.warnings) == ([], {}, [(2, "email_kept")])


def test_the_head_of_a_primary_school_becomes_its_teacher(roll, alice):
    before = alice.password
    outcome = roll.imports(teacher_line("Admin", "Alice", email="Alice@example.org"), kind="teacher", by=alice)
    assert (outcome.errors, outcome.new) == ([], [])
    assert outcome.changes["alice"] == {"kind": "teacher", "school": roll.school.pk}
    assert [row for row, _ in outcome.warnings] == [2]
    alice = User.objects.get(pk=alice.pk)
    assert alice.password == before
    assert alice.memberships.filter(school=roll.school).exists()
    assert alice.email_is_trusted  # The operator typed it.


@pytest.mark.parametrize("first_name", ["Paul", "Alicia"])
def test_the_head_is_not_taken_for_somebody_else(roll, alice, first_name):
    outcome = roll.imports(teacher_line("Admin", first_name, email="alice@example.org"), kind="teacher", by=alice)
    assert [row for row, _ in outcome.errors] == [2]


def test_the_head_of_another_school_stays_there(roll, charlie):
    outcome = roll.imports(teacher_line("Chef", "Charlie", email="charlie@example.org"), kind="teacher")
    assert outcome.errors == [(2, "email_taken")]


def test_one_typed_password_for_many_is_told_with_their_number(roll):
    lines = [each | {"password": "Rentree-2026"} for each in newcomers(42)]
    outcome = roll.imports(*lines, mode="check")
    assert outcome.errors == []
    (message,) = [problem.message for problem in outcome.problems if problem.code == "shared_password"]
    assert "42" in message
    assert "Rentree-2026" not in message
