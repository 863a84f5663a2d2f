"""A whole import in this process, from the deposited workbook to the people and the report."""

import gc
import os
import time

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth import authenticate
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import InitialCredential, Student, Teacher, User
from accounts.passwords import is_strong
from accounts.signals import people_changed, people_forecast
from imports import export, pipeline
from imports.models import Import
from imports.pipeline import process
from imports.tasks import clean_up
from imports.tests.sheets import deposit, student_row
from schools.models import Group, SchoolClass

pytestmark = pytest.mark.django_db(transaction=True)


def run(school, rows, **options):
    import_job = deposit(school, rows, **options)
    process(import_job.pk)
    import_job.refresh_from_db()
    return import_job


def report(import_job):
    return [(problem.row, problem.column, problem.code) for problem in import_job.problems.filter(severity="error")]


def counts(import_job):
    return import_job.status, import_job.created_count, import_job.updated_count, import_job.unchanged_count


def test_empty_identifiants_and_passwords_are_made(school, class_6a):
    import_job = run(school, [student_row("Lefèvre", "Zoé"), student_row("Roy", "Zoe", "6a", username="zoe.l")])
    assert counts(import_job) == ("done", 2, 0, 0)
    zoe = Student.objects.get(username="zoe.lefevre")
    password = zoe.initial_credential.reveal()
    assert is_strong(password)
    assert zoe.school_class == class_6a
    assert authenticate(username="ZOE.LEFEVRE", password=password) == User.objects.get(pk=zoe.pk)


def test_typed_passwords_take_the_fast_road_and_stay_readable(school, class_6a):
    run(school, [student_row("Martin", "Zoé", password="Tapé-par-1-humain")])
    zoe = Student.objects.get()
    assert zoe.password.startswith("typed$")
    assert zoe.initial_credential.reveal() == "Tapé-par-1-humain"
    assert authenticate(username="zoe.martin", password="Tapé-par-1-humain")
    zoe.refresh_from_db()
    assert zoe.password.startswith("argon2$argon2id$")


def test_twelve_errors_on_twelve_rows_then_corrected(school, class_6a, bob, other_school):
    elsewhere = SchoolClass.objects.create(school=other_school, code="6A")
    Student.objects.create(
        school=other_school, kind="student", username="pris", last_name="X", first_name="Y", school_class=elsewhere
    )
    for number in (1, 2):
        Student.objects.create(
            school=school, kind="student", username=f"paul{number}", last_name="Petit", first_name="Paul",
            school_class=class_6a,
        )  # fmt: skip
    before = Student.objects.count()
    wrong = [
        student_row(None, "Anna"),
        student_row("Bel", None),
        student_row("Cid", "Chloé", None),
        student_row("Dune", "Dan", "9Z"),
        student_row("Est", "Élise", groups="inconnu"),
        student_row("Fort", "Fanny", username="fanny fort"),
        student_row("Gris", "Guy", username="pris"),
        student_row("Haut", "Hélène", email="helene@"),
        student_row("If", "Inès", email="bob@example.org"),
        student_row("Joly", "Jean", password="faible"),
        student_row("K" * 101, "Karim"),
        student_row("Petit", "Paul"),
        student_row("Lac", "Léo"),
        student_row("LAC", "leo"),
    ]
    import_job = run(school, wrong)
    assert counts(import_job) == ("failed", 0, 0, 0)
    assert report(import_job) == [
        (2, "Nom", "missing_value"),
        (3, "Prénom", "missing_value"),
        (4, "Code classe", "missing_value"),
        (5, "Code classe", "unknown_class"),
        (6, "Code groupe", "unknown_group"),
        (7, "Identifiant", "invalid_username"),
        (8, "Identifiant", "username_taken"),
        (9, "Email", "invalid_email"),
        (10, "Email", "email_taken"),
        (11, "Mot de passe", "weak_password"),
        (12, "Nom", "too_long"),
        (13, "Identifiant", "ambiguous_person"),
        (14, "Nom", "duplicate_in_file"),
        (15, "Nom", "duplicate_in_file"),
    ]
    assert Student.objects.count() == before
    right = [student_row(f"Nom{number}", "Prénom") for number in range(12)]
    assert counts(run(school, right)) == ("done", 12, 0, 0)


def test_the_same_file_twice_creates_nobody_twice(school, class_6a):
    rows = [student_row("Martin", "Zoé"), student_row("Petit", "Paul", username="paul", email="paul@example.org")]
    run(school, rows)
    assert counts(run(school, rows)) == ("done", 0, 0, 2)


def test_an_update_changes_names_class_and_groups_only(school, class_6a, class_6b, group_latin):
    run(school, [student_row("Martin", "Zoé", username="zoe", password="Vrai-Secret-1", email="zoe@example.org")])
    before = Student.objects.get()
    import_job = run(
        school, [student_row("Martin-Petit", "Zoé", "6B", username="zoe", password="Autre-Secret-2", groups="latin")]
    )
    assert counts(import_job) == ("done", 0, 1, 0)
    zoe = Student.objects.get()
    assert (zoe.last_name, zoe.name_key, zoe.school_class) == ("Martin-Petit", "martin petit\tzoe", class_6b)
    assert list(zoe.groups.all()) == [group_latin]
    assert (zoe.password, zoe.email) == (before.password, "zoe@example.org")
    assert zoe.updated_at > before.updated_at


def test_an_import_never_replaces_a_personal_password(school, class_6a):
    run(school, [student_row("Martin", "Zoé", username="zoe")])
    zoe = Student.objects.get()
    zoe.choose_password("Mon-Secret-1")
    run(school, [student_row("Martin", "Zoé", username="zoe", password="Autre-Secret-2")])
    assert authenticate(username="zoe", password="Mon-Secret-1")
    assert not InitialCredential.objects.exists()


def test_a_check_writes_nothing_but_its_report(school, class_6a):
    run(school, [student_row("Martin", "Zoé")])
    before = list(User.objects.order_by("pk").values())
    import_job = run(
        school, [student_row("Martin", "Zoé"), student_row("Petit", "Paul", password="Vrai-Secret-1")], mode="check"
    )
    assert counts(import_job) == ("done", 1, 0, 1)
    assert list(User.objects.order_by("pk").values()) == before
    import_job = run(school, [student_row("Petit", "Paul", "9Z")], mode="check")
    assert (import_job.status, report(import_job)) == ("failed", [(2, "Code classe", "unknown_class")])


def test_a_check_tells_what_others_foresee(school, class_6a, class_6b, group_latin):
    """Whoever listens (licences) is told of everyone as they would be, groups kept or changed."""
    run(school, [student_row("Martin", "Zoé", groups="latin"), student_row("Petit", "Paul", groups="latin")])
    zoe, paul = Student.objects.order_by("name_key")
    heard = []

    def listener(school, kind, members, **kwargs):
        heard.extend(members)
        return ["Maths 6e : il manquera 4 licences."]

    people_forecast.connect(listener)
    try:
        import_job = run(
            school,
            [
                student_row("Martin", "Zoé", "6B"),
                student_row("Petit", "Paul"),
                student_row("Roy", "Rose", groups="latin"),
            ],
            mode="check",
        )
    finally:
        people_forecast.disconnect(listener)
    assert sorted(heard, key=str) == sorted(
        [(zoe.pk, class_6b.pk, {group_latin.pk}), (None, class_6a.pk, {group_latin.pk})], key=str
    )
    assert paul.pk not in {member.pk for member in heard}
    assert [(p.severity, p.message) for p in import_job.problems.filter(code="forecast")] == [
        ("warning", "Maths 6e : il manquera 4 licences.")
    ]


def test_teachers(school, group_latin):
    rows = [
        ["Petit", "Paul", None, None, None, "Latin", None, None],
        ["Roy", "Rose", None, None, None, None, None, None],
    ]
    assert counts(run(school, rows, kind="teacher")) == ("done", 2, 0, 0)
    assert list(Teacher.objects.get(username="paul.petit").groups.all()) == [group_latin]


def test_everything_is_written_or_nothing(school, class_6a, monkeypatch):
    real, calls = Import.end, []

    def fails_once(*args, **kwargs):
        calls.append(args)
        if len(calls) == 1:
            assert Student.objects.exists()
            raise RuntimeError("at the last step")
        real(*args, **kwargs)

    monkeypatch.setattr(Import, "end", fails_once)
    import_job = run(school, [student_row("Martin", "Zoé")])
    assert counts(import_job) == ("failed", 0, 0, 0)
    assert [problem.code for problem in import_job.problems.all()] == ["unexpected"]
    assert not Student.objects.exists()


def test_an_identifiant_taken_between_plan_and_writing_is_planned_again(school, class_6a, monkeypatch):
    real, calls = pipeline.apply_plan, []

    def overtaken_once(*args):
        calls.append(args)
        if len(calls) == 1:
            User.objects.create(username="ZOE", last_name="A", first_name="B")
        real(*args)

    monkeypatch.setattr(pipeline, "apply_plan", overtaken_once)
    import_job = run(school, [student_row("Martin", "Zoé", username="zoe")])
    assert len(calls) == 2
    assert counts(import_job) == ("done", 1, 0, 0)


def test_bulk_changes_are_signalled_inside_the_transaction(school, class_6a, class_6b):
    heard = []

    def listener(school, pks, change, **kwargs):
        heard.append((school, len(pks), change, User.objects.filter(pk__in=pks).count()))

    people_changed.connect(listener)
    try:
        run(school, [student_row("Martin", "Zoé"), student_row("Petit", "Paul")])
        run(school, [student_row("Martin", "Zoé", "6B"), student_row("Petit", "Paul")])
    finally:
        people_changed.disconnect(listener)
    assert heard == [(school, 2, "created", 2), (school, 1, "updated", 1)]


def test_the_uploaded_file_goes_when_its_time_is_over(school, class_6a, settings):
    import_job = run(school, [student_row("Martin", "Zoé")])
    name, storage = import_job.file.name, import_job.file.storage
    clean_up()
    assert storage.exists(name)
    settings.IMPORT_FILE_DAYS = 0
    clean_up()
    assert not storage.exists(name)
    assert Import.objects.get().file == ""


@pytest.mark.parametrize(("fixture", "code"), [("class_6a", "unknown_class"), ("group_latin", "unknown_group")])
def test_what_is_deleted_between_check_and_writing_is_told(
    school, class_6a, group_latin, request, monkeypatch, fixture, code
):
    gone, real = request.getfixturevalue(fixture), pipeline.write

    def too_late(*args):
        type(gone).objects.filter(pk=gone.pk).delete()
        real(*args)

    monkeypatch.setattr(pipeline, "write", too_late)
    import_job = run(school, [student_row("Martin", "Zoé", groups="latin")])
    assert counts(import_job) == ("failed", 0, 0, 0)
    assert [problem.code for problem in import_job.problems.all()] == [code]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "zoe@École.fr"},
        {"last_name": "Ame\u200d\u0301lie"},
        {"last_name": "Le \u00a0 Goff"},
        {"last_name": "ﷺ" * 100},
        {"last_name": '"Zoé" & <Fils>', "first_name": "'Zoé"},
    ],
)
def test_what_is_imported_comes_back_from_an_export_unchanged(school, class_6a, fields):
    fields = {"last_name": "Martin", "first_name": "Zoé", "username": "zoe", **fields}
    assert counts(run(school, [student_row(**fields)])) == ("done", 1, 0, 0)
    exported = export.build(Student.objects.all(), "student")
    assert counts(run(school, [], content=exported)) == ("done", 0, 0, 1)


def test_somebody_in_very_many_groups_comes_back_from_an_export(school, class_6a):
    run(school, [student_row("Martin", "Zoé")])
    codes = [f"UN CODE TRENTE CARACTÈRES {number}" for number in range(10, 70)]
    Student.objects.get().groups.set([Group.objects.create(school=school, code=code) for code in codes])
    exported = export.build(Student.objects.all(), "student")
    assert counts(run(school, [], content=exported)) == ("done", 0, 0, 1)


def test_uploads_do_not_wait_for_an_import_that_writes(school, class_6a, monkeypatch):
    """Whatever is added to a school refers to it, and on PostgreSQL would wait for a lock on its key."""
    with CaptureQueriesContext(connection) as queries:
        run(school, [student_row("Martin", "Zoé")])
    locks = [query["sql"] for query in queries if "FOR " in query["sql"] and '"schools_school"' in query["sql"]]
    assert locks if connection.vendor == "postgresql" else not locks
    assert all("FOR NO KEY UPDATE" in lock for lock in locks)


def test_a_file_without_its_row_goes_after_a_day(school, class_6a):
    import_job = run(school, [student_row("Martin", "Zoé")])
    storage = import_job.file.storage
    for name, age in (("orphelin.xlsx", 2), ("en-route.xlsx", 0), ("autre.txt", 2)):
        storage.save(name, ContentFile(b"PK"))
        moment = time.time() - age * 24 * 3600
        os.utime(storage.path(name), (moment, moment))
    clean_up()
    assert set(storage.listdir("")[1]) == {import_job.file.name, "en-route.xlsx", "autre.txt"}


def test_what_a_constraint_refused_is_not_logged(school, class_6a, monkeypatch, caplog):
    def refused(*args):
        raise IntegrityError("Key (lower(username))=(zoe.martin) already exists.")

    monkeypatch.setattr(pipeline, "apply_plan", refused)
    assert run(school, [student_row("Martin", "Zoé")]).status == "failed"
    assert "unexpected IntegrityError" in caplog.text
    assert "zoe.martin" not in caplog.text


def test_a_deleted_school_takes_its_files_along(school, class_6a):
    import_job = run(school, [student_row("Martin", "Zoé", "9Z")])
    name, storage = import_job.file.name, import_job.file.storage
    assert storage.exists(name)
    school.delete()
    assert not storage.exists(name)


def test_no_copy_of_a_file_that_is_here(school, class_6a, monkeypatch):
    """A killed worker would leave it, with everybody's names."""
    monkeypatch.setattr(pipeline.tempfile, "NamedTemporaryFile", None)
    assert counts(run(school, [student_row("Martin", "Zoé")])) == ("done", 1, 0, 0)


def test_a_file_that_the_storage_holds_elsewhere(school, class_6a, settings):
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
    assert counts(run(school, [student_row("Martin", "Zoé")])) == ("done", 1, 0, 0)


def test_an_import_that_takes_too_long_says_what_to_do(school, class_6a, monkeypatch):
    def slow(*args, **kwargs):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(pipeline, "make_plan", slow)
    import_job = run(school, [student_row("Martin", "Zoé", password="Tapé-par-1-humain")])
    assert import_job.status == "failed"
    assert "Partagez la liste" in import_job.problems.get().message
    assert not Student.objects.exists()


@pytest.mark.parametrize("code", ["6A", "absent"])
def test_garbage_is_rarely_looked_for_during_an_import_only(school, class_6a, monkeypatch, code):
    seen, real, usual = [], pipeline.check, gc.get_threshold()
    monkeypatch.setattr(pipeline, "check", lambda *args: seen.append(gc.get_threshold()) or real(*args))
    run(school, [student_row("Martin", "Zoé", code)])
    assert seen[0][0] > usual[0]
    assert gc.get_threshold() == usual
