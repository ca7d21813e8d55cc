"""Settings of the web, from the environment; importing it touches no file.

TOWNWORKS_HOME             folder of the database, evidence and secret key (default: .townworks)
TOWNWORKS_DATABASE_URL     postgresql://user:password@host:port/name; without it SQLite in the home
TOWNWORKS_SECRET_KEY       signs sessions; without it the file `secret-key` in the home
TOWNWORKS_HOSTS            names the server answers to, with commas (default: this machine)
TOWNWORKS_HTTPS            1 behind HTTPS: cookies are sent over HTTPS only
TOWNWORKS_REQUIRE_TOTP     0 lets offices sign in without a second factor (practice)
TOWNWORKS_TIME_ZONE        where the register's days begin (default: Asia/Shanghai)
"""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

HOME = Path(os.environ.get("TOWNWORKS_HOME", ".townworks")).resolve()


def _secret_key() -> str:
    """Return the key of the environment or the home; a home without one serves nothing."""
    file = HOME / "secret-key"
    return os.environ.get("TOWNWORKS_SECRET_KEY") or (
        file.read_text(encoding="ascii").strip() if file.is_file() else "none: run migrate"
    )


def _database() -> dict[str, object]:
    """SQLite for one machine (write-ahead log, writers queue), or PostgreSQL by its address."""
    url = os.environ.get("TOWNWORKS_DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME / "register.sqlite3"),
            "TEST": {"NAME": str(HOME / "test.sqlite3")},
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                " PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": dict(parse_qsl(parts.query)).get("host") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("TOWNWORKS_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
HTTPS = os.environ.get("TOWNWORKS_HTTPS") == "1"
REQUIRE_TOTP = os.environ.get("TOWNWORKS_REQUIRE_TOTP", "1") != "0"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "django_htmx",
    "leaflet",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "townworks.register",
    "townworks.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "townworks.web.middleware.RefusalMiddleware",
    "townworks.web.middleware.SignInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "townworks.web.urls"
WSGI_APPLICATION = "townworks.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "townworks.web.context.page",
            ],
            "builtins": ["townworks.web.templatetags.speaking"],
        },
    }
]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

AUTH_USER_MODEL = "register.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "programme"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "townworks.web.views.accounts.locked_out"
SILENCED_SYSTEM_CHECKS = ["axes.W003"]
OTP_TOTP_ISSUER = "Townworks"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("TOWNWORKS_TIME_ZONE", "Asia/Shanghai")

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = HOME / "evidence"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
UPLOAD_MOST_BYTES = 20_000_000
FILE_UPLOAD_HANDLERS = [
    "townworks.web.uploads.MostBytesHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "axes": {"level": "ERROR"},
        "django": {"handlers": ["console"], "level": "WARNING"},
    },
}
