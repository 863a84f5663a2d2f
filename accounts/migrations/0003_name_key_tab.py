from django.db import migrations

import schools.fields
from accounts.names import name_key

CHUNK = 2000


def recompute(apps, schema_editor):
    """Fill `name_key` as accounts are compared now; a million accounts never stand in memory."""
    people = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias).order_by("pk")
    table = schema_editor.quote_name(people.model._meta.db_table)
    last = 0
    while rows := people.filter(pk__gt=last).values_list("pk", "last_name", "first_name", "name_key")[:CHUNK]:
        changed = [
            (key, pk) for pk, last_name, first_name, old in rows if (key := name_key(last_name, first_name)) != old
        ]
        with schema_editor.connection.cursor() as cursor:
            if schema_editor.connection.vendor == "postgresql":  # One statement instead of 2000.
                cursor.execute(
                    f"UPDATE {table} AS person SET name_key = new.key "  # noqa: S608
                    "FROM unnest(%s::text[], %s::bigint[]) AS new(key, id) WHERE new.id = person.id",
                    [[key for key, _ in changed], [pk for _, pk in changed]],
                )
            else:
                cursor.executemany(f"UPDATE {table} SET name_key = %s WHERE id = %s", changed)  # noqa: S608
        last = rows[len(rows) - 1][0]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial")]

    operations = [
        migrations.AlterField("user", "name_key", schools.fields.KeyField(editable=False, max_length=420)),
        migrations.RunPython(recompute, migrations.RunPython.noop),
    ]
