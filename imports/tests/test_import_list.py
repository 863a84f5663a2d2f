"""The history of imports, and how it lives."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from imports.models import Import


@pytest.fixture
def address(school):
    return reverse("import_list", args=[school.code])


def add(school, status="done", *, minutes=0, **fields):
    now = timezone.now() - timedelta(minutes=minutes)
    finished = now if status in ("done", "failed") else None
    fields = {"kind": "student", "filename": f"{status}.xlsx", **fields}
    return Import.objects.create(school=school, status=status, created_at=now, finished_at=finished, **fields)


def rows_of(response):
    return re.findall(r'data-import-id="([^"]+)" data-status="([^"]+)"', response.content.decode())


def test_empty(as_alice, address):
    response = as_alice.get(address)
    assert response.status_code == 200
    assert "Aucune importation pour l'instant" in response.content.decode()


def test_each_status_in_words(as_alice, alice, school, address):
    waiting = add(school, "pending")
    running = add(school, "running", minutes=1, progress=40)
    done = add(school, minutes=2, created_count=30, uploaded_by=alice)
    failed = add(school, "failed", minutes=3, error_count=12)
    checked = add(school, minutes=4, mode="check", created_count=1, updated_count=2)
    response = as_alice.get(address)
    assert rows_of(response) == [
        (str(import_job.pk), import_job.status) for import_job in (waiting, running, done, failed, checked)
    ]
    page = " ".join(response.content.decode().split())
    for words in (
        "En attente",
        "En cours (40 %)",
        "30 comptes créés, 0 modifié, 0 inchangé",
        "1 compte serait créé, 2 seraient modifiés, 0 resterait inchangé",
        "Voir les erreurs",
        "(12)",
        "Alice Admin",
        "sur le serveur",
    ):
        assert words in page, words
    assert page.count("Exporter la liste des élèves") == 1, "after a real import only"


def test_newest_first_on_pages_of_25(as_alice, school, address, django_assert_max_num_queries):
    import_jobs = [add(school, minutes=number) for number in range(60)]
    with django_assert_max_num_queries(9):
        first = as_alice.get(address)
    assert [pk for pk, _ in rows_of(first)] == [str(import_job.pk) for import_job in import_jobs[:25]]
    assert [pk for pk, _ in rows_of(as_alice.get(address, {"page": 3}))] == [
        str(import_job.pk) for import_job in import_jobs[50:]
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"profil": "teacher"}, ["b"]),
        ({"statut": "failed"}, ["c"]),
        ({"profil": "student", "statut": "done"}, ["a"]),
        ({"statut": "nonsense"}, []),
    ],
)
def test_filters(as_alice, school, address, query, expected):
    add(school, filename="a")
    add(school, kind="teacher", filename="b")
    add(school, "failed", filename="c")
    response = as_alice.get(address, query)
    assert [import_job.filename for import_job in response.context["page"]] == expected


def test_lives_only_while_something_is_unfinished(as_alice, school, address):
    import_job = add(school, "running")
    response = as_alice.get(address, {"profil": "student"})
    page = response.content.decode()
    assert f'hx-get="{address}?profil=student"' in page
    assert 'hx-trigger="every 2s"' in page
    assert '<meta http-equiv="refresh"' in page
    assert "Actualiser" in page
    Import.objects.filter(pk=import_job.pk).update(status="done", finished_at=timezone.now())
    page = as_alice.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'data-status="done"' in page
    assert "every 2s" not in page
    assert "<html" not in page


def test_other_school(as_charlie, other_school, school, address):
    add(school)
    assert as_charlie.get(address).status_code == 404
    assert rows_of(as_charlie.get(reverse("import_list", args=[other_school.code]))) == []


def test_not_enough_rights(as_bob, address):
    assert as_bob.get(address).status_code == 403
    assert as_bob.post(address).status_code == 403


def test_signed_out(client, address):
    assert client.get(address).status_code == 302
