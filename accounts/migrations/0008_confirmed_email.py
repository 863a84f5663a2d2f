"""An e-mail of somebody who has rights is confirmed before it resets anything.

Those who administer the one school that could have typed their e-mail keep it as it is: nobody there gains by it.
Those with rights elsewhere confirm theirs.
"""

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef


def confirm_where_nobody_gains(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    Membership = apps.get_model("schools", "Membership")
    held = Membership.objects.filter(user=OuterRef("pk"))
    User.objects.filter(
        Exists(held), ~Exists(held.exclude(school=OuterRef("school"))), school__isnull=False, is_staff=False
    ).exclude(email="").update(confirmed_email=F("email"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_session"), ("schools", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="confirmed_email",
            field=models.EmailField(blank=True, default="", editable=False, max_length=254),
        ),
        migrations.RunPython(confirm_where_nobody_gains, migrations.RunPython.noop, elidable=True),
    ]
