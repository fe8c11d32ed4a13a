"""Settings, all from the environment. `./run` makes a full environment of its own; production gives one.

``UNION_MODE`` is ``production`` unless it says ``demo`` (`./run`) or ``test``. Production refuses to start on a
default secret, a missing field key, DEBUG or open hosts: see ``union_site/guard.py``.
"""

from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

from union_site import guard

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
UNION_HOME = Path(env("UNION_HOME", default=str(BASE_DIR / "var"))).resolve()
MODE = env("UNION_MODE", default="production")

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000")

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

HOUSE = [
    "union_site",
    "planning",
    "welfare",
    "activities",
    "proposals",
    "finance",
    "congress",
    "notices",
    "members",
    "core",
]

INSTALLED_APPS = [
    "union_site.apps.UnionSiteConfig",
    "notices.apps.NoticesConfig",
    "members.apps.MembersConfig",
    "core.apps.CoreConfig",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "import_export",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_celery_beat",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.DatabaseClock",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

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
DATABASE_ROUTERS = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "core.backends.StaffNumberBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文"))]
LOCALE_PATHS = [BASE_DIR / "union_site" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = UNION_HOME / "static"
ASSETS = UNION_HOME / "assets" / "node_modules"  # npm packages, brought by `./run` or the Docker build
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = UNION_HOME / "media"

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="校工会 <union@localhost>")

REDIS_URL = env("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
