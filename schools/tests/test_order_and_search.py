"""Lists of classes, groups and schools: one order, one search; the keys behind them follow whatever is written."""

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from accounts.models import User
from schools.fields import KeyField, keys_of
from schools.models import Group, Membership, School, SchoolClass


def codes(response):
    return [row.code for row in response.context["page"]]


@pytest.fixture
def listed(school):
    for code, name, level in (("10", "Sixième A", "6e"), ("2", "anglais", "10e"), ("1", "Économie", "6E")):
        SchoolClass.objects.create(school=school, code=code, name=name, level=level)
    for code, name in (
        ("THÉÂTRE", "Le mardi"),
        ("échecs", "L'après-midi"),
        ("CHORALE", ""),
        ("Latin 10", ""),
        ("Latin 9", ""),
    ):
        Group.objects.create(school=school, code=code, name=name)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["1", "2", "10"]),
        ("tri=-code", ["10", "2", "1"]),
        ("tri=nom", ["2", "1", "10"]),
        ("tri=niveau", ["1", "10", "2"]),
        ("q=sixieme", ["10"]),
        ("q=SIXIÈME+a", ["10"]),
        ("q=economie", ["1"]),
        ("q=6e", ["1", "10"]),
        ("q=-", ["1", "2", "10"]),
        ("q=%25", []),
    ],
)
def test_classes(as_alice, school, listed, query, expected):
    assert codes(as_alice.get(reverse("class_list", args=[school.code]) + "?" + query)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["CHORALE", "échecs", "Latin 9", "Latin 10", "THÉÂTRE"]),
        ("q=theatre", ["THÉÂTRE"]),
        ("q=ECHECS", ["échecs"]),
        ("q=l’apres-midi", ["échecs"]),
        ("q=après+l'", ["échecs"]),
    ],
)
def test_groups(as_alice, school, listed, query, expected):
    assert codes(as_alice.get(reverse("group_list", args=[school.code]) + "?" + query)) == expected


def test_choices_stand_in_the_same_order(as_alice, school, listed, zoe):
    page = as_alice.get(reverse("student_list", args=[school.code]))
    form = page.context["filters"]
    assert [code for code, _ in form.fields["classe"].choices] == ["", "1", "2", "6A", "10"]
    assert [code for code, _ in form.fields["groupe"].choices][1:3] == ["CHORALE", "échecs"]
    page = as_alice.get(reverse("class_list", args=[school.code]))
    assert [level for level, _ in page.context["filters"].fields["niveau"].choices] == ["", "6E", "6e", "10e"]
    page = as_alice.get(reverse("student_edit", args=[school.code, zoe.pk]))
    assert [each.code for each in page.context["form"].fields["groups"].queryset][-1] == "THÉÂTRE"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Collège Jean-Moulin", "école Pasteur", "Lycée 2", "Lycée 10"]),
        ("tri=ville", ["Collège Jean-Moulin", "Lycée 2", "Lycée 10", "école Pasteur"]),
        ("q=ECOLE", ["école Pasteur"]),
        ("q=saint+etienne", ["Lycée 10"]),
        ("q=0750001a", ["Collège Jean-Moulin"]),
    ],
)
def test_schools(as_alice, alice, school, query, expected):
    School.objects.filter(pk=school.pk).update(city="Agde")
    for code, name, city in (
        ("L10", "Lycée 10", "Saint-Étienne"),
        ("L2", "Lycée 2", "Évreux"),
        ("P", "école Pasteur", "Ys"),
    ):
        Membership.objects.create(user=alice, school=School.objects.create(code=code, name=name, city=city))
    assert [row.name for row in as_alice.get(reverse("school_list") + "?" + query).context["page"]] == expected


@pytest.fixture
def as_operator(client, operator):
    client.force_login(operator)
    return client


def test_the_operators_lists(as_operator, school, listed):
    School.objects.create(code="X", name="École élémentaire")
    School.objects.create(code="y", name="Zola")

    def shown(page, **query):
        return [
            str(row) for row in as_operator.get(reverse(f"admin:{page}_changelist"), query).context["cl"].result_list
        ]

    assert shown("schools_school") == ["Collège Jean-Moulin", "École élémentaire", "Zola"]
    assert shown("schools_school", o="-2") == ["Zola", "École élémentaire", "Collège Jean-Moulin"]
    assert shown("schools_school", o="1") == ["Collège Jean-Moulin", "École élémentaire", "Zola"]
    assert shown("schools_school", q="elementaire") == ["École élémentaire"]
    assert shown("schools_schoolclass") == ["1", "2", "10"]
    assert shown("schools_schoolclass", q="jean moulin sixieme") == ["10"]
    assert shown("schools_schoolclass", o="2") == ["2", "1", "10"]
    assert shown("schools_group", q="theatre") == ["THÉÂTRE"]
    found = as_operator.get(
        reverse("admin:autocomplete"),
        {"term": "ELEMENTAIRE", "app_label": "schools", "model_name": "membership", "field_name": "school"},
    )
    assert [each["text"] for each in found.json()["results"]] == ["École élémentaire"]


def test_the_operators_list_of_accounts(as_operator, school):
    for number, (last_name, username) in enumerate((("Éluard", "b"), ("eluard dupont", "A"), ("ELUARDE", "c"))):
        User.objects.create(username=username, last_name=last_name, first_name="X", email=f"{number}@x.fr")

    def shown(**query):
        page = as_operator.get(reverse("admin:accounts_user_changelist"), {"q": "eluard", **query})
        return [row.last_name for row in page.context["cl"].result_list]

    assert shown() == ["Éluard", "eluard dupont", "ELUARDE"]
    assert shown(o="-1") == ["ELUARDE", "eluard dupont", "Éluard"]
    assert shown(o="3") == ["eluard dupont", "Éluard", "ELUARDE"]
    assert shown(q="ÉLUARD 0@X.fr") == ["Éluard"]
    School.objects.filter(pk=school.pk).update(name="Collège Éluard")
    User.objects.create(username="z", kind="teacher", school=school, last_name="Zola", first_name="X")
    assert "Zola" in shown(q="college eluard")


def test_keys_follow_whatever_writes(school):
    def keys(row):
        row = type(row).objects.get(pk=row.pk)
        return row.code_sort, row.name_sort, row.level_sort, row.search_key

    row, other = SchoolClass.objects.bulk_create(
        SchoolClass(school=school, code=code, code_key=code.casefold(), name="Été", level="6e") for code in ("6È", "B")
    )
    assert keys(row) == ("16e", "ete", "16e", "6e ete 6e")
    row.name = "Ça"
    row.save(update_fields=["name"])
    assert keys(row) == ("16e", "ca", "16e", "6e ca 6e")
    row.code = "6.1"
    row.save(update_fields=["code"])
    assert keys(row) == ("16 11", "ca", "16e", "6 1 ca 6e")
    row.level = "Été"
    SchoolClass.objects.bulk_update([row], ["level"])
    assert keys(row) == ("16 11", "ca", "ete", "6 1 ca ete")
    # The rows are not those of the filter any more once they are written.
    assert SchoolClass.objects.filter(name="Ça").update(name="Là") == 1
    assert keys(row) == ("16 11", "la", "ete", "6 1 la ete")
    assert keys(other) == ("b", "ete", "16e", "b ete 6e")


def test_the_longest_texts_keep_keys_that_fit(school):
    row = SchoolClass.objects.create(school=school, code="ﷺ" * 30, code_key="x", name="ﷺ" * 100, level="1a" * 15)
    row.refresh_from_db()
    for key in keys_of(SchoolClass):
        assert len(getattr(row, key.name)) <= key.max_length


def test_every_key_is_compared_byte_by_byte(db):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite does so by itself")
    keys = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, KeyField)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE collation_name = 'C'")
        assert keys <= set(cursor.fetchall())


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda school: school.schoolclass_set.all(), "class_code_sort"),
        (lambda school: school.group_set.all(), "group_code_sort"),
        (lambda school: School.objects.all(), "school_name_sort"),
    ],
)
def test_lists_are_read_in_the_order_of_an_index(school, rows, index):
    for model in (SchoolClass, Group):
        model.objects.bulk_create(
            model(school=school, code=f"C{number}", code_key=f"c{number}") for number in range(300)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            # A few hundred rows are sorted as fast: what counts is that the index can.
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
            )
    plan = rows(school).explain()
    assert index in plan
    assert "TEMP B-TREE" not in plan
