"""What Golive must do with each of twelve projects that differ in layout, libraries and Django version.

Five are kept as they are, seven are written by tests/projects/generated.py, which says what is special in each:

split_environ: settings package with CRLF, django-environ, requirements folder, custom user, allauth, the admin's
    address and more demanded from the environment, a log setup that silences Django's own loggers, Django 5.2.
decouple_pipfile: python-decouple, Pipfile, no git, class-based login of Django, sign-up and order views, middleware
    as a tuple without Django's protections, a wsgi.py that insists on its settings, a 404 handler, Django 5.1.
poetry_src: poetry, src folder, load_dotenv, simplejwt, dj-rest-auth, class views and a ViewSet of DRF, CACHES,
    LOGGING into a folder that git doesn't hold, Django 4.2.
fresh: what `django-admin startproject` makes today, without a requirements file; the admin's login is the only one.
old: the same of Django 3.2 with CRLF settings, on the oldest Python at hand.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """What day one does with a project: *proofs* are in the evidence, *written* texts in files, *gone* texts in none.

    The files in *formatted* stay as the project's formatter leaves them.
    """

    name: str
    requirements: tuple[str, ...] = ()
    done: int = 39
    rehearsed: int = 0
    python: str = "3.11"
    git: bool = True
    manage: str = "."
    proofs: tuple[str, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    gone: tuple[tuple[str, str], ...] = ()
    formatted: tuple[str, ...] = ()
    later: bool = False
    """Whether tasks 11 to 24 are rehearsed too."""
    nightly: bool = False

    @property
    def code(self) -> int:
        return 0 if self.done + self.rehearsed == 39 else 3


ADMIN = "POST /admin/login/: 200 × 5, 429 × 1"
EXPECTED = [
    Expected(
        "split_environ",
        ("django~=5.2.0", "django-environ", "django-allauth", "psycopg2-binary"),
        proofs=("POST /accounts/login/: 200 × 5, 429 × 1", "POST /accounts/signup/: 200 × 3, 429 × 1", ADMIN),
        written=(
            (".gitignore", "\n/static/\n"),
            ("config/ratelimits.py", 'LIMITS["admin:login"] = ("login"'),
            ("config/settings/production.py", 'ACCOUNT_RATE_LIMITS = {"login": "5/m/ip", "signup": "3/h/ip"}'),
        ),
        later=True,
        nightly=True,
    ),
    Expected(
        "decouple_pipfile",
        # A gunicorn of years ago, which is no program by itself yet and needs a setuptools of then.
        ("django~=5.1.0", "python-decouple", "gunicorn==20.0.4", "setuptools<81"),
        done=38,
        git=False,
        proofs=("POST /login/: 200 × 5, 429 × 1", "POST /checkout/: 201 × 10, 429 × 1", "by handler404 of the project"),
    ),
    Expected(
        "poetry_src",
        ("django~=4.2.0", "djangorestframework", "djangorestframework-simplejwt", "dj-rest-auth", "python-dotenv"),
        nightly=True,
        done=38,
        rehearsed=1,
        manage="src",
        proofs=(
            "POST /api/token/: 401 × 5, 429 × 1",
            "POST /api/create-order/: 201 × 10, 429 × 1",
            "POST /api/sessions/login/: 401 × 5, 429 × 1",
        ),
        written=(
            ("src/orders/views.py", '    @method_decorator(limit("order", "10/h", key=user_or_ip))\n    def post('),
        ),
    ),
    Expected(
        "fresh",
        ("django",),
        python="3.12",
        proofs=(ADMIN,),
        formatted=("mysite/settings.py",),
        later=True,
        nightly=True,
    ),
    Expected(
        "old",
        ("django~=3.2.0",),
        nightly=True,
        python="3.9",
        proofs=("9.4 ",),
        written=(
            ("mysite/settings.py", "SECURE_BROWSER_XSS_FILTER = True"),
            ("mysite/settings.py", "STATICFILES_STORAGE = ("),
        ),
    ),
    Expected(
        "classes",
        nightly=True,
        manage="services/web",
        proofs=("POST /anmelden/: 200 × 5, 429 × 1", ADMIN),
        written=(
            ("services/web/shop/settings.py", "        cls.CSRF_TRUSTED_ORIGINS = ["),
            ("services/web/shop/settings.py", '        environ_name="DJANGO_SECRET_KEY", environ_prefix=None\n    )'),
            ("environment.yml", "    - whitenoise=="),
        ),
        formatted=("services/web/shop/settings.py",),
    ),
    Expected(
        "environs_uv",
        nightly=True,
        done=38,
        manage="backend",
        proofs=(
            "POST /auth/token/login/: 400 × 5, 429 × 1",
            "POST /auth/users/: 201 × 1, 400 × 2, 429 × 1",
            "run `uv lock`",
        ),
        written=(
            ("backend/core/settings.py", "DEBUG = env.bool('DEBUG', default=False)"),
            ("backend/core/settings.py", "SECRET_KEY = env('SECRET_KEY')"),
            ("backend/pyproject.toml", '    "whitenoise>='),
        ),
        formatted=("backend/core/settings.py", "backend/core/urls.py"),
    ),
    Expected(
        "graph",
        nightly=True,
        manage="src",
        proofs=(
            "POST /graphql login: 200 × 5, 429 × 1",
            "POST /api/signin: 200 × 5, 429 × 1",
            "POST /register/: 400 × 3, 429 × 1",
            "/health/ → shop.views.healthz",
            "200 fine; 500",
        ),
        written=(
            ("src/urls.py", 'urlpatterns = [path("health/", healthz), *urlpatterns]'),
            ("setup.cfg", "    whitenoise>="),
            ("src/graphql_limits.py", 'MUTATIONS.setdefault("graphql", {})["login"] = ("login", "5/m", client_ip)'),
        ),
        formatted=("src/urls.py", "src/settings/__init__.py"),
    ),
    Expected(
        "typed",
        proofs=("POST /entrar/: 200 × 5, 429 × 1", "SECRET_KEY in .env.production"),
        nightly=True,
        written=(
            ("site_/env.py", "    secret_key: str\n    debug: bool = False\n"),
            ("site_/urls.py", "from site_.site_health import health_check as database_health_check\n"),
            ("site_/site_ratelimits.py", "class CounterCache"),
            ("pages/views.py", '@limit("login", "5/m")\ndef enter(request):'),
            ("pyproject.toml", '  "whitenoise>='),
        ),
        formatted=("site_/settings.py", "site_/env.py", "pages/views.py"),
    ),
    Expected(
        "hardened",
        nightly=True,
        done=38,
        rehearsed=1,  # this machine has no SECRET_KEY, so `check` passes with a placeholder
        proofs=("POST /login/: 401 × 5, 429 × 1", "/health/ → accounts.views.health"),
        gone=(
            ("config/settings.py", "WhiteNoise: "),
            ("config/settings.py", "STORAGES = {**"),
            ("accounts/views.py", "@limit("),
            ("config/ratelimits.py", '\nLIMITS["'),
        ),
        formatted=("config/settings.py", "config/urls.py", "accounts/views.py"),
    ),
    Expected(
        "tricky",
        nightly=True,
        proofs=(ADMIN, "; set in proj/settings.py:", '200 {"status": "healthy"}; 503 {"status": "unhealthy"}'),
        written=(("proj/settings.py", 'MIDDLEWARE = ["proj.health.HealthCheckFirst", *'),),
    ),
    Expected(
        "cookie",
        proofs=("POST /accounts/login/: 200 × 5, 429 × 1", ADMIN),
        nightly=True,
        written=((".env.production", "DJANGO_SETTINGS_MODULE=config.settings.production"),),
        gone=(("config/settings/production.py", "STORAGES = {**"),),
        formatted=("config/settings/production.py", "config/urls.py"),
    ),
]
