"""Settings: the embedded default needs no environment at all; production is chosen by variables (README)."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import fontpkg_atkinson_hyperlegible
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from accounts.vault import parse_keys
from edulib_admin.environment import StrictEnv, refuse
from schools.disk import trouble_with

env = StrictEnv()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- var/: everything that this installation owns -----------------------------------------------------------
VAR_DIR = env.directory("VAR_DIR", default=BASE_DIR / "var")
UPLOAD_DIR = env.directory("UPLOAD_DIR", default=VAR_DIR / "uploads")
MAIL_DIR = VAR_DIR / "mail"
SECRET_DIR = VAR_DIR / "secrets"
BROKER_DIR = VAR_DIR / "broker"
STATIC_ROOT = VAR_DIR / "static"
# /sante/ says that space is short before it is gone.
FREE_SPACE_MIN_BYTES = env.int("FREE_SPACE_MIN_BYTES", default=500 * 1024 * 1024, most=2**60)


def make_directories() -> None:
    for directory in (VAR_DIR, STATIC_ROOT):  # A proxy may serve the style sheets.
        directory.mkdir(exist_ok=True, parents=True)
    for directory in (
        UPLOAD_DIR,
        MAIL_DIR,
        SECRET_DIR,
        BROKER_DIR,
        BROKER_DIR / "queue",
        BROKER_DIR / "processed",
    ):
        directory.mkdir(mode=0o700, exist_ok=True, parents=True)


def generated_secret(name: str, *, nbytes: int = 32) -> str:
    """Return the secret kept in `var/secrets/<name>`, made on first use (0600, whoever comes first wins)."""
    path = SECRET_DIR / name
    if not path.exists():
        draft = SECRET_DIR / f".{name}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(nbytes))
                file.flush()
                os.fsync(file.fileno())  # A full disk is known now, and a power cut leaves no empty secret.
            os.link(draft, path)  # Atomic, and keeps the file of whoever was faster.
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    if not (secret := path.read_text().strip()):
        raise ImproperlyConfigured(f"{path} est vide : remettez-y le secret d'une sauvegarde. Rien n'a été démarré.")
    return secret


# --- Secrets ------------------------------------------------------------------------------------------------
try:
    make_directories()
    SECRET_KEY = env("SECRET_KEY", default=None) or generated_secret("secret_key")
    # Keys of the initial passwords, "id:secret,id:secret"; the first seals, all of them open (accounts/vault.py).
    CREDENTIAL_KEYS = env("CREDENTIAL_KEYS", default=None) or f"local:{generated_secret('credential_key')}"
except OSError as error:
    raise ImproperlyConfigured(f"VAR_DIR ({VAR_DIR}) : {trouble_with(error)}. Rien n'a été démarré.") from error
parse_keys(CREDENTIAL_KEYS)  # Now, rather than with the first person added.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SECRETS_FROM_ENVIRONMENT = bool(env("SECRET_KEY", default=None) and env("CREDENTIAL_KEYS", default=None))

# --- Web ----------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"], pattern=r"[\w.*:[\]-]+", example="edulib.example.org"
)
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS", default=[], pattern=r"https?://[\w.*:[\]-]+", example="https://edulib.example.org"
)
HTTPS = env.bool("HTTPS", default=False)


def site_url(written: str | None, allowed_hosts: list[str], *, https: bool) -> str:
    """Return what every absolute link begins with: SITE_URL as `written`, else the first host that is a name."""
    if written:
        parts = urlsplit(written)
        if parts.scheme not in ("http", "https") or not parts.hostname or written.rstrip("/").count("/") != 2:
            refuse("SITE_URL", "on attend « https://nom » ou « http://nom:port », sans chemin")
        return written.rstrip("/")
    names = [host.removeprefix(".") for host in allowed_hosts if host != "*"]
    return f"{'https' if https else 'http'}://{names[0] if names else 'localhost'}"


# Mails and absolute links (schools/site.py): what a visitor writes in the Host header reaches none of them.
SITE_URL = site_url(env("SITE_URL", default=None), ALLOWED_HOSTS, https=HTTPS)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
# Both bind names that are not this site's: whoever owns the domain says so.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# True: the last address of X-Forwarded-For is the visitor's (accounts/throttle.py).
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=HTTPS)
# Of pupils and teachers, whose computers are shared: until the browser closes, and so long without use. Of
# administrators and operators: so long without use.
SESSION_ENGINE = "accounts.sessions"
SESSION_MINUTES = env.int("SESSION_MINUTES", default=60, least=1, most=60 * 24 * 30)
ADMIN_SESSION_MINUTES = env.int("ADMIN_SESSION_MINUTES", default=120, least=1, most=60 * 24 * 30)
SESSION_COOKIE_AGE = SESSION_MINUTES * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's own icons.
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# The site stands at the root of its name: no header tells otherwise.
FORCE_SCRIPT_NAME = ""
ROOT_URLCONF = "edulib_admin.urls"
WSGI_APPLICATION = "edulib_admin.wsgi.application"
INSTALLED_APPS = [
    "accounts",
    "schools",
    "imports",
    "licences",
    "edulib_admin",
    "accounts.operator_site.OperatorSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "bootstrap",
    "crispy_bootstrap5",
    "crispy_forms",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "edulib_admin.incoming.IncomingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SessionUseMiddleware",
    "accounts.middleware.PrivatePagesMiddleware",
    "accounts.middleware.ForcedPasswordChangeMiddleware",
    "schools.contention.SecondTryMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Data ---------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
CONN_MAX_AGE = env.int("CONN_MAX_AGE", default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that will write takes its place at once, instead of failing half-way ("database
    # is locked") when its first read has gone stale.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # secure_delete: what is deleted is overwritten, not merely forgotten.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA cache_size=-32000; PRAGMA secure_delete=ON;",
    }
    # A file, not memory: the worker process of the tests reads the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = CONN_MAX_AGE
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("guide", BASE_DIR / "docs" / "images"),
    ("fonts", Path(fontpkg_atkinson_hyperlegible.__file__).parent / "files"),  # OFL 1.1
]
STORAGES = {
    # Uploaded workbooks only; never served. Any Django storage that every web and worker machine reaches.
    "default": {
        "BACKEND": env.storage("UPLOAD_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json("UPLOAD_STORAGE_OPTIONS", default={"location": str(UPLOAD_DIR)}),
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
# Bounds of every form (edulib_admin/incoming.py); an address that expects a file accepts that file more.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = [
    "imports.upload_limit.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# auth.W004: uniqueness of identifiants is a constraint on LOWER(username), which this check does not see.
# security.W005, W021: HSTS for other names of the domain, and its list for ever, are the owner's to choose.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W005", "security.W021"]

# --- Language -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = USE_TZ = True

# --- Accounts -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.IdentifierBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
# Lower apps name no page of the roof: a school's address is that of its dashboard.
ABSOLUTE_URL_OVERRIDES = {"schools.school": lambda school: reverse("school_dashboard", args=[school.code])}
LOGOUT_REDIRECT_URL = "sign_in"
PASSWORD_HASHERS = [
    "accounts.hashers.PersonalPasswordHasher",
    "accounts.hashers.GeneratedPasswordHasher",
    "accounts.hashers.TypedPasswordHasher",
]
# For personal passwords; those that a school gives follow the first rule alone.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.ProductRuleValidator"},
    {"NAME": "accounts.guessable.GuessablePasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "last_name", "first_name", "email"]},
    },
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
INITIAL_PASSWORD_DAYS = env.int("INITIAL_PASSWORD_DAYS", default=365, least=1, most=36_500)
PASSWORD_CONFIRMATION_AGE = timedelta(minutes=10)

# --- E-mail: into var/mail/ unless EMAIL_URL says otherwise -------------------------------------------------
EMAIL_URL = env("EMAIL_URL", default=None)
if EMAIL_URL:
    globals().update(env.email_url("EMAIL_URL"))
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "accounts.mail_files.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
MAIL_FILE_DAYS = 7
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL",
    default="Edulib <ne-pas-repondre@localhost>",
    pattern=r"[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+",
    expected="« Nom <adresse@exemple.fr> » ou « adresse@exemple.fr »",
)

# --- Imports ------------------------------------------------------------------------------------------------
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=20_000, least=1)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=10 * 1024 * 1024, least=1)
IMPORT_MAX_UNPACKED_BYTES = env.int("IMPORT_MAX_UNPACKED_BYTES", default=100 * 1024 * 1024, least=1)
IMPORT_MAX_UNFINISHED = env.int("IMPORT_MAX_UNFINISHED", default=20, least=1)  # Of one school.
IMPORT_MAX_ATTEMPTS = 5
IMPORT_LEASE = timedelta(seconds=env.int("IMPORT_LEASE_SECONDS", default=60, least=1))
IMPORT_SWEEP_SECONDS = env.float("IMPORT_SWEEP_SECONDS", default=15.0, least=0.1)
IMPORT_FILE_DAYS = env.int("IMPORT_FILE_DAYS", default=30, least=1, most=36_500)

# --- Celery: wakes workers -------------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.2,
    }
else:
    # A broker that accepts and then says nothing must not hold an upload: the row is already safe.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 1800,  # Beyond the time limit of a task; lost imports do not wait for it (the sweep).
        "socket_timeout": 3,
        "socket_connect_timeout": 2,
        "retry_on_timeout": False,
    }
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # By default, a worker gives up within the hour.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
# The largest import takes seconds; another one of its school that writes, as long again.
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "edulib_admin.beat.Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-imports": {
        "task": "imports.tasks.sweep",
        "schedule": IMPORT_SWEEP_SECONDS,
        "options": {"expires": IMPORT_SWEEP_SECONDS * 2},
    },
    "send-due-emails": {"task": "accounts.tasks.send_due_emails", "schedule": 30.0, "options": {"expires": 60}},
    "clean-up-accounts": {"task": "accounts.tasks.clean_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "expire-initial-passwords": {
        "task": "accounts.tasks.expire_initial_passwords",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "clean-up": {"task": "imports.tasks.clean_up", "schedule": 3600.0, "options": {"expires": 3600}},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Logs: one line each, on standard error, no personal data -----------------------------------------------
LOG_LEVEL = env.text(
    "LOG_LEVEL", default="INFO", pattern="DEBUG|INFO|WARNING|ERROR|CRITICAL", expected="DEBUG, INFO, WARNING ou ERROR"
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
