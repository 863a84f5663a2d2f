"""The upload form, for students and teachers alike."""

import hashlib
import os
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone

from imports import tasks
from imports.deposit import deposit, display_name
from imports.models import Import
from imports.tests.sheets import student_row, workbook_bytes

NAMES = ["student_import", "teacher_import"]


@pytest.fixture
def dispatched(monkeypatch):
    """The imports that a worker was told of; whether a real broker hears is tested with a real worker."""
    dispatched = []
    monkeypatch.setattr(tasks, "dispatch", dispatched.append)
    return dispatched


@pytest.fixture
def address(school):
    return reverse("student_import", args=[school.code])


def workbook(name="liste.xlsx"):
    return SimpleUploadedFile(name, workbook_bytes([student_row("Martin", "Zoé")]))


def stored_files(settings):
    folder = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("name", NAMES)
def test_form_shows_the_steps(as_alice, school, name, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        response = as_alice.get(reverse(name, args=[school.code]))
    page = response.content.decode()
    assert response.status_code == 200
    assert reverse(name.replace("import", "template"), args=[school.code]) in page
    assert 'name="action" value="import"' in page
    assert 'name="action" value="check"' in page
    assert ("ajoutez d'abord une classe" in page) == (name == "student_import")


@pytest.mark.parametrize(
    ("name", "kind", "action"), [("student_import", "student", "import"), ("teacher_import", "teacher", "check")]
)
@pytest.mark.django_db(transaction=True)
def test_upload_waits_in_the_queue(as_alice, alice, school, dispatched, settings, name, kind, action):
    file = workbook()
    content = file.read()
    file.seek(0)
    response = as_alice.post(reverse(name, args=[school.code]), {"file": file, "action": action})
    import_job = Import.objects.get()
    assert response.status_code == 302
    assert response.url == reverse("import_detail", args=[school.code, import_job.pk])
    assert (import_job.school, import_job.kind, import_job.mode, import_job.status) == (school, kind, action, "pending")
    assert (import_job.uploaded_by, import_job.filename) == (alice, "liste.xlsx")
    assert import_job.digest == hashlib.sha256(content).hexdigest()
    assert dispatched == [import_job.pk]
    [stored] = stored_files(settings)
    assert stored.name == import_job.file.name != "liste.xlsx"
    assert stored.read_bytes() == content
    assert stored.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (None, "Choisissez le fichier à importer."),
        (SimpleUploadedFile("vide.xlsx", b""), "Ce fichier est vide"),
        (SimpleUploadedFile("liste.csv", b"Nom;Pr\xe9nom\nMartin;Zo\xe9\n"), "texte ou du CSV"),
        (SimpleUploadedFile("liste.xlsx", b"Nom;Prenom\n"), "texte ou du CSV"),
        (SimpleUploadedFile("liste.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)), "(.xls)"),
        (SimpleUploadedFile("liste.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)), "mot de passe"),
        (SimpleUploadedFile("liste.pdf", b"%PDF-1.7"), "PDF"),
    ],
)
def test_refused_at_once_with_one_sentence(as_alice, address, settings, dispatched, file, sentence):
    if file:
        file.seek(0)
    data = {"action": "import", **({"file": file} if file else {})}
    response = as_alice.post(address, data)
    assert response.status_code == 422
    [error] = response.context["form"].errors["file"]
    assert sentence in error
    assert not Import.objects.exists()
    assert not stored_files(settings)
    assert dispatched == []


def test_too_large(as_alice, address, settings):
    settings.IMPORT_MAX_BYTES = 1000
    response = as_alice.post(address, {"file": workbook(), "action": "import"})
    [error] = response.context["form"].errors["file"]
    assert "trop gros" in error
    assert not Import.objects.exists()


def test_what_is_beyond_the_limit_is_not_even_kept(as_alice, address, settings):
    settings.IMPORT_MAX_BYTES = 1000
    huge = SimpleUploadedFile("liste.xlsx", b"PK" + bytes(5_000_000))
    response = as_alice.post(address, {"file": huge, "action": "import"})
    assert response.status_code == 422
    assert 1000 < response.context["form"].files["file"].size < 200_000


@pytest.mark.parametrize("data", [{}, {"action": "drop"}])
def test_no_action_imports_nothing(as_alice, address, data):
    response = as_alice.post(address, {"file": workbook(), **data})
    assert response.status_code == 422
    assert "Vérifier sans importer" in str(response.context["form"].non_field_errors())
    assert not Import.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_import(as_alice, address, settings, dispatched):
    file = workbook()  # One file: two of one second apart tell their time of birth.

    def click(action):
        file.seek(0)
        return as_alice.post(address, {"file": file, "action": action})

    assert click("import").url == click("import").url
    assert len(dispatched) == len(stored_files(settings)) == Import.objects.count() == 1
    click("check")
    assert Import.objects.count() == 2, "a check of the same file is something else"


@pytest.mark.django_db(transaction=True)
def test_the_same_file_can_be_imported_again_once_it_is_done(as_alice, address, dispatched):
    as_alice.post(address, {"file": workbook(), "action": "import"})
    Import.objects.update(status="done", finished_at=timezone.now())
    as_alice.post(address, {"file": workbook(), "action": "import"})
    assert Import.objects.count() == len(dispatched) == 2


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_instant_make_one_import(school, settings, dispatched):
    content, together, made = workbook_bytes([student_row("Martin", "Zoé")]), Barrier(6), []

    def click():
        together.wait()
        try:
            import_job = deposit(
                ContentFile(content), filename="a.xlsx", school=school, kind="student", mode="import", uploaded_by=None
            )
            made.append(import_job.pk)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 6
    assert len(set(made)) == len(stored_files(settings)) == len(dispatched) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_behind_when_the_row_cannot_be_written(school, settings, dispatched):
    with pytest.raises(IntegrityError):
        deposit(ContentFile(b"PK"), filename="a.xlsx", school=school, kind="student", mode=None, uploaded_by=None)
    assert not stored_files(settings)
    assert dispatched == []
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("élèves 6A.xlsx", "élèves 6A.xlsx"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\Zoé\liste.xlsx", "liste.xlsx"),
        ("a\x00b\nc\u202excod.xlsx", "a b c xcod.xlsx"),
        ("e\u0301le\u0300ves.xlsx", "élèves.xlsx"),
        ("x" * 300 + ".xlsx", "x" * 250 + ".xlsx"),
        ("x" * 300, "x" * 255),
        ("///", "sans nom.xlsx"),
    ],
)
def test_the_users_name_for_the_file_is_only_shown(typed, shown):
    assert display_name(typed) == shown
    assert len(shown) <= 255
    assert os.sep not in shown


@pytest.mark.django_db(transaction=True)
def test_a_hostile_file_name_is_shown_as_text(as_alice, address, dispatched):
    response = as_alice.post(address, {"file": workbook("<script>alert(1)<.xlsx"), "action": "import"}, follow=True)
    page = response.content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;.xlsx" in page


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_other_school(as_charlie, school, settings, name, method):
    data = {"file": workbook(), "action": "import"} if method == "post" else {}
    response = getattr(as_charlie, method)(reverse(name, args=[school.code]), data)
    assert response.status_code == 404
    assert not Import.objects.exists()
    assert not stored_files(settings)


def test_not_enough_rights(as_bob, address):
    assert as_bob.get(address).status_code == 403
    assert as_bob.post(address, {"file": workbook(), "action": "import"}).status_code == 403
    assert not Import.objects.exists()


def test_signed_out_and_wrong_method(client, as_alice, address):
    assert as_alice.put(address).status_code == 405
    as_alice.logout()
    assert client.get(address).status_code == 302
