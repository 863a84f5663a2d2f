"""A typed initial password: a keyed digest beside its readable copy, Argon2id before that copy goes."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from accounts import expiry, selection, tasks, vault
from accounts.models import InitialCredential, User

TYPED = "Apolline-2026"
OLD, NEW = f"old:{'o' * 32}", f"new:{'n' * 32}"


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.CREDENTIAL_KEYS = OLD


@pytest.fixture
def typed(zoe):
    zoe.give_initial_password(TYPED)
    return zoe


def grow_old():
    InitialCredential.objects.update(created_at=timezone.now() - timedelta(days=365, seconds=1))


def password_of(person):
    return User.objects.get(pk=person.pk).password


def weak_digests_without_copy():
    return User.objects.filter(password__startswith="typed$", initial_credential=None)


def test_a_typed_password_becomes_argon2_when_its_copy_expires(typed):
    grow_old()
    assert password_of(typed).startswith("typed$old$")
    tasks.expire_initial_passwords()
    assert password_of(typed).startswith("argon2$argon2id$")
    assert not InitialCredential.objects.exists()
    assert authenticate(username=typed.username, password=TYPED)
    assert User.objects.get(pk=typed.pk).password_is_initial


def test_a_drawn_password_keeps_its_digest(zoe):
    grow_old()
    tasks.expire_initial_passwords()
    assert password_of(zoe).startswith("generated$old$")
    assert not InitialCredential.objects.exists()
    assert authenticate(username=zoe.username, password=zoe.initial_password)


def test_what_is_still_readable_stays(typed):
    tasks.expire_initial_passwords()
    assert password_of(typed).startswith("typed$old$")
    assert InitialCredential.objects.get().reveal() == TYPED


@pytest.mark.parametrize("damage", ["key", "copy", "digest"])
def test_what_cannot_be_opened_becomes_a_password_that_nobody_knows(typed, settings, caplog, damage):
    if damage == "key":
        settings.CREDENTIAL_KEYS = NEW
    elif damage == "copy":
        InitialCredential.objects.update(sealed="AAAA")
    else:
        User.objects.filter(pk=typed.pk).update(password=vault.digest("Autre-Secret-2", typed=True))
    grow_old()
    tasks.expire_initial_passwords()
    assert not InitialCredential.objects.exists()
    settings.CREDENTIAL_KEYS = f"{NEW},{OLD}"  # The key is found again.
    assert not weak_digests_without_copy().exists()
    assert authenticate(username=typed.username, password=TYPED) is None
    assert User.objects.get(pk=typed.pk).has_usable_password()  # “Mot de passe oublié” goes on working.
    assert f"initial password of {typed.pk} cannot be opened" in caplog.text


def test_batches_are_bounded_and_follow_each_other(school, zoe, class_6a, monkeypatch):
    for number in range(4):
        pupil = User.objects.create(
            school=school, kind="student", school_class=class_6a, username=f"p{number}", last_name="P", first_name="P"
        )
        pupil.give_initial_password(TYPED)
    grow_old()
    dispatched = []
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    monkeypatch.setattr(tasks.expire_initial_passwords, "apply_async", lambda **options: dispatched.append(options))
    tasks.expire_initial_passwords()
    assert (InitialCredential.objects.count(), len(dispatched)) == (2, 1)
    tasks.expire_initial_passwords()
    assert (InitialCredential.objects.count(), len(dispatched)) == (0, 1)
    assert not weak_digests_without_copy().exists()


def test_a_reset_or_a_sign_in_meanwhile_wins(typed):
    grow_old()
    stale = InitialCredential.objects.select_related("user").get()
    typed.give_initial_password("Nouveau-Secret-3")
    expiry.destroy(stale)
    assert password_of(typed).startswith("typed$")
    assert InitialCredential.objects.get().reveal() == "Nouveau-Secret-3"
    grow_old()
    stale = InitialCredential.objects.select_related("user").get()
    assert authenticate(username=typed.username, password="Nouveau-Secret-3")
    hashed = password_of(typed)
    expiry.destroy(stale)
    assert password_of(typed) == hashed
    assert not InitialCredential.objects.exists()


ACTS = {
    "reset with a typed one": lambda person, alice: person.give_initial_password("Nouveau-Secret-3"),
    "reset with a drawn one": lambda person, alice: person.give_initial_password(),
    "reset of a selection": lambda person, alice: selection.reset_passwords(
        person.school, person.school.people.filter(pk=person.pk), by=alice
    ),
    "personal password": lambda person, alice: person.choose_password("Vrai-Secret-9"),
    "set_password": lambda person, alice: (person.set_password("Vrai-Secret-9"), person.save()),
    "unusable": lambda person, alice: (person.set_unusable_password(), person.save()),
    "first sign-in": lambda person, alice: authenticate(username=person.username, password=TYPED),
    "expiry": lambda person, alice: (grow_old(), expiry.destroy_expired()),
    "deleted": lambda person, alice: person.delete(),
}


@pytest.mark.parametrize("act", ACTS)
def test_the_digest_never_outlives_the_copy(typed, alice, act):
    before = password_of(typed)
    ACTS[act](typed, alice)
    assert not weak_digests_without_copy().exists()
    assert not User.objects.filter(password=before).exists()
