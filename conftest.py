"""The fixed cast of the tests: Alice administers the school, Bob teaches in it, Charlie administers another."""

import sys

import pytest
from django.conf import settings as django_settings
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.hashers import PersonalPasswordHasher
from accounts.models import Student, Teacher, User
from accounts.recent_password import mark_password_typed
from schools.models import Group, Membership, School, SchoolClass

pytest_plugins = ["imports.tests.harness"]

PASSWORD = "Vrai-Secret-1"


class UndefinedVariable(str):
    """Django's `string_if_invalid`: fails where one of our own templates prints a variable that is not there."""

    def __contains__(self, text):
        return True  # Django looks for "%s", then formats us with the name of the variable.

    def __mod__(self, variable):
        caller = sys._getframe(1).f_locals
        context, filters = caller["context"], caller["self"].filters
        if filters and filters[0][0].__name__ == "default":
            return ""
        template = context.render_context.template or context.template
        if template and template.origin.name.startswith(str(django_settings.BASE_DIR / "templates")):
            pytest.fail(f"undefined template variable {variable!r} in {template.origin.name}")
        return ""


@pytest.fixture
def tried(request):
    """Note one line of the table that `make test-hard` prints: `tried(what, how_much, what_happened)`, in French."""
    return lambda *line: request.node.user_properties.append(("tried", f"| {' | '.join(map(str, line))} |"))


def pytest_terminal_summary(terminalreporter):
    # From the reports: the tests may have been played by other processes.
    ended = (report for reports in terminalreporter.stats.values() for report in reports)
    lines = [
        line
        for report in ended
        if getattr(report, "when", None) == "call"
        for name, line in report.user_properties
        if name == "tried"
    ]
    if lines:
        terminalreporter.section("ce qui a été tenté")
        terminalreporter.write_line("| essai | combien | ce qui s'est passé |\n|---|---|---|")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture
def migrated_to(transactional_db):
    """`migrated_to(("accounts", "0002_initial"), …)` goes to that state of the database and returns its apps.

    As `migrate` does, signals included: SQLite's triggers stand in the way of a rebuilt table. Everything is migrated
    again in the end.
    """

    def migrate(*targets):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(list(targets))
        emit_pre_migrate_signal(verbosity=0, interactive=False, db=connection.alias, plan=plan)
        executor.migrate(list(targets), plan)
        return MigrationExecutor(connection).loader.project_state(list(targets)).apps

    yield migrate
    migrate(*MigrationExecutor(connection).loader.graph.leaf_nodes())
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


@pytest.fixture(scope="session", autouse=True)
def undefined_template_variables_fail():
    django_settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable("undefined")


@pytest.fixture(autouse=True)
def light_argon2id(monkeypatch):
    """Argon2id all the same, without the memory and the time that make guessing slow."""
    monkeypatch.setattr(PersonalPasswordHasher, "time_cost", 1)
    monkeypatch.setattr(PersonalPasswordHasher, "memory_cost", 64)


@pytest.fixture(autouse=True)
def separate_files(settings, tmp_path):
    """Uploads and mails of a test stay its own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "uploads")},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def school(db):
    return School.objects.create(code="0750001A", name="Collège Jean-Moulin", city="Paris")


@pytest.fixture
def other_school(db):
    return School.objects.create(code="0690002B", name="Collège Louise-Michel", city="Lyon")


@pytest.fixture
def class_6a(school):
    return SchoolClass.objects.create(school=school, code="6A", name="Sixième A", level="6e")


@pytest.fixture
def class_6b(school):
    return SchoolClass.objects.create(school=school, code="6B", name="Sixième B", level="6e")


@pytest.fixture
def group_latin(school):
    return Group.objects.create(school=school, code="LATIN", name="Latin")


def administrator(school, username, last_name):
    user = User(username=username, last_name=last_name, first_name=username.capitalize())
    user.email = f"{username}@example.org"
    user.set_password(PASSWORD)
    user.save()
    Membership.objects.create(user=user, school=school)
    return user


@pytest.fixture
def alice(school):
    return administrator(school, "alice", "Admin")


@pytest.fixture
def charlie(other_school):
    return administrator(other_school, "charlie", "Chef")


@pytest.fixture
def bob(school):
    user = Teacher(
        school=school,
        kind="teacher",
        username="bob",
        last_name="Bonnet",
        first_name="Bob",
        email="bob@example.org",
    )
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def operator(db):
    return User.objects.create_superuser("olga", PASSWORD, last_name="Opératrice", first_name="Olga")


@pytest.fixture
def zoe(school, class_6a):
    """A pupil who still has her initial password, `zoe.initial_password`."""
    student = Student.objects.create(
        school=school,
        kind="student",
        school_class=class_6a,
        username="zoe.martin",
        last_name="Martin",
        first_name="Zoé",
    )
    student.initial_password = student.give_initial_password()
    return student


@pytest.fixture
def as_alice(client, alice):
    """Alice, who has just typed her password."""
    client.force_login(alice)
    session = client.session
    mark_password_typed(session)
    session.save()
    return client


@pytest.fixture
def as_bob(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def as_charlie(client, charlie):
    client.force_login(charlie)
    return client
