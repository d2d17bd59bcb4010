"""Faults in secrets, security settings, dependencies, static files, deployment checks, Sentry, variables, cookies."""

from __future__ import annotations

from pathlib import Path

from tests.faults.fault import Edit, Fault, append, committed, delete, every, git, replace, without_line, write

SETTINGS = "election_cart/settings.py"
RANDOM = "k7Qz91mNv3XsWp0LrTyUbHc5DfGe8JaOiK2sZ4x6"
STRIPE = "sk_" + "live_51Hqk7Qz91mNv3XsWp0LrTyUb"
KEY = "DJANGO_SECRET_KEY"
TOKEN = "Response({'user': UserSerializer(user).data, 'token': make_token(user)}"


def variable(name: str, value: str, path: str = ".env.production") -> Edit:
    """Set a variable in a .env file."""

    def edit(root: Path) -> None:
        file = root / path
        lines = [line for line in file.read_text().splitlines() if not line.startswith(f"{name}=")]
        file.write_text("\n".join([*lines, f"{name}={value}"]) + "\n")

    return edit


def value(root: Path, name: str, path: str = ".env.production") -> str:
    lines = (root / path).read_text().splitlines()
    return next(line.partition("=")[2].strip("'\"") for line in lines if line.startswith(f"{name}="))


def setting(text: str) -> Edit:
    """Set something in the last lines of the settings."""
    return append(SETTINGS, f"\n{text}\n")


def production_key_in(path: str, text: str) -> Edit:
    return lambda root: every(write(path, text.format(key=value(root, KEY))), git("add", path))(root)


FAULTS = [
    # ---- 1: secrets
    Fault("JWT_SECRET as a literal", setting(f"JWT_SECRET = '{RANDOM}'"),
          items={"1.1"}, says=["JWT_SECRET"], where="settings.py:"),
    Fault("SIGNING_KEY as a literal", setting(f"SIMPLE_JWT = {{'SIGNING_KEY': '{RANDOM}'}}"),
          items={"1.1"}, says=["SIGNING_KEY"], where="settings.py:"),
    Fault("a secret without a telling name", setting(f"PAYMENTS = {{'backend': '{STRIPE}'}}"),
          items={"1.1"}, says=["PAYMENTS"], where="settings.py:"),
    Fault("a secret set in os.environ", setting(f"os.environ.setdefault('API_TOKEN', '{RANDOM}')"),
          items={"1.1"}, says=["API_TOKEN"], where="settings.py:"),
    Fault("a default for SECRET_KEY",
          replace(SETTINGS, f"os.environ['{KEY}']", f"os.environ.get('{KEY}', 'dev')"),
          items={"1.1"}, says=["default"], where="settings.py:19"),
    Fault("a literal in SECRET_KEY_FALLBACKS", setting(f"SECRET_KEY_FALLBACKS = ['{RANDOM}{RANDOM}']"),
          items={"1.1"}, says=["SECRET_KEY_FALLBACKS"], where="settings.py:"),
    Fault("the old SECRET_KEY in production", lambda root: variable(KEY, value(root, KEY, ".env"))(root),
          items={"1.1", "10.3"}, says=["git history", "django-insecure-"], where=".env.production:"),
    Fault("production's SECRET_KEY on this machine", lambda root: variable(KEY, value(root, KEY), ".env")(root),
          items={"1.1"}, says=["the same"], where=".env:"),
    Fault("production's SECRET_KEY in docker-compose.yml",
          production_key_in("../docker-compose.yml", f"services:\n  web:\n    environment:\n      {KEY}: {{key}}\n"),
          items={"1.1"}, says=[KEY], where="docker-compose.yml:4"),
    Fault("a secret in JavaScript",
          every(write("static/js/pay.js", f"const key = '{STRIPE}';\n"), git("add", "static/js/pay.js")),
          items={"1.1"}, says=["pay.js"], where="static/js/pay.js:1"),
    Fault("a token in a fixture",
          every(write("products/fixtures/shop.json", f'[{{"api_token": "{RANDOM}"}}]\n'),
                git("add", "products/fixtures/shop.json")),
          items={"1.1"}, says=["api_token"], where="shop.json:1"),
    Fault(".env.production in the git history",
          every(git("add", "--force", ".env.production"), git("commit", "-qm", "Add it", "--", ".env.production"),
                git("rm", "-q", "--cached", ".env.production"), git("commit", "-qm", "Remove it")),
          items={"1.1", "1.2"}, says=["history"], where=".env.production"),
    Fault("a live Razorpay key in the settings",
          replace(SETTINGS, "rzp_test_5sampleKeyOnly", "rzp_live_5sampleKeyOnly"),
          items={"1.3"}, says=["live key"], where="settings.py:138"),
    Fault("the old database password", lambda root: variable("DB_PASSWORD", value(root, "DB_PASSWORD", ".env"))(root),
          items={"1.4"}, says=["the same"], where=".env.production:"),
    Fault(".env is not ignored", without_line("../.gitignore", ".env\n"),
          items={"1.5"}, says=["not ignored: backend/.env"], where=".gitignore"),
    Fault(".env.staging is tracked",
          every(write(".env.staging", f"SECRET_KEY={RANDOM}\n"), git("add", "--force", ".env.staging")),
          items={"1.5"}, says=[".env.staging"], where=".env.staging"),
    # ---- 3: security settings
    Fault("the session cookie can be read by scripts", setting("SESSION_COOKIE_HTTPONLY = False"),
          items={"3.1", "10.3", "20.4"}, says=["SESSION_COOKIE_HTTPONLY"], where="settings.py:"),
    Fault("SameSite=None without a frontend", setting("SESSION_COOKIE_SAMESITE = 'None'"),
          items={"3.1", "20.4"}, says=["SESSION_COOKIE_SAMESITE"], where="settings.py:"),
    Fault("every website is a trusted origin", setting("CSRF_TRUSTED_ORIGINS = ['https://*']"),
          items={"3.1"}, says=["https://*"], where="settings.py:"),
    Fault("a trusted origin over HTTP", setting("CSRF_TRUSTED_ORIGINS += ['http://shop.example.org']"),
          items={"3.1"}, says=["http://shop.example.org"], where="settings.py:"),
    Fault("everything is exempt from HTTPS", setting("SECURE_REDIRECT_EXEMPT = [r'.*']"),
          items={"3.1", "3.2"}, says=["SECURE_REDIRECT_EXEMPT"], where="settings.py:"),
    Fault("the admin is exempt from HTTPS", setting("SECURE_REDIRECT_EXEMPT = [r'^health/$', r'^admin']"),
          items={"3.1"}, says=["^admin"], where="settings.py:"),
    Fault("MD5 for passwords", setting("PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']"),
          items={"3.1"}, says=["MD5PasswordHasher"], where="settings.py:"),
    Fault("no password validators", setting("AUTH_PASSWORD_VALIDATORS = []"),
          items={"3.1"}, says=["AUTH_PASSWORD_VALIDATORS"], where="settings.py:"),
    Fault("sessions in cookies", setting("SESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'"),
          items={"3.1"}, says=["SESSION_ENGINE"], where="settings.py:"),
    Fault("sessions for ten years", setting("SESSION_COOKIE_AGE = 60 * 60 * 24 * 3650"),
          items={"3.1"}, says=["SESSION_COOKIE_AGE"], where="settings.py:"),
    # ---- 8: dependencies
    Fault("whitenoise for Windows only",
          committed("requirements.txt", replace("requirements.txt", "whitenoise==6.12.0",
                                                "whitenoise==6.12.0; sys_platform == 'win32'")),
          items={"8.1"}, says=["whitenoise"], where="requirements.txt"),
    Fault("a requirement twice",
          committed("requirements.txt", append("requirements.txt", "gunicorn==22.0.0\n")),
          items={"8.1"}, says=["gunicorn"], where="requirements.txt"),
    # ---- 9: static files
    Fault("no STATIC_ROOT", without_line(SETTINGS, "STATIC_ROOT = "),
          items={"9.3"}, says=["STATIC_ROOT"], where="settings.py"),
    Fault("WhiteNoise last",
          every(without_line(SETTINGS, "'whitenoise.middleware"),
                setting("MIDDLEWARE = [*MIDDLEWARE, 'whitenoise.middleware.WhiteNoiseMiddleware']")),
          items={"9.1"}, says=["comes after"], where="settings.py:"),
    Fault("WhiteNoise looks for files in each request", setting("WHITENOISE_AUTOREFRESH = True"),
          items={"9.2"}, says=["WHITENOISE_AUTOREFRESH"], where="settings.py:"),
    Fault("a stylesheet refers to a missing picture",
          append("static/css/site.css", "\nbody { background: url('../img/missing.png'); }\n"),
          items={"9.3"}, says=["missing.png"], where="static/css/site.css"),
    Fault("a template refers to a missing file",
          replace("templates/404.html", "<body", "{% load static %}<link href=\"{% static 'css/gone.css' %}\"><body"),
          items={"9.4"}, says=["css/gone.css"], where="templates/404.html:"),
    Fault("staticfiles/ is gone", lambda root: every(*(delete(str(path.relative_to(root)))
          for path in sorted((root / "staticfiles").rglob("*")) if path.is_file()))(root),
          items={"9.4"}, says=["no stylesheet"], where="staticfiles"),
    # ---- 10: deployment checks
    Fault("every check is silenced", setting("SILENCED_SYSTEM_CHECKS = ['security.W%03d' % n for n in range(1, 30)]"),
          items={"10.2"}, says=["security.W001"], where="DEPLOY_CHECKS.md"),
    Fault("no HTTPS redirect, and its check is silenced",
          setting("SECURE_SSL_REDIRECT = False\nSILENCED_SYSTEM_CHECKS += ['security.W008']"),
          items={"3.1", "3.2", "10.2", "10.3"}, says=["security.W008"], where="settings.py:"),
    Fault("one reason for two checks",
          write("DEPLOY_CHECKS.md", "- `security.W005`, `security.W021`: not needed on this platform\n"),
          items={"10.2"}, says=["security.W005"], where="DEPLOY_CHECKS.md"),
    # ---- 14: Sentry
    Fault("Sentry with a DSN in the code",
          replace(SETTINGS, "        dsn=SENTRY_DSN,", f"        dsn='https://{'ab12' * 8}@o1.ingest.sentry.io/1',"),
          items={"14.3", "14.5"}, says=["another DSN"], where="settings.py:"),
    Fault("Sentry gets personal data", replace(SETTINGS, "traces_sample_rate=0.0", "send_default_pii=True"),
          items={"14.3"}, says=["personal data"], where="settings.py:"),
    Fault("Sentry traces every request", replace(SETTINGS, "traces_sample_rate=0.0", "traces_sample_rate=1.0"),
          items={"14.3"}, says=["traces_sample_rate"], where="settings.py:"),
    Fault("Sentry in development only", replace(SETTINGS, "if SENTRY_DSN:", "if SENTRY_DSN and DEBUG:"),
          items={"14.3", "14.5"}, says=["sends no events"], where="settings.py:"),
    Fault("Sentry calls production development",
          replace(SETTINGS, "os.getenv('RAILWAY_ENVIRONMENT_NAME', 'production')", "'development'"),
          items={"14.3"}, says=["development"], where="settings.py:"),
    # ---- 15: variables
    Fault("every host is allowed", setting("ALLOWED_HOSTS = ['*']"),
          items={"15.3"}, says=["*"], where="settings.py:"),
    Fault("CORS for everybody", setting("CORS_ALLOW_ALL_ORIGINS = True"),
          items={"15.10", "20.4"}, says=["CORS_ALLOW_ALL_ORIGINS"], where="settings.py:"),
    Fault("CORS for the origin null", setting("CORS_ALLOWED_ORIGINS = [*CORS_ALLOWED_ORIGINS, 'null']"),
          items={"15.10"}, says=["null"], where="settings.py:"),
    Fault("a CORS pattern without an end",
          setting("CORS_ALLOWED_ORIGIN_REGEXES = [r'^https://shop\\.example\\.org']"),
          items={"15.10"}, says=["no $ at the end"], where="settings.py:"),
    # ---- 20: cookies
    Fault("a token in a readable cookie",
          replace("authentication/views.py", f"    return {TOKEN})\n",
                  f"    response = {TOKEN})\n    response.set_cookie('jwt', make_token(user))\n    return response\n"),
          items={"20.4"}, says=["jwt", "HttpOnly"], where="authentication/views.py:"),
    Fault("no CSRF protection", without_line(SETTINGS, "CsrfViewMiddleware"),
          items={"10.3"}, says=["security.W003"], where="settings.py:"),
]  # fmt: skip
