from django.db import migrations, models
import django.core.validators

MAX_SEATS = 1_000_000


def bring_into_bounds(apps, schema_editor):
    """Such a row stopped the dashboard of its school: no order is as large, it was a slip of the finger."""
    apps.get_model("licences", "Licence").objects.filter(seats__gt=MAX_SEATS).update(seats=MAX_SEATS)


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0003_sort_and_search_keys"),
    ]

    operations = [
        migrations.AlterField(
            model_name="licence",
            name="seats",
            field=models.PositiveIntegerField(
                verbose_name="achetées",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(MAX_SEATS),
                ],
            ),
        ),
        migrations.RunPython(bring_into_bounds, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="licence",
            constraint=models.CheckConstraint(
                condition=models.Q(("seats__lte", MAX_SEATS)),
                name="licence_seats_bounded",
                violation_error_message="Une licence compte au plus 1000000 places.",
            ),
        ),
    ]
