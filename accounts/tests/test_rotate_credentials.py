from io import StringIO

import pytest
from django.contrib.auth import authenticate, get_user
from django.core.management import call_command

from accounts import vault
from accounts.management.commands import rotate_credentials
from accounts.models import InitialCredential, Student, User
from conftest import PASSWORD

OLD, NEW = f"old:{'o' * 32}", f"new:{'n' * 32}"


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.CREDENTIAL_KEYS = OLD


@pytest.fixture
def pupils(school, class_6a):
    pupils = [
        Student.objects.create(
            school=school, kind="student", school_class=class_6a, username=f"p{n}", last_name="P", first_name="P"
        )
        for n in range(7)
    ]
    for pupil in pupils:
        pupil.initial_password = pupil.give_initial_password()
    return pupils


def rotate(settings, keys=f"{NEW},{OLD}"):
    settings.CREDENTIAL_KEYS = keys
    output = StringIO()
    call_command("rotate_credentials", stdout=output)
    return output.getvalue()


def test_everything_moves_to_the_new_key(settings, pupils, monkeypatch):
    monkeypatch.setattr(rotate_credentials, "AT_ONCE", 3)
    report = rotate(settings)
    assert "Mots de passe initiaux passés à la clé « new » : 7." in report
    assert "Les autres clés ne servent plus" in report
    settings.CREDENTIAL_KEYS = NEW
    for credential in InitialCredential.objects.select_related("user"):
        pupil = pupils[[p.pk for p in pupils].index(credential.user_id)]
        assert credential.key_id == "new"
        assert credential.reveal() == pupil.initial_password
        assert credential.user.password.startswith("generated$new$")
    assert authenticate(username="p3", password=pupils[3].initial_password) == User.objects.get(username="p3")


def test_second_time_changes_nothing(settings, pupils):
    rotate(settings)
    before = list(InitialCredential.objects.values()), list(User.objects.values("password"))
    assert "Mots de passe initiaux passés à la clé « new » : 0." in rotate(settings)
    assert (list(InitialCredential.objects.values()), list(User.objects.values("password"))) == before


def test_a_copy_that_expired_leaves_its_account_on_the_old_key(settings, pupils):
    pupils[0].initial_credential.delete()
    report = rotate(settings)
    assert "Comptes qui dépendent encore de la clé « old » : 1. Gardez-la" in report
    assert "Les autres clés ne servent plus" not in report
    assert authenticate(username="p0", password=pupils[0].initial_password)
    # The first sign-in frees it.
    assert "Les autres clés ne servent plus" in rotate(settings)


def test_typed_initial_passwords_move_too_and_personal_ones_keep_their_hash(settings, pupils):
    pupils[0].give_initial_password("Apolline-2026")
    pupils[1].choose_password(PASSWORD)
    personal = User.objects.get(pk=pupils[1].pk).password
    rotate(settings)
    assert User.objects.get(pk=pupils[1].pk).password == personal
    settings.CREDENTIAL_KEYS = NEW
    assert User.objects.get(pk=pupils[0].pk).password.startswith("typed$new$")
    assert InitialCredential.objects.get(user=pupils[0]).reveal() == "Apolline-2026"
    assert authenticate(username="p0", password="Apolline-2026")


def test_the_key_of_a_typed_digest_is_still_needed(settings, pupils):
    pupils[0].give_initial_password("Apolline-2026")
    assert "Comptes qui dépendent encore de la clé « old » : 7." in rotate(settings, keys=NEW)


def test_unreadable_copies_are_counted_and_left(settings, pupils):
    before = list(InitialCredential.objects.values())
    report = rotate(settings, keys=NEW)
    assert "Copies illisibles, dont la clé n'est plus dans CREDENTIAL_KEYS : 7." in report
    assert "Comptes qui dépendent encore de la clé « old » : 7." in report
    assert list(InitialCredential.objects.values()) == before


def test_nobody_is_logged_out(client, settings, pupils, bob):
    """Neither by a new credential key nor by a new SECRET_KEY whose former value is a fallback."""
    for username, password in (("p0", pupils[0].initial_password), ("bob", PASSWORD)):
        client.post("/connexion/", {"username": username, "password": password})
        assert get_user(client).username == username
        rotate(settings)
        settings.CREDENTIAL_KEYS = NEW
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = username.ljust(60, "s"), [settings.SECRET_KEY]
        assert client.get("/mot-de-passe/changer/").status_code == 200
        assert get_user(client).username == username
        client.post("/deconnexion/")
        settings.CREDENTIAL_KEYS = f"{NEW},{OLD}"


def test_key_of_a_new_secret(settings, client, bob):
    """The counter-proof: without the fallback, the session ends."""
    client.post("/connexion/", {"username": "bob", "password": PASSWORD})
    settings.SECRET_KEY = "s" * 60
    assert not get_user(client).is_authenticated


def test_active_key_is_the_first(settings):
    settings.CREDENTIAL_KEYS = f"{NEW}, {OLD}"
    assert vault.active_key_id() == "new"
