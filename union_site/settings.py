"""Settings, all from the environment. `./run` makes a full environment of its own; production gives one.

``UNION_MODE`` is ``production`` unless it says ``demo`` (`./run`) or ``test``. Production refuses to start on a
default secret, a missing field key, DEBUG or open hosts: see ``union_site/guard.py``.
"""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from core import logs
from union_site import guard, rooms
from union_site.unfold import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
UNION_HOME = Path(env("UNION_HOME", default=str(BASE_DIR / "var"))).resolve()
MODE = env("UNION_MODE", default="production")

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000")
# Printed on every page and sheet.
SCHOOL_NAME = env("SCHOOL_NAME", default="江南纺织职业技术学院（演示）" if MODE == "demo" else "")
UNION_NAME = env("UNION_NAME", default="校工会")
# Whose provincial rules apply (core/policies.py); empty: the nation's only.
SCHOOL_PROVINCE = env("SCHOOL_PROVINCE", default="江苏" if MODE == "demo" else "")

# Personal data at rest: "id:base64 of 32 bytes", the first key writes, all of them read (core/sealed.py).
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
SEARCH_KEY = env("SEARCH_KEY", default="")

guard.refuse_unsafe(
    mode=MODE,
    secret_key=SECRET_KEY,
    debug=DEBUG,
    allowed_hosts=ALLOWED_HOSTS,
    field_keys=FIELD_KEYS,
    search_key=SEARCH_KEY,
)

HOUSE = ["union_site", *reversed(rooms.APPS)]

INSTALLED_APPS = [
    "union_site.apps.UnionSiteConfig",
    "welfare.apps.WelfareConfig",
    "finance.apps.FinanceConfig",
    "notices.apps.NoticesConfig",
    "members.apps.MembersConfig",
    "core.apps.CoreConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "import_export",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_celery_beat",
    "union_site.apps.UnionAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # around the next: an image of ours opened by itself runs nothing either (H1)
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.uploads.ClosedUploads",
    "core.middleware.NoDevices",
    "core.middleware.AllowedMethods",
    "core.middleware.ShortAddresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.DatabaseClock",
    "core.middleware.RequestOrigin",
    "core.middleware.Refusals",
    "core.middleware.Conflicts",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "core.signin.throttle.KnownDevice",
    "core.signin.middleware.SessionLimits",
    "core.signin.middleware.StaffSignIn",
    "members.middleware.NothingFromTheDead",
    "members.middleware.NoticeFirst",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

# One line a record on standard error, redacted; Celery and gunicorn's workers take the same (core/logs.py).
LOGGING = logs.configuration(HOUSE)

ROOT_URLCONF = "union_site.urls"
WSGI_APPLICATION = "union_site.wsgi.application"
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
                "csp.context_processors.nonce",
                "union_site.portal.context",
            ]
        },
    }
]

# The app's role owns nothing; the owner migrates (TRUST.md 2.11). One URL only: one role for both, and a warning.
_pool = {"pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8)}} if MODE != "test" else {}
DATABASES = {"default": {**env.db_url("DATABASE_URL"), "OPTIONS": _pool}}
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default="")
if DATABASE_OWNER_URL:
    DATABASES["owner"] = {**env.db_url("DATABASE_OWNER_URL"), "TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "core.backends.StaffNumberBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "core.signin.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session goes on, every other one ends
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds that a fresh sign-in lasts
# No limit by address: a whole campus sits behind one. Guessing is throttled in core/signin/throttle.py.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
    "reset_password": "5/h/key",
    "reset_password_from_key": None,
}
MFA_ADAPTER = "core.signin.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "校工会"
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=MODE == "production")
PASSWORD_RESET_TIMEOUT = 30 * 60  # seconds
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "core.signin.passwords.ThreeKindsValidator"},
    {"NAME": "core.signin.passwords.NotOneOfTheLastValidator"},
]
if MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = "core.signin.throttle.cool_off"
AXES_WHITELIST_CALLABLE = "core.signin.throttle.known_device"
AXES_USERNAME_CALLABLE = "core.signin.throttle.username_of"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True  # who signed in is in the audit
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "next"]  # what was typed may be an ID number
AXES_CLIENT_IP_CALLABLE = "core.requests.address_of"

# Counters that every process must see; Redis is the broker's alone (TRUST.md 2.4).
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}}

SECURE = MODE == "production"  # `./run` speaks plain HTTP on 127.0.0.1
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_SSL_REDIRECT = SECURE
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)  # one proxy, which overwrites the X-Forwarded-* headers
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文"))]
LOCALE_PATHS = [BASE_DIR / "union_site" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = UNION_HOME / "static"
ASSETS = UNION_HOME / "assets" / "node_modules"  # npm packages, brought by `./run` or the Docker build
STATICFILES_DIRS: list = [BASE_DIR / "static"]
if (ASSETS / "bootstrap").is_dir():  # tests of what is not a page run without npm
    STATICFILES_DIRS.append(("bootstrap", ASSETS / "bootstrap" / "dist"))
    STATICFILES_DIRS.append(("qr", ASSETS / "qr"))  # reads member codes where the browser itself cannot
# Attachments, sealed; nothing of it has an address of its own (core/attachments.py).
MEDIA_ROOT = UNION_HOME / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
FILE_UPLOAD_HANDLERS = [
    "core.uploads.WholeRequest",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# A virus scanner, tcp://host:3310 or unix:///path of clamd, and the seconds it may take; empty: none (ADR 0014).
CLAMD_URL = env("CLAMD_URL", default="")
CLAMD_TIMEOUT = env.float("CLAMD_TIMEOUT", default=20.0)

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="校工会 <union@localhost>")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)  # seconds; a mail server that hangs holds nobody up
# Group robots: where they may live, and how long (seconds) one of them may take to answer.
ROBOT_HOSTS = env.list("ROBOT_HOSTS", default=["qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"])
ROBOT_TIMEOUT = env.float("ROBOT_TIMEOUT", default=10.0)

# Where HR leaves its daily list of the whole staff; empty: by hand only (members/README.md).
HR_FEED_DIR = env("HR_FEED_DIR", default="")

# Work outside the request (TRUST.md 2.3-2.5). A message carries an outbox id; a lost one is published again.
REDIS_URL = env("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, int | str]
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,  # longer than any task; apps on one broker share the shortest
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 5,
        "socket_timeout": 10,  # a publish on a dead connection fails instead of waiting for ever
    }
else:  # one machine
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(UNION_HOME / "broker" / "queue"),
        "data_folder_out": str(UNION_HOME / "broker" / "queue"),
        "control_folder": str(UNION_HOME / "broker" / "control"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that is away for long is waited for
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # who can write to the broker must not steer workers
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    # Idempotent, so it may come late, twice or from two schedulers; often, so failed mails are tried again soon.
    "notices.send_due": {"task": "notices.send_due", "schedule": crontab(minute="*/10")},
    "notices.announce": {"task": "notices.announce", "schedule": crontab()},
    "welfare.assign_defaults": {"task": "welfare.assign_defaults", "schedule": crontab(minute="5-59/10")},
    "core.watch": {"task": "core.watch", "schedule": crontab()},  # every minute: an alert within five (TRUST.md Q5)
    "core.check_books": {"task": "core.check_books", "schedule": crontab(minute="35")},
    "core.tidy": {"task": "core.tidy", "schedule": crontab(hour="3", minute="20")},
    "members.tidy_imports": {"task": "members.tidy_imports", "schedule": crontab(hour="3", minute="40")},
    "members.hr_feed": {"task": "members.hr_feed", "schedule": crontab(minute="15")},
    "members.find_duplicates": {"task": "members.find_duplicates", "schedule": crontab(hour="2", minute="40")},
}
