import schools.fields
from django.db import migrations, models


def fill(apps, schema_editor):
    for name in ("School", "SchoolClass", "Group"):
        rows = apps.get_model("schools", name)._base_manager.using(schema_editor.connection.alias).all()
        schools.fields.fill_keys(rows)


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0002_french_labels"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="group",
            options={"ordering": ["code_sort", "pk"], "verbose_name": "groupe"},
        ),
        migrations.AlterModelOptions(
            name="school",
            options={"ordering": ["name_sort", "pk"], "verbose_name": "établissement"},
        ),
        migrations.AlterModelOptions(
            name="schoolclass",
            options={"ordering": ["code_sort", "pk"], "verbose_name": "classe"},
        ),
        migrations.AddField(
            model_name="group",
            name="code_sort",
            field=schools.fields.SortKeyField("code", default="", editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name="group",
            name="name_sort",
            field=schools.fields.SortKeyField("name", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="group",
            name="search_key",
            field=schools.fields.SearchKeyField("code", "name", default="", editable=False, max_length=600),
        ),
        migrations.AddField(
            model_name="school",
            name="city_sort",
            field=schools.fields.SortKeyField("city", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="school",
            name="name_sort",
            field=schools.fields.SortKeyField("name", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="school",
            name="search_key",
            field=schools.fields.SearchKeyField("code", "name", "city", default="", editable=False, max_length=600),
        ),
        migrations.AddField(
            model_name="schoolclass",
            name="code_sort",
            field=schools.fields.SortKeyField("code", default="", editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name="schoolclass",
            name="level_sort",
            field=schools.fields.SortKeyField("level", default="", editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name="schoolclass",
            name="name_sort",
            field=schools.fields.SortKeyField("name", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="schoolclass",
            name="search_key",
            field=schools.fields.SearchKeyField("code", "name", "level", default="", editable=False, max_length=600),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="group",
            index=models.Index(fields=["school", "code_sort"], name="group_code_sort"),
        ),
        migrations.AddIndex(
            model_name="school",
            index=models.Index(fields=["name_sort"], name="school_name_sort"),
        ),
        migrations.AddIndex(
            model_name="schoolclass",
            index=models.Index(fields=["school", "code_sort"], name="class_code_sort"),
        ),
    ]
