from django.db import migrations

FORGOTTEN = "Le détail de cette remarque a été effacé avec le fichier déposé."
IMPERSONAL = (
    "missing_value too_long invalid_email invalid_username weak_password missing_column duplicate_column too_large "
    "too_many_rows empty wrong_format encrypted unreadable interrupted unexpected merged_cells hidden_rows"
).split()


def forget(apps, schema_editor):
    """The workbooks of these imports are gone already: what was quoted of them goes too."""
    old = apps.get_model("imports", "ImportProblem").objects.filter(batch__file="", batch__finished_at__isnull=False)
    old.exclude(code__in=IMPERSONAL).update(value="", message=FORGOTTEN)
    old.filter(code__in=IMPERSONAL).update(value="")


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0004_turns"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop, elidable=True),
    ]
