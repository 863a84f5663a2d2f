"""A variable that is set and cannot be read stops the start, with one French sentence that names it."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

SETTINGS = django_settings.BASE_DIR / "edulib_admin" / "settings.py"
VARIABLES = sorted(set(re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', SETTINGS.read_text())))
# Any text is a secret, "$X" first of all: it is taken as it stands.
SECRETS = {"SECRET_KEY", "SECRET_KEY_FALLBACKS"}
KEY = "k" * 32
NONSENSE = {
    "VAR_DIR": ["/dev/null/var", "~/edulib"],
    "UPLOAD_DIR": ["/dev/null/uploads"],
    "CREDENTIAL_KEYS": [KEY, "court:secret", f"a:{KEY},a:{KEY}", f"$a:{KEY}"],
    "DATABASE_URL": ["base", "mysql://a@b/c", "postgres://a:motdepasse@b:port/c", "sqlite://", "postgres://a@b"],
    "CELERY_BROKER_URL": ["redis", "reddis://127.0.0.1", "redis://127.0.0.1:port/0"],
    "EMAIL_URL": ["smtp", "smpt://hôte", "smtp://hôte:port"],
    "ALLOWED_HOSTS": ["https://edulib.example.org", ","],
    "CSRF_TRUSTED_ORIGINS": ["edulib.example.org"],
    "SITE_URL": ["edulib.example.org"],
    "UPLOAD_STORAGE": ["stockage", "nulle.part.Stockage"],
    "UPLOAD_STORAGE_OPTIONS": ["location", "[]"],
    "DEFAULT_FROM_EMAIL": ["Edulib", "Edulib <a@b>\nBcc: c@d"],
    "HTTPS": ["oui-da", "2"],
    "HSTS_SECONDS": ["-1", "1.5"],
    "IMPORT_SWEEP_SECONDS": ["nan", "inf", "0"],
    "IMPORT_MAX_ROWS": ["0", "-5", "vingt mille", "9999999999999999999"],
}


def load(monkeypatch, tmp_path, **variables):
    """Return the settings as a process with these variables alone reads them."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"VAR_DIR": str(tmp_path / "var"), **variables}.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("edulib_admin.settings_again", SETTINGS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


@pytest.mark.parametrize("name", VARIABLES)
def test_each_variable_that_cannot_be_read_stops_the_start(name, monkeypatch, tmp_path):
    wrong = ["", "   ", *([] if name in SECRETS else ["$X", *NONSENSE.get(name, ["n'importe quoi ?!"])])]
    for value in wrong:
        with pytest.raises(ImproperlyConfigured) as refused:
            load(monkeypatch, tmp_path, **{name: value})
        sentence = str(refused.value)
        variable = "VAR_DIR" if name == "UPLOAD_DIR" and value.startswith("/dev") else name
        assert re.match(rf"{variable}\b.* : ", sentence), (value, sentence)
        assert sentence.endswith(" Rien n'a été démarré."), sentence
        assert KEY not in sentence
        assert "motdepasse" not in sentence


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_that_begins_with_a_dollar_is_taken_as_it_stands(name, monkeypatch, tmp_path):
    value = load(monkeypatch, tmp_path, **{name: f"$X{KEY}"})[name]
    assert value in (f"$X{KEY}", [f"$X{KEY}"])
    keys = f"a:$X{KEY}"
    assert load(monkeypatch, tmp_path, CREDENTIAL_KEYS=keys)["CREDENTIAL_KEYS"] == keys


def test_what_is_right_is_read(monkeypatch, tmp_path):
    read = load(
        monkeypatch,
        tmp_path,
        HTTPS="yes",
        HSTS_SECONDS="0",
        ALLOWED_HOSTS="edulib.example.org, .example.com",
        DATABASE_URL="postgres://edulib:p$x%40@db:5433/edulib",
        IMPORT_SWEEP_SECONDS="2.5",
        UPLOAD_STORAGE_OPTIONS='{"location": "/srv"}',
        EMAIL_URL="smtp+tls://a:b@mail:587",
    )
    assert read["HTTPS"] is True
    assert read["SECURE_HSTS_SECONDS"] == 0
    assert read["ALLOWED_HOSTS"] == ["edulib.example.org", ".example.com"]
    assert read["DATABASES"]["default"]["PASSWORD"] == "p$x@"
    assert read["IMPORT_SWEEP_SECONDS"] == 2.5
    assert read["STORAGES"]["default"]["OPTIONS"] == {"location": "/srv"}
    assert read["EMAIL_HOST"] == "mail"
    assert load(monkeypatch, tmp_path)["DATABASES"]["default"]["NAME"] == str(tmp_path / "var" / "db.sqlite3")


def test_hsts_for_the_whole_domain_is_off_until_it_is_asked_for(monkeypatch, tmp_path):
    plain = load(monkeypatch, tmp_path, HTTPS="1")
    assert plain["SECURE_HSTS_SECONDS"] == 31536000
    assert (plain["SECURE_HSTS_INCLUDE_SUBDOMAINS"], plain["SECURE_HSTS_PRELOAD"]) == (False, False)
    asked = load(monkeypatch, tmp_path, HTTPS="1", HSTS_INCLUDE_SUBDOMAINS="1", HSTS_PRELOAD="1")
    assert (asked["SECURE_HSTS_INCLUDE_SUBDOMAINS"], asked["SECURE_HSTS_PRELOAD"]) == (True, True)


def test_an_empty_secret_file_is_one_sentence(monkeypatch, tmp_path):
    load(monkeypatch, tmp_path)
    (tmp_path / "var" / "secrets" / "secret_key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="secret_key est vide"):
        load(monkeypatch, tmp_path)


COMMANDS = {
    "check": ["manage.py", "check"],
    "web": ["-m", "gunicorn", "edulib_admin.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket"],
    "worker": ["-m", "celery", "--quiet", "-A", "edulib_admin", "worker", "--concurrency", "1"],
    "run": ["bin/run"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_key_is_one_sentence_of_check_and_stops_every_start(command, tmp_path):
    ended = subprocess.run(
        [sys.executable, *COMMANDS[command]],
        cwd=django_settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path / "var"), "CREDENTIAL_KEYS": "2026:trop-court"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("CREDENTIAL_KEYS : on attend") == 1
    assert "Traceback" not in ended.stderr
    assert "trop-court" not in ended.stderr


def test_a_storage_that_cannot_be_opened_stops_the_start(settings):
    from django.apps import apps

    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"seau": "x"}}}
    with pytest.raises(ImproperlyConfigured, match="UPLOAD_STORAGE_OPTIONS"):
        apps.get_app_config("imports").ready()


def test_the_settings_of_a_production_machine_pass_the_checks_of_django(settings):
    assert {"security.W005", "security.W021"} <= set(settings.SILENCED_SYSTEM_CHECKS)
    call_command("check", fail_level="WARNING")
