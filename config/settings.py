"""One settings file; the environment decides. README.md lists the variables."""

from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from accounts.sealing import parse_keys
from config.logging import lines

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
TESTING = env.bool("TESTING", default=False)
PRODUCTION = not (DEBUG or DEMO or TESTING)

if DEMO:
    # Written once by the demo; what is already in the environment wins.
    env.read_env(VAR_DIR / "demo.env")


def required(name: str, default: str | None = None) -> str:
    """Return a variable that must be set; ``default`` counts everywhere but in production."""
    value = env(name, default=None if PRODUCTION else default)
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment. To look around, run: make demo")
    return str(value)


# Keys

SECRET_KEY = required("SECRET_KEY")
SEALING_KEYS = parse_keys(required("SEALING_KEYS"))
try:
    SEARCH_KEY = b64decode(required("SEARCH_KEY"), validate=True)
except ValueError:
    SEARCH_KEY = b""
if len(SEARCH_KEY) != 32:
    raise ImproperlyConfigured("SEARCH_KEY must be 32 bytes in base64, like the output of: openssl rand -base64 32")

# Where we are

PORT = env.int("PORT", default=8000)
MAIL_PORT = env.int("MAIL_PORT", default=8025)
MAIL_DIR = VAR_DIR / "mail"
EXPORT_DIR = VAR_DIR / "exports"
BASE_URL = required("BASE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "accounts",
    "reinstatements",
    "notifications",
    "config.apps.ConfigurationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "simple_history",
    "django_fsm",
    "guardian",
    "django_filters",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ApiKeyMiddleware",
    "config.logging.RequestLogMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "accounts.middleware.ScopeMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
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
                "accounts.context.demo",
                "accounts.context.navigation",
            ],
            "builtins": ["accounts.templatetags.components"],
            "libraries": {"lucide": "accounts.templatetags.icons", "kept": "accounts.templatetags.kept"},
        },
    }
]
if DEMO:
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("config.demologins.demo_logins")  # type: ignore[index]

# Database

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/reinstate.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"] |= {
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # secure_delete: what is erased is overwritten. recursive_triggers: REPLACE runs the delete guards.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; "
            "PRAGMA secure_delete=ON; PRAGMA synchronous=NORMAL",
        },
        # A file: in memory there is no WAL, and threads would share one connection.
        "TEST": {"NAME": str(VAR_DIR / "test.sqlite3")},
    }
else:
    # The ledger's and the pages' statements are prepared by the server from the fifth time on, and then keep one plan:
    # what decides about indexes is written into them. A pgbouncer that hands out connections for a transaction each
    # must know that: 1.21 or newer, max_prepared_statements on, "options" among ignore_startup_parameters.
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"prepare_threshold": 5, "options": "-c plan_cache_mode=force_generic_plan"},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People. Sessions, lockout and cache stay out of Redis: losing it must not sign anybody out or let anybody in.

AUTH_USER_MODEL = "accounts.User"
# Guardian's own backend is left out on purpose: roles are dated and are read through accounts.grants only.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.sessions.StaffBackend",
]
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
# A row is asked for its past; an index of all pasts by date would be written with each and read by nobody.
SIMPLE_HISTORY_DATE_INDEX = False
ANONYMOUS_USER_NAME = None

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapters.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = True
# A whole call centre has one address, and a lock on the name alone locks out its owner: axes counts both together.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": None}
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60

AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "accounts.adapters.typed_login"
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_CALLABLE = "accounts.adapters.locked_out"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Behind a reverse proxy, the number of proxies whose X-Forwarded-* headers are to be believed.
PROXIES = env.int("TRUSTED_PROXY_COUNT", default=0)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
    AXES_IPWARE_PROXY_COUNT = PROXIES
    AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR"]

# Browser security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
if PRODUCTION:
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
# A file that is handed in is sealed before it touches the disk.
FILE_UPLOAD_HANDLERS = ["accounts.uploads.SealingUploadHandler"]
# A form that was given too much text answers for itself, with what was typed still in it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

# Pages

LANGUAGE_CODE = "en"
# The pages speak the languages that have a catalogue in locale/; the members' messages have texts of their own.
LANGUAGES = [("en", _("English"))]
MESSAGE_LANGUAGES = [("en", _("English")), ("de", _("German")), ("fr", _("French")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
FORM_RENDERER = "accounts.widgets.Renderer"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
if PRODUCTION:
    STATIC_ROOT = env("STATIC_ROOT", default=str(VAR_DIR / "static"))
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
else:
    WHITENOISE_USE_FINDERS = True

# Programs: requests that a key may make, counted by each process of the web server.

API_RATE = env("API_RATE", default="600/min")

# Mail

vars().update(env.email_url("EMAIL_URL", default=f"smtp://127.0.0.1:{MAIL_PORT}" if DEMO else "smtp://127.0.0.1:25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Reinstate <reinstate@localhost>")

# Linked systems are reached on the public internet; the demo's own, and those of tests, run on this machine.

LINKED_SYSTEMS_ON_LOOPBACK = DEMO or TESTING
LINKED_PORT = env.int("LINKED_PORT", default=PORT + 1000)
LINKED_WAIT = env.float("LINKED_WAIT", default=20)
LINKED_SECRETS = VAR_DIR / "linked-systems.secrets"

# Work in the background. The table is the queue; Celery only wakes. What it loses, the next beat finds.

REDIS_URL = env("REDIS_URL", default="")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "health_check_interval": 10,
        # A task is a wake-up call that beat repeats every two seconds. Kombu's bookkeeping of unfinished ones, kept in
        # Redis, can stop a worker for good when Redis freezes, and end it when Redis stops, while a task is at work.
        "ack_emulation": False,
    }
else:
    BROKER_DIR = VAR_DIR / "broker"
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "config.folderbroker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.5,
    }
    for folder in ("messages", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 5
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
# What takes longer than a page may goes to a worker of its own, so that messages never wait behind it.
LONG = {"expires": 10, "queue": "long"}
# A linked system that answers slowly holds up other linked systems, and no mail.
LINKED = {"expires": 10, "queue": "linked"}
# A backlog that piled up while no worker ran evaporates: one run finds everything that is due.
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "notifications.tasks.relay", "schedule": 2.0, "options": {"expires": 10}},
    "imports": {"task": "accounts.tasks.run_imports", "schedule": 2.0, "options": LONG},
    "tidy-imports": {"task": "accounts.tasks.tidy_imports", "schedule": 600.0, "options": LONG},
    "end-reviews": {"task": "accounts.tasks.end_reviews", "schedule": 30.0, "options": {"expires": 60}},
    "climb-ladders": {"task": "accounts.tasks.climb_ladders", "schedule": 30.0, "options": {"expires": 60}},
    "count-anew": {"task": "reinstatements.tasks.count_anew", "schedule": 10.0, "options": {"expires": 30}},
    "look-for-confirmations": {
        "task": "reinstatements.tasks.look_for_confirmations",
        "schedule": 60.0,
        "options": {"expires": 120},
    },
    "escalate": {"task": "reinstatements.tasks.escalate", "schedule": 20.0, "options": {"expires": 60}},
    "exports": {"task": "accounts.tasks.make_exports", "schedule": 2.0, "options": LONG},
    "sweep-exports": {"task": "accounts.tasks.sweep_exports", "schedule": 300.0, "options": LONG},
    "send-due": {"task": "notifications.tasks.send_due", "schedule": 2.0, "options": {"expires": 10}},
    "linked-systems": {"task": "notifications.tasks.send_webhooks", "schedule": 2.0, "options": LINKED},
    "unanswered": {"task": "notifications.tasks.look_for_answers", "schedule": 60.0, "options": {"expires": 120}},
    "notify-staff": {"task": "notifications.tasks.notify_staff", "schedule": 5.0, "options": {"expires": 10}},
    "signals": {"task": "accounts.tasks.look_for_signals", "schedule": 30.0, "options": {"expires": 60}},
    "trainings": {"task": "accounts.tasks.warn_of_trainings", "schedule": 300.0, "options": {"expires": 300}},
    "offers": {"task": "accounts.tasks.offer_to_return", "schedule": 60.0, "options": {"expires": 120}},
    "reminders": {"task": "accounts.tasks.remind_members", "schedule": 60.0, "options": {"expires": 120}},
    "end-suspensions": {"task": "accounts.tasks.end_suspensions", "schedule": 10.0, "options": {"expires": 30}},
    "share-work": {"task": "reinstatements.tasks.share_work", "schedule": 20.0, "options": {"expires": 40}},
    "deciders": {"task": "reinstatements.tasks.look_for_deciders", "schedule": 30.0, "options": {"expires": 60}},
    "members": {"task": "reinstatements.tasks.wait_for_members", "schedule": 60.0, "options": {"expires": 60}},
    "memberships": {"task": "accounts.tasks.change_memberships", "schedule": 10.0, "options": {"expires": 30}},
}

# Logs

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = lines(env("LOG_LEVEL", default="WARNING" if DEMO or TESTING else "INFO"))
