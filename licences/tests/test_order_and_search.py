"""Lists of licences and textbooks: one order, one search."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Student
from accounts.names import name_key
from licences.isbn import with_whole_isbn
from licences.models import Licence, Textbook
from licences.orders import import_orders
from licences.seats import assign
from licences.tests.orders import order

BOOKS = (
    ("9782010000010", "Zoologie", "Éditions Ève", "SVT"),
    ("9782010000027", "anglais 10e", "hachette", "Langues"),
    ("9782010000034", "Économie", "Belin", "géographie"),
    ("9782010000041", "Anglais 9e", "Hachette", "langues"),
)
IN_ORDER = ["Anglais 9e", "anglais 10e", "Économie", "Zoologie"]


@pytest.fixture
def four(school):
    today = timezone.localdate()
    books = Textbook.objects.bulk_create(
        Textbook(isbn=isbn, title=title, publisher=publisher, subject=subject, url="https://x.example.org/")
        for isbn, title, publisher, subject in BOOKS
    )
    return Licence.objects.bulk_create(
        Licence(
            school=school,
            textbook=book,
            audience="student",
            seats=5,
            valid_from=today,
            valid_until=today + timedelta(days=9),
            order_reference=f"CMD-Été-{number}",
        )
        for number, book in enumerate(books)
    )


def titles(response):
    return [licence.textbook.title for licence in response.context["page"]]


@pytest.mark.parametrize("page", ["licence_list", "use_report"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", IN_ORDER),
        ("q=geographie", ["Économie"]),
        ("q=ECONOMIE+belin", ["Économie"]),
        ("q=editions+eve", ["Zoologie"]),
        ("q=cmd-ete-1", ["anglais 10e"]),
        ("q=9782010000034", ["Économie"]),
        ("q=978-2-01-000003-4", ["Économie"]),
        ("q=978 2 01 000003 4", ["Économie"]),
        ("q=2-01-000003-7", ["Économie"]),
        ("q=978-2-01-000003", ["Économie"]),
        ("q=978-2-01", IN_ORDER),
        ("q=978-3", []),
    ],
)
def test_licences_and_their_use(as_alice, school, four, page, query, expected):
    assert titles(as_alice.get(reverse(page, args=[school.code]) + "?" + query)) == expected


def test_subjects_are_offered_in_order(as_alice, school, four):
    form = as_alice.get(reverse("licence_list", args=[school.code])).context["filters"]
    assert [subject for subject, _ in form.fields["matiere"].choices] == ["", "géographie", "Langues", "langues", "SVT"]


def test_the_report_of_use_is_in_order(as_alice, school, four):
    answer = as_alice.get(reverse("use_report_export", args=[school.code]))
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == IN_ORDER


def test_the_books_of_a_pupil_are_in_order(client, as_alice, school, four, zoe):
    for licence in four:
        assign(licence, [zoe])
    page = as_alice.get(zoe.get_absolute_url()).text
    assert sorted(IN_ORDER, key=page.index) == IN_ORDER
    client.force_login(zoe)
    shown = [each.licence.textbook.title for each in client.get(reverse("my_textbooks")).context["assignments"]]
    assert shown == ["Économie", "Anglais 9e", "anglais 10e", "Zoologie"]  # By subject first.


def test_as_many_as_fit_are_the_first_of_the_list(school, class_6a, make_licence):
    names = ["MARTINEZ", "Martine", "MARTIN DUPONT", "MARTIN", "Éluard"]
    people = Student.objects.bulk_create(
        Student(
            school=school,
            kind="student",
            school_class=class_6a,
            username=f"u{number}",
            last_name=name,
            first_name="X",
            name_key=name_key(name, "X"),
        )
        for number, name in enumerate(names)
    )
    licence = make_licence(seats=3)
    assign(licence, people, shortage="fit")
    served = licence.assignments.order_by("user__name_key").values_list("user__last_name", flat=True)
    assert list(served) == ["Éluard", "MARTIN", "MARTIN DUPONT"]


def test_an_order_that_corrects_a_title_corrects_its_keys(school):
    assert not import_orders(order({"Titre": "Ancien titre"})).problems
    assert not import_orders(order({"Titre": "Éveil 10"})).problems
    book = Textbook.objects.get()
    assert (book.title_sort, book.search_key.startswith("eveil 10")) == ("eveil 210", True)


def test_the_operators_lists(client, operator, four):
    client.force_login(operator)

    def shown(page, **query):
        return client.get(reverse(f"admin:licences_{page}_changelist"), query).context["cl"].result_list

    assert [book.title for book in shown("textbook")] == IN_ORDER
    assert [book.title for book in shown("textbook", o="2")] == ["Économie", "Zoologie", "Anglais 9e", "anglais 10e"]
    assert [book.title for book in shown("textbook", q="ecònomie")] == ["Économie"]
    assert [book.title for book in shown("textbook", q="978 2 01 000003 4")] == ["Économie"]
    assert [licence.textbook.title for licence in shown("licence")] == IN_ORDER
    assert [licence.textbook.title for licence in shown("licence", q="jean moulin geographie")] == ["Économie"]
    assert [licence.textbook.title for licence in shown("licence", q="cmd-ete-0")] == ["Zoologie"]
    filters = client.get(reverse("admin:licences_textbook_changelist")).context["cl"].filter_specs
    assert filters[0].lookup_choices == ["géographie", "Langues", "langues", "SVT"]
    assert filters[2].lookup_choices == ["Belin", "Éditions Ève", "Hachette", "hachette"]


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("6e 2", "6e 2"),
        ("maths 978-2-01-000003-4 belin", "maths 9782010000034 belin"),
        ("2 01 000003 X", "201000003"),
        ("1 2 3", "1 2 3"),
        ("CMD-2026-0012", "CMD-2026-0012"),
    ],
)
def test_isbn_as_people_write_them(typed, searched):
    assert with_whole_isbn(typed) == searched


def test_the_catalogue_is_read_in_the_order_of_its_index(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Textbook.objects.all().explain()
    assert "textbook_title_sort" in plan
    assert "TEMP B-TREE" not in plan


def test_keys_of_what_was_there_are_filled(migrated_to):
    old = migrated_to(("licences", "0002_textbook_url_https"), ("schools", "0002_french_labels"))
    today = timezone.localdate()
    school = old.get_model("schools", "School").objects.create(code="A", name="École 10", city="Évreux")
    for number in range(3):
        old.get_model("schools", "SchoolClass").objects.create(
            school=school, code=f"6È{number}", code_key=f"6è{number}"
        )
    old.get_model("schools", "Group").objects.create(school=school, code="ÉCHECS", code_key="échecs", name="Été")
    book = old.get_model("licences", "Textbook").objects.create(isbn="9782011000019", title="Été 2", subject="Géo")
    old.get_model("licences", "Licence").objects.create(
        school=school,
        textbook=book,
        audience="student",
        seats=5,
        valid_from=today,
        valid_until=today,
        order_reference="Cde-É-3",
    )
    new = migrated_to(("licences", "0003_sort_and_search_keys"), ("schools", "0003_sort_and_search_keys"))
    school = new.get_model("schools", "School").objects.get()
    assert (school.name_sort, school.city_sort, school.search_key) == ("ecole 210", "evreux", "a ecole 10 evreux")
    classes = new.get_model("schools", "SchoolClass").objects
    assert list(classes.order_by("code_sort").values_list("code_sort", flat=True)) == ["16e10", "16e11", "16e12"]
    assert new.get_model("schools", "Group").objects.get().search_key == "echecs ete"
    book = new.get_model("licences", "Textbook").objects.get()
    assert (book.title_sort, book.subject_sort, book.search_key) == ("ete 12", "geo", "ete 2 geo 9782011000019")
    licence = new.get_model("licences", "Licence").objects.get()
    assert (licence.order_sort, licence.search_key, licence.seats) == ("cde e 13", "cde e 3", 5)
