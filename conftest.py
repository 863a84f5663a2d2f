"""The fixed cast of the tests: Alice administers the school, Bob teaches in it, Charlie administers another."""

import pytest

from accounts.models import Student, Teacher, User
from schools.models import Group, Membership, School, SchoolClass

pytest_plugins = ["imports.tests.harness"]

PASSWORD = "Vrai-Secret-1"


@pytest.fixture(autouse=True)
def separate_files(settings, tmp_path):
    """Uploads and mails of a test stay in its own folder."""
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
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def as_charlie(client, charlie):
    client.force_login(charlie)
    return client
