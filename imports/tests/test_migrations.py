from django.utils import timezone


def test_renamed_columns_keep_what_they_hold(migrated_to):
    old = migrated_to(("imports", "0005_forget_old_values"), ("schools", "0003_sort_and_search_keys"))
    moment = timezone.now()
    school = old.get_model("schools", "School").objects.create(code="S", name="S")
    waiting = old.get_model("imports", "Import").objects.create(
        school=school, kind="student", filename="liste.xlsx", announced_at=moment
    )
    old.get_model("imports", "ImportProblem").objects.create(batch=waiting, row=7, code="unknown_class", message="6Z")
    new = migrated_to(("imports", "0006_import_job_dispatched_at"))
    kept = new.get_model("imports", "Import").objects.get()
    problem = new.get_model("imports", "ImportProblem").objects.get()
    assert (kept.pk, kept.dispatched_at, problem.import_job_id, problem.row) == (waiting.pk, moment, kept.pk, 7)
