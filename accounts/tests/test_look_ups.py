"""Looking for somebody reads an index, not everybody: what the databases themselves say they will do (EXPLAIN)."""

import re

import pytest
from django.db import connection
from django.forms import modelform_factory
from django.test.utils import CaptureQueriesContext

from accounts import selection, usernames
from accounts.admin import OperatorUserForm
from accounts.forms.people import PersonForm
from accounts.models import Student, User
from accounts.names import name_key
from imports.export import InitialPasswords
from imports.management.arguments import school_of
from imports.steps.person import Person
from imports.steps.plan import make_plan
from schools.access import administered_schools, school_or_404
from schools.models import Membership, School, SchoolClass

PLATFORM = 4000
# A whole table read, whatever its alias (SQLite); one of those that grow with the platform (PostgreSQL).
WHOLE_TABLE = {
    "sqlite": re.compile(r"\bSCAN (?!CONSTANT|\d|\(subquery|LIST)"),
    "postgresql": re.compile(r"Seq Scan on (accounts_user|schools_membership|schools_school)\b"),
}


@pytest.fixture
def platform(school, alice, class_6a):
    """Thousands of schools with a pupil and an administrator each, and statistics that say so; nobody waits for it."""
    schools = School.objects.bulk_create(
        School(code=f"school-{number}", name=f"School {number}") for number in range(PLATFORM)
    )
    classes = SchoolClass.objects.bulk_create(SchoolClass(school=each, code="6A", code_key="6a") for each in schools)
    pupils = User.objects.bulk_create(
        User(
            school_id=each.school_id,
            school_class=each,
            kind="student",
            last_name="Nom",
            first_name=f"Prénom {number}",
            name_key=name_key("Nom", f"Prénom {number}"),
            username=f"eleve.{number}",
            email=f"eleve.{number}@example.org" if number % 3 else "",
        )
        for number, each in enumerate(classes)
    )
    # Several each: of a small table, a database rightly reads the whole.
    Membership.objects.bulk_create(
        Membership(user=pupil, school=schools[(number + further) % PLATFORM])
        for number, pupil in enumerate(pupils)
        for further in range(10)
    )
    for number in range(20):
        Student.objects.create(
            school=school,
            school_class=class_6a,
            kind="student",
            last_name="Martin",
            first_name=f"Élève {number}",
            username=f"martin{number}",
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return pupils


def whole_tables(queries):
    """Return the lines of the databases' own plans that read a whole table, for captured `queries`."""
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    found = []
    for query in queries:
        if not query["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute(explain + query["sql"].replace("%", "%%"), [])
            lines = [str(row[-1]) for row in cursor.fetchall()]
        found += [(line, query["sql"]) for line in lines if WHOLE_TABLE[connection.vendor].search(line)]
    return found


def person(row, **values):
    school_class = values.pop("school_class", None)
    values = {"last_name": "Nom", "first_name": "Prénom 7", **values}
    return Person(row, values, name_key("Nom", "Prénom 7"), school_class, None)


def test_every_look_up_reads_an_index(platform, school, alice, class_6a):
    """The look-ups as the pages and the import make them, in the default choice of the database's planner."""
    operator_form = modelform_factory(User, OperatorUserForm, fields=["last_name", "first_name", "username", "email"])
    data = {"last_name": "Nom", "first_name": "Prénom", "school_class": class_6a.pk}
    look_ups = {
        "sign-in by identifiant": lambda: User.objects.with_login("Eleve.7").get(),
        "sign-in by e-mail": lambda: User.objects.with_login("Eleve.7@example.org").get(),
        "natural key": lambda: User.objects.get_by_natural_key("eleve.7@example.org"),
        "identifiants": lambda: list(User.objects.with_usernames(f"eleve.{number}" for number in range(5))),
        "e-mails": lambda: list(User.objects.with_emails(f"eleve.{number}@example.org" for number in range(5))),
        "free identifiants": lambda: usernames.taken([f"eleve.{number}" for number in range(5)]),
        "import": lambda: make_plan(
            school,
            "student",
            [
                person(2, username="eleve.7", school_class=class_6a.pk),
                person(3, email="eleve.8@example.org", school_class=class_6a.pk),
                person(4, school_class=class_6a.pk),
            ],
        ),
        "form of a person": lambda: PersonForm(
            {**data, "username": "Eleve.7", "email": "Eleve.8@example.org"}, school=school, kind="student"
        ).is_valid(),
        "form of the operator": lambda: operator_form(
            {**data, "username": "Eleve.7", "email": "Eleve.8@example.org"}
        ).is_valid(),
        "reach of one": lambda: platform[7].refusal_to(alice),
        "reach of a selection": lambda: list(school.people.within_reach_of(alice)),
        "held selection": lambda: selection.hold(school.people.within_reach_of(alice), "uid"),
        "out of reach": lambda: list(school.people.out_of_reach_of(alice)),
        "initial passwords": lambda: InitialPasswords(school.people.all(), alice),
        "school of an address": lambda: school_or_404(alice, school.code.lower()),
        "schools of somebody": lambda: list(administered_schools(alice)),
        "school of a command": lambda: school_of("School-7"),
        "schools of an order": lambda: list(School.objects.filter(code__lower__in={"school-7", "school-8"})),
    }
    read = {}
    for name, look_up in look_ups.items():
        with CaptureQueriesContext(connection) as queries:
            look_up()
        assert queries.captured_queries, name
        if found := whole_tables(queries.captured_queries):
            read[name] = found
    assert read == {}


def test_an_index_serves_values_that_are_bound_too(platform):
    """As the driver sends them: the index of e-mails, which leaves the empty ones out, is chosen none the less."""
    for queryset, index in (
        (User.objects.with_login("eleve.7@example.org"), "user_email_unique"),
        (User.objects.with_emails(["eleve.7@example.org", "eleve.8@example.org"]), "user_email_unique"),
        (User.objects.with_usernames(["eleve.7", "eleve.8"]), "user_username_unique"),
        (School.objects.filter(code__lower="school-7"), "school_code_unique"),
    ):
        assert index in queryset.order_by().explain()


def test_nobody_has_an_empty_email(zoe):
    assert not User.objects.with_emails(["", "nobody@example.org"]).exists()


def test_rights_beyond_are_those_of_each_account(school, other_school, alice, charlie, operator, bob):
    Membership.objects.create(user=bob, school=other_school)
    everybody = User.objects.all()
    beyond = set(everybody.out_of_reach_of(alice).filter(username__in=["alice", "bob", "charlie", "olga"]))
    assert {person.username for person in beyond} == {"bob", "charlie", "olga"}
    within = school.people.within_reach_of(alice)
    assert bob.pk not in within.values_list("pk", flat=True)
    Membership.objects.create(user=alice, school=other_school)
    assert within.filter(pk=bob.pk).exists()
