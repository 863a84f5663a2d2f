import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_confirmed_email")]

    operations = [
        migrations.RenameModel("Letter", "Email"),
        migrations.AlterField(
            model_name="email",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="emails",
                to=settings.AUTH_USER_MODEL,
                verbose_name="personne",
            ),
        ),
        migrations.RenameIndex("email", new_name="email_due", old_name="letter_due"),
        migrations.RenameIndex("email", new_name="email_failed", old_name="letter_failed"),
        migrations.RenameIndex("email", new_name="email_finished", old_name="letter_finished"),
    ]
