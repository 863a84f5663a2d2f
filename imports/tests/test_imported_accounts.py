"""Which accounts an import created and changed, with what they were before: printed slips and undo stand on it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Student, Teacher, User
from accounts.recent_password import mark_password_typed
from imports.models import Import, ImportedAccount
from imports.pipeline import process
from imports.tasks import clean_up
from imports.tests.sheets import deposit, student_row

pytestmark = pytest.mark.django_db


def run(school, rows, **options):
    import_job = deposit(school, rows, **options)
    process(import_job.pk)
    import_job.refresh_from_db()
    return import_job


def noted(import_job):
    """Return {identifiant: what was before}."""
    return dict(import_job.imported_accounts.values_list("user__username", "before"))


def test_those_created_and_those_changed(school, class_6a, class_6b, group_latin, zoe):
    zoe.groups.add(group_latin)
    Student.objects.create(
        school=school, kind="student", school_class=class_6a, username="stays", last_name="Roy", first_name="Rose"
    )
    rows = [
        student_row("MARTIN-Dupré", "Zoé", "6B", username="zoe.martin", email="zoe@example.org", groups="6e"),
        student_row("Roy", "Rose"),
        student_row("Petit", "Paul"),
    ]
    school.group_set.create(code="6e", code_key="6e")
    import_job = run(school, rows)
    assert import_job.result_sentence() == "1 compte créé, 1 modifié, 1 inchangé"
    assert noted(import_job) == {
        "paul.petit": None,
        "zoe.martin": {"last_name": "Martin", "school_class": class_6a.pk, "email": "", "groups": [group_latin.pk]},
    }
    assert [each.user.username for each in import_job.imported_accounts.created()] == ["paul.petit"]
    assert [each.user.username for each in import_job.imported_accounts.changed()] == ["zoe.martin"]


def test_an_administrator_who_becomes_a_teacher_had_no_kind(school, alice):
    row = [alice.last_name, alice.first_name, None, alice.email, None, None, None, None]
    import_job = run(school, [row], kind="teacher")
    assert noted(import_job) == {"alice": {"kind": "", "school": None}}
    assert Teacher.objects.get() == User.objects.get(pk=alice.pk)


@pytest.mark.parametrize(("code", "mode", "status"), [("9Z", "import", "failed"), ("6A", "check", "done")])
def test_nothing_of_what_was_not_done(school, class_6a, code, mode, status):
    import_job = run(school, [student_row("Petit", "Paul"), student_row("Roy", "Rose", code)], mode=mode)
    assert import_job.status == status
    assert not ImportedAccount.objects.exists()


def test_it_goes_with_the_uploaded_file(school, class_6a, class_6b, zoe):
    import_job = run(school, [student_row("Petit", "Paul"), student_row("Martin", "Zoé", "6B", username="zoe.martin")])
    later = run(school, [student_row("Grand", "Guy")])
    Import.objects.filter(pk=import_job.pk).update(finished_at=timezone.now() - timedelta(days=31))
    clean_up()
    assert noted(import_job) == {}
    assert len(noted(later)) == 1


def test_it_goes_with_the_account_and_with_the_import(school, class_6a, operator, client):
    rows = [student_row("Petit", "Paul"), student_row("Roy", "Rose"), student_row("Grand", "Guy")]
    import_job = run(school, rows)
    Student.objects.filter(username="paul.petit").delete()
    rose = Student.objects.get(username="rose.roy")
    client.force_login(operator)
    mark_password_typed(session := client.session)
    session.save()
    response = client.post(f"/operateur/accounts/user/{rose.pk}/delete/", {"post": "yes"})
    assert response.status_code == 302
    assert set(noted(import_job)) == {"guy.grand"}
    import_job.delete()
    assert not ImportedAccount.objects.exists()
    assert Student.objects.count() == 1
