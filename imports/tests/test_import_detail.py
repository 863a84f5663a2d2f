"""One import: what became of it, all its errors, and what to do next."""

import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from imports import labels, tasks
from imports.models import Import, ImportProblem


def add(school, status="done", **fields):
    finished = timezone.now() if status in ("done", "failed") else None
    fields = {"kind": "student", "filename": "liste.xlsx", **fields}
    return Import.objects.create(school=school, status=status, finished_at=finished, **fields)


def add_problems(import_job, how_many, *, code="unknown_class", severity="error", first_row=2):
    ImportProblem.objects.bulk_create(
        ImportProblem(
            import_job=import_job,
            severity=severity,
            row=row,
            column="Code classe",
            value="6Z",
            code=code,
            message=f"Phrase {code} {row}.",
        )
        for row in range(first_row, first_row + how_many)
    )
    import_job.error_count = import_job.problems.filter(severity="error").count()
    import_job.warning_count = import_job.problems.filter(severity="warning").count()
    import_job.save()


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", "", response.content.decode()).split())


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        ("pending", {}, "En attente Votre fichier est bien reçu"),
        ("running", {"progress": 40}, "En cours (40 %)"),
        ("done", {"created_count": 30}, "30 comptes créés, 0 modifié, 0 inchangé."),
        ("done", {"created_count": 1, "mode": "check"}, "1 compte serait créé, 0 serait modifié, 0 resterait"),
        ("failed", {"error_count": 1}, "Rien n'a été importé : 1 erreur"),
        ("failed", {"error_count": 2, "mode": "check"}, "ne peut pas être importé en l'état : 2 erreurs"),
    ],
)
def test_outcome_in_words(as_alice, school, status, fields, words):
    import_job = add(school, status, **fields)
    response = as_alice.get(import_job.get_absolute_url())
    assert response.status_code == 200
    assert f'data-import-id="{import_job.pk}" data-status="{status}"' in response.content.decode()
    assert words in text_of(response)


def test_lives_until_it_is_finished(as_alice, school):
    import_job = add(school, "running", progress=10)
    page = as_alice.get(import_job.get_absolute_url()).content.decode()
    assert f'hx-get="{import_job.get_absolute_url()}"' in page
    assert '<progress value="10" max="100"' in page
    Import.objects.filter(pk=import_job.pk).update(status="done", finished_at=timezone.now())
    page = as_alice.get(import_job.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in page
    assert "<html" not in page
    assert reverse("student_export", args=[school.code]) in page


def test_teachers_are_sent_to_their_own_pages(as_alice, school):
    done, failed = add(school, kind="teacher"), add(school, "failed", kind="teacher", error_count=1)
    assert reverse("teacher_export", args=[school.code]) in as_alice.get(done.get_absolute_url()).content.decode()
    assert reverse("teacher_import", args=[school.code]) in as_alice.get(failed.get_absolute_url()).content.decode()


def test_every_error_can_be_reached(as_alice, school, django_assert_max_num_queries):
    import_job = add(school, "failed")
    add_problems(import_job, 250)
    found = []
    for page in (1, 2, 3):
        with django_assert_max_num_queries(10):
            response = as_alice.get(import_job.get_absolute_url(), {"page": page})
        found += re.findall(r"Phrase unknown_class (\d+)\.", response.content.decode())
    assert found == [str(row) for row in range(2, 252)]
    assert "250 erreurs sur 250 lignes" in text_of(response)


def test_a_problem_is_told_with_row_column_value_and_sentence(as_alice, school):
    import_job = add(school, "failed")
    ImportProblem.objects.create(
        import_job=import_job,
        row=7,
        column="Code classe",
        value="<b>6Z",
        code="unknown_class",
        message="Créez-la d'abord.",
    )
    ImportProblem.objects.create(
        import_job=import_job, row=None, code="missing_column", message="La colonne Nom manque."
    )
    import_job.error_count = 2
    import_job.save()
    response = as_alice.get(import_job.get_absolute_url())
    text = text_of(response)
    assert "&lt;b&gt;6Z" in response.content.decode()
    assert "Créez-la d&#x27;abord." in text
    assert text.index("Tout le fichier") < text.index("Code classe"), "what concerns the whole file comes first"
    assert "2 erreurs sur 1 ligne, de 2 types différents" in text


def test_filter_by_kind_of_problem(as_alice, school):
    import_job = add(school, "failed")
    add_problems(import_job, 120)
    add_problems(import_job, 3, code="weak_password", first_row=500)
    response = as_alice.get(import_job.get_absolute_url(), {"probleme": "weak_password"})
    assert [problem.row for problem in response.context["page"]] == [500, 501, 502]
    assert response.context["page"].paginator.count == 3
    text = text_of(response)
    assert "Mot de passe trop faible (3)" in text
    assert "Classe inconnue (120)" in text
    nothing = as_alice.get(import_job.get_absolute_url(), {"probleme": "nonsense"})
    assert nothing.context["page"].paginator.count == 0


def test_warnings_stand_apart(as_alice, school):
    import_job = add(school, "failed")
    add_problems(import_job, 2)
    add_problems(import_job, 5, code="unknown_column", severity="warning")
    errors = as_alice.get(import_job.get_absolute_url())
    warnings = as_alice.get(import_job.get_absolute_url(), {"onglet": "avertissements"})
    assert [problem.code for problem in errors.context["page"]] == ["unknown_class"] * 2
    assert [problem.code for problem in warnings.context["page"]] == ["unknown_column"] * 5
    assert "Avertissements (5)" in text_of(errors)


def test_warnings_of_a_success_are_shown_at_once(as_alice, school):
    import_job = add(school, created_count=3)
    add_problems(import_job, 2, code="homonym", severity="warning")
    assert len(as_alice.get(import_job.get_absolute_url()).context["page"]) == 2


def test_every_code_of_the_contract_has_a_name():
    contract = [
        "missing_value", "too_long", "invalid_value", "unknown_class", "unknown_group", "invalid_username",
        "username_taken", "invalid_email", "email_taken", "duplicate_in_file", "weak_password", "ambiguous_person",
        "date_in_code", "unreadable", "encrypted", "wrong_format", "too_large", "too_many_rows", "empty",
        "missing_column", "duplicate_column",
    ]  # fmt: skip
    assert [code for code in contract if code not in labels.LABELS] == []
    assert labels.label("something_new") == "Autre remarque"


@pytest.fixture
def checked(school):
    import_job = add(school, mode="check", created_count=1)
    import_job.file.save("checked.xlsx", ContentFile(b"PK the workbook"))
    return import_job


def confirm(client, import_job):
    return client.post(reverse("import_confirm", args=[import_job.school.code, import_job.pk]))


@pytest.mark.django_db(transaction=True)
def test_after_a_check_the_same_file_is_imported_without_another_upload(as_alice, alice, checked, monkeypatch):
    dispatched = []
    monkeypatch.setattr(tasks, "dispatch", dispatched.append)
    assert "Importer ce fichier" in text_of(as_alice.get(checked.get_absolute_url()))
    response = confirm(as_alice, checked)
    import_job = Import.objects.get(mode="import")
    assert response.url == import_job.get_absolute_url()
    assert (import_job.filename, import_job.kind, import_job.status, import_job.uploaded_by) == (
        "liste.xlsx",
        "student",
        "pending",
        alice,
    )
    assert dispatched == [import_job.pk]
    assert import_job.file.name != checked.file.name
    with default_storage.open(import_job.file.name) as file:
        assert file.read() == b"PK the workbook"


def test_a_file_that_is_gone_cannot_be_imported(as_alice, checked):
    default_storage.delete(checked.file.name)
    assert "déposez-le de nouveau" in text_of(
        as_alice.post(reverse("import_confirm", args=[checked.school.code, checked.pk]), follow=True)
    )
    checked.file = ""
    checked.save()
    assert "Importer ce fichier" not in text_of(as_alice.get(checked.get_absolute_url()))
    assert confirm(as_alice, checked).status_code == 302
    assert Import.objects.count() == 1


@pytest.mark.parametrize("fields", [{"mode": "import"}, {"status": "failed", "created_count": 0}])
def test_only_a_successful_check_can_be_confirmed(as_alice, checked, fields):
    Import.objects.update(**fields)
    assert confirm(as_alice, checked).status_code == 302
    assert Import.objects.count() == 1


def test_other_school(as_charlie, other_school, checked):
    for code in (checked.school.code, other_school.code):
        assert as_charlie.get(reverse("import_detail", args=[code, checked.pk])).status_code == 404
        assert as_charlie.post(reverse("import_confirm", args=[code, checked.pk])).status_code == 404
    assert Import.objects.count() == 1


def test_not_enough_rights_and_wrong_methods(as_bob, as_alice, bob, checked):
    address = checked.get_absolute_url()
    assert as_alice.post(address).status_code == 405
    confirming = reverse("import_confirm", args=[checked.school.code, checked.pk])
    assert as_alice.put(confirming).status_code == 405
    assert as_alice.get(confirming).url == address
    as_alice.force_login(bob)
    assert as_alice.get(address).status_code == 403
    assert confirm(as_alice, checked).status_code == 403


def test_signed_out(client, checked):
    assert client.get(checked.get_absolute_url()).status_code == 302
    assert confirm(client, checked).status_code == 302
    assert Import.objects.count() == 1
