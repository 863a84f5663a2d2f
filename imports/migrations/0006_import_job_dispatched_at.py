from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Django keeps the indexes under their old columns: they go, and come back."""

    dependencies = [
        ("imports", "0005_forget_old_values"),
    ]

    operations = [
        migrations.RemoveIndex("import", "import_queue"),
        migrations.RemoveIndex("importproblem", "problem_in_order"),
        migrations.RenameField("importproblem", "batch", "import_job"),
        migrations.RenameField("import", "announced_at", "dispatched_at"),
        migrations.AddIndex(
            "import",
            models.Index(fields=["dispatched_at"], condition=Q(status__in=["pending", "running"]), name="import_queue"),
        ),
        migrations.AddIndex(
            "importproblem",
            models.Index(fields=["import_job", "severity", "row", "id"], name="problem_in_order"),
        ),
    ]
