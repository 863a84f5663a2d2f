import pytest

from accounts.checks import shared_secrets

POSTGRESQL, SQLITE = "django.db.backends.postgresql", "django.db.backends.sqlite3"


@pytest.mark.parametrize(
    ("from_environment", "engine", "warnings"),
    [(False, POSTGRESQL, ["accounts.W001"]), (True, POSTGRESQL, []), (False, SQLITE, [])],
)
def test_keys_of_one_machine_only_are_told(settings, monkeypatch, from_environment, engine, warnings):
    settings.SECRETS_FROM_ENVIRONMENT = from_environment
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
    assert [warning.id for warning in shared_secrets(None)] == warnings
