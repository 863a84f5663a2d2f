import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts import vault
from accounts.hashers import GeneratedPasswordHasher, TypedPasswordHasher
from accounts.models import InitialCredential, Student

OLD, NEW = f"old:{'o' * 32}", f"new:{'n' * 32}"


def test_round_trip(zoe):
    assert InitialCredential.objects.get().reveal() == zoe.initial_password


def test_same_password_twice_looks_different():
    assert vault.seal("Secret-1", bound_to=b"a") != vault.seal("Secret-1", bound_to=b"a")
    assert vault.digest("Secret-1") != vault.digest("Secret-1")


def test_password_is_not_in_the_row(zoe):
    credential = InitialCredential.objects.get()
    assert zoe.initial_password.encode() not in base64.b64decode(credential.sealed)


def test_moved_to_another_account(zoe, class_6a):
    """Whoever can write the table cannot read one pupil's password through another's account."""
    leo = Student.objects.create(
        school=zoe.school, kind="student", school_class=class_6a, username="leo", last_name="L", first_name="L"
    )
    InitialCredential.objects.update(user=leo)
    with pytest.raises(vault.Unreadable):
        InitialCredential.objects.get(user=leo).reveal()


@pytest.mark.parametrize("place", [0, 11, 12, -1])
def test_tampering(place):
    key_id, sealed = vault.seal("Secret-1", bound_to=b"a")
    raw = bytearray(base64.b64decode(sealed))
    raw[place] ^= 1
    with pytest.raises(vault.Unreadable):
        vault.unseal(key_id, base64.b64encode(raw).decode(), bound_to=b"a")


@pytest.mark.parametrize("sealed", ["", "AAAA", "pas du base64 !", "é", "A"])
def test_damaged(sealed):
    with pytest.raises(vault.Unreadable):
        vault.unseal(vault.active_key_id(), sealed, bound_to=b"a")


def test_unknown_key(settings):
    settings.CREDENTIAL_KEYS = OLD
    key_id, sealed = vault.seal("Secret-1", bound_to=b"a")
    encoded = vault.digest("Secret-1")
    settings.CREDENTIAL_KEYS = NEW
    with pytest.raises(vault.Unreadable):
        vault.unseal(key_id, sealed, bound_to=b"a")
    assert not vault.digest_matches("Secret-1", encoded)


def test_same_name_other_secret(settings):
    settings.CREDENTIAL_KEYS = OLD
    key_id, sealed = vault.seal("Secret-1", bound_to=b"a")
    settings.CREDENTIAL_KEYS = f"old:{'x' * 32}"
    with pytest.raises(vault.Unreadable):
        vault.unseal(key_id, sealed, bound_to=b"a")


def test_rotation(settings):
    settings.CREDENTIAL_KEYS = OLD
    key_id, sealed = vault.seal("Secret-1", bound_to=b"a")
    encoded = vault.digest("Secret-1")
    settings.CREDENTIAL_KEYS = f"{NEW},{OLD}"
    assert vault.seal("Secret-1", bound_to=b"a")[0] == "new"
    assert vault.unseal(key_id, sealed, bound_to=b"a") == "Secret-1"
    assert vault.digest_matches("Secret-1", encoded)
    assert not vault.digest_matches("Secret-2", encoded)


def test_digest_needs_the_key(settings):
    """A stolen table tells nothing: without the key, even the right password does not match."""
    encoded = vault.digest("Secret-1")
    settings.CREDENTIAL_KEYS = f"{vault.active_key_id()}:{'x' * 32}"
    assert not vault.digest_matches("Secret-1", encoded)


def test_sealing_and_digesting_use_different_keys():
    secret = "s" * 32
    assert vault.derived_key(secret, "seal") != vault.derived_key(secret, "digest")


@pytest.mark.parametrize(
    "keys", ["", "old", "old:", "old:court", ":" + "x" * 32, "a$b:" + "x" * 32, f"{OLD},new:court", f"{OLD},{OLD}"]
)
def test_bad_settings(keys):
    with pytest.raises(ImproperlyConfigured):
        vault.parse_keys(keys)


@pytest.mark.parametrize(("hasher", "typed"), [(GeneratedPasswordHasher(), False), (TypedPasswordHasher(), True)])
def test_the_hashers_of_initial_passwords_tell_them_from_others_and_hide_them(hasher, typed):
    encoded = hasher.encode("Secret-1", "")
    assert (vault.is_digest(encoded), vault.is_typed(encoded)) == (True, typed)
    assert (hasher.verify("Secret-1", encoded), hasher.verify("Secret-2", encoded)) == (True, False)
    assert hasher.must_update(encoded)
    assert hasher.safe_summary(encoded) == {"algorithme": hasher.algorithm, "clé": vault.active_key_id()}
