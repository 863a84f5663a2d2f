"""What an error list shows of people: no password, whatever its column, and after a month nothing that was typed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.passwords import generate_password
from imports.masking import FORGOTTEN, MASK, looks_like_a_password, without_passwords
from imports.models import Import, ImportProblem
from imports.pipeline import process
from imports.tables.problems import Problem
from imports.tasks import clean_up
from imports.tests.sheets import deposit, student_row

COLUMNS = ["Nom", "Prénom", "Identifiant", "Email", "Code classe", "Code groupe", ""]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_password_is_known_in_any_column(column):
    for password in ("Azerty1!", "P@ssw0rd", "Soleil#2024", "M0t:dePasse?", generate_password()):
        assert looks_like_a_password(password, column), password


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("Nom", ["Martin-Roux", "D'Aboville", "MARTIN DUPONT", "Lefèvre (épouse Roux)", "Nguyễn"]),
        ("Prénom", ["Jean-Marc", "Léa Marie", "Anne-Sophie, Claire"]),
        ("Identifiant", ["lea.roux", "Lea.Roux2", "Jean-Luc.Martin12", "martin2", "0750001A", "lea roux"]),
        ("Email", ["Lea.Roux2@Example.org", "lea_roux+6A@college-1.fr", "lea@roux"]),
        ("Code classe", ["6A", "2nde-GT1", "Term-STMG2", "3eme/LV2", "6e A (LV2)", "Terminale S-1", "2026-11-25"]),
        ("Code groupe", ["LATIN", "Latin6;Grec5", "Chorale-6e", "SVT&Physique1", "Groupe-A1, Groupe-B2"]),
    ],
)
def test_what_a_column_is_for_is_shown(column, values):
    for value in values:
        assert without_passwords(value, f"La valeur « {value} »", column) == (value, f"La valeur « {value} »")


def test_a_word_among_others_is_masked_in_value_and_sentence():
    value, message = without_passwords("6A Azerty1!", "La classe « 6A Azerty1! » n'existe pas", "Code classe")
    assert (value, message) == (f"6A {MASK}", f"La classe « 6A {MASK} » n'existe pas")
    assert without_passwords("", "La colonne « Azerty1! »", "")[1] == f"La colonne « {MASK} »"


@pytest.mark.django_db
def test_a_password_typed_in_another_column_is_in_no_error_list(class_6a):
    rows = [student_row("Martin", "Zoé", "Azerty1!"), student_row("Petit", "Léo", groups="Soleil#2024")]
    rows += [student_row("Roux", "Ana", username="M0t?de passe"), student_row("Roux", "Eva", email="M0t:dePasse?")]
    import_job = deposit(class_6a.school, rows)
    process(import_job.pk)
    told = "".join(f"{problem.value} {problem.message}" for problem in import_job.problems.all())
    assert import_job.problems.count() == 4
    assert told.count(MASK) >= 4
    for password in ("Azerty1!", "Soleil#2024", "M0t:dePasse?"):
        assert password not in told


@pytest.fixture
def failed(class_6a):
    """A failed import of a month ago, with its errors."""
    rows = [
        student_row("Introuvable", "Zéphyrine", "9Z"),
        student_row("Introuvable", "", "6A"),
        student_row("Introuvable", "Yann", email="introuvable@", groups="INTROUVABLE"),
    ]
    import_job = deposit(class_6a.school, rows)
    process(import_job.pk)
    import_job.refresh_from_db()
    assert import_job.status == "failed"
    import_job.problems.bulk_create(
        [ImportProblem.of(import_job, Problem(9, "Nom", "Introuvable", "homonym", "Introuvable Zoé a un homonyme."))]
    )
    Import.objects.update(finished_at=timezone.now() - timedelta(days=31))
    return import_job


def assert_forgotten(import_job, before):
    after = list(import_job.problems.values_list("row", "column", "code"))
    assert after == before
    told = "".join(f"{problem.value} {problem.message}" for problem in import_job.problems.all())
    assert "ntrouvable" not in told.lower()
    assert "9Z" not in told
    assert "est obligatoire" in told, "sentences without values stay"
    assert FORGOTTEN in told


@pytest.mark.django_db
def test_values_go_with_the_uploaded_file_rows_and_sentences_stay(failed, as_alice):
    before = list(failed.problems.values_list("row", "column", "code"))
    Import.objects.update(finished_at=timezone.now() - timedelta(days=29))
    clean_up()
    assert failed.problems.filter(value__icontains="introuvable").exists(), "not before its time"
    Import.objects.update(finished_at=timezone.now() - timedelta(days=31))
    clean_up()
    assert_forgotten(failed, before)
    assert as_alice.get(failed.get_absolute_url()).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_installation_from_before_forgets_what_stayed(failed):
    before = list(failed.problems.values_list("row", "column", "code"))
    executor = MigrationExecutor(connection)
    executor.migrate([("imports", "0004_turns")])
    Import.objects.update(file="")
    MigrationExecutor(connection).migrate(executor.loader.graph.leaf_nodes())
    assert_forgotten(failed, before)
