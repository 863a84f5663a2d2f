import schools.fields
from django.db import migrations, models


def fill(apps, schema_editor):
    for name in ("Textbook", "Licence"):
        rows = apps.get_model("licences", name)._base_manager.using(schema_editor.connection.alias).all()
        schools.fields.fill_keys(rows)


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0002_textbook_url_https"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="licence",
            options={"ordering": ["textbook__title_sort", "audience", "valid_until", "pk"]},
        ),
        migrations.AlterModelOptions(
            name="textbook",
            options={
                "ordering": ["title_sort", "pk"],
                "verbose_name": "manuel numérique",
                "verbose_name_plural": "manuels numériques",
            },
        ),
        migrations.AddField(
            model_name="licence",
            name="order_sort",
            field=schools.fields.SortKeyField("order_reference", default="", editable=False, max_length=120),
        ),
        migrations.AddField(
            model_name="licence",
            name="search_key",
            field=schools.fields.SearchKeyField("order_reference", default="", editable=False, max_length=600),
        ),
        migrations.AddField(
            model_name="textbook",
            name="level_sort",
            field=schools.fields.SortKeyField("level", default="", editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name="textbook",
            name="publisher_sort",
            field=schools.fields.SortKeyField("publisher", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="textbook",
            name="search_key",
            field=schools.fields.SearchKeyField(
                "title", "publisher", "subject", "level", "isbn", default="", editable=False, max_length=600
            ),
        ),
        migrations.AddField(
            model_name="textbook",
            name="subject_sort",
            field=schools.fields.SortKeyField("subject", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="textbook",
            name="title_sort",
            field=schools.fields.SortKeyField("title", default="", editable=False, max_length=200),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="textbook",
            index=models.Index(fields=["title_sort"], name="textbook_title_sort"),
        ),
    ]
