"""Projects of many traits, written out by `write`: each a dictionary of its files, with what it needs and what is expected.

classes: django-configurations' classes with values, two folders down, conda's environment.yml.
environs_uv: environs, PEP 621 with uv.lock and no uv, single quotes, Ruff's formatter, djoser, a frontend beside it.
graph: graphene's login mutation, django-ninja, an async view, setup.cfg, local_settings, /healthz that asks the database.
typed: pydantic-settings, hatch's environment, django-health-check, no BASE_DIR, templates in each app, modules named as
    Golive's own would be.
hardened: WhiteNoise, Sentry, LOGGING, a limiter, a CSP, a Procfile, a Dockerfile and railway.json are there already.
tricky: computed settings, conditions, several assignments, a later import that wins, syntax newer than Golive's own.
cookie: cookiecutter-django's layout: config.settings with base, local and production, packages that only production has,
    django-environ, django.contrib.auth.urls, a custom user by e-mail with a field that only PostgreSQL has.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.projects import (
    chosen_samples,
    dependency_samples,
    host_samples,
    inheriting_samples,
    limit_samples,
    server_samples,
    small_samples,
    start_samples,
    static_samples,
)
from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, indented, manage, wsgi


def write(name: str, folder: Path) -> Generated:
    """Write project *name* into *folder*."""
    project = PROJECTS[name]
    for path, text in project.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return project


CLASSES = Generated(
    {
        "services/web/manage.py": manage(
            "shop.settings", 'os.environ.setdefault("DJANGO_CONFIGURATION", "Development")'
        ),
        "services/web/shop/__init__.py": "",
        "services/web/shop/wsgi.py": wsgi(
            "shop.settings",
            'os.environ.setdefault("DJANGO_CONFIGURATION", "Development")',
            start="configurations.wsgi",
        ),
        "services/web/shop/settings.py": 'import os\n\nfrom configurations import Configuration, values\n\n'
        "BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n\n\nclass Base(Configuration):\n"
        '    SECRET_KEY = "k8f2m1x9q7w3e5r6t4y8u1i2o3p4a5s6d7f8g9h0j1k2l3z4x5"\n'
        "    DEBUG = values.BooleanValue(True)\n    ALLOWED_HOSTS = []\n    ROOT_URLCONF = \"shop.urls\"\n"
        '    STATIC_URL = "/static/"\n    DEFAULT_AUTO_FIELD = "django.db.models.AutoField"\n'
        + indented(APPS + "    ]\n" + CHAIN + TEMPLATES)
        + "    DATABASES = {\n        \"default\": {\n            \"ENGINE\": \"django.db.backends.sqlite3\",\n"
        '            "NAME": os.path.join(BASE_DIR, "db.sqlite3"),\n        }\n    }\n\n\n'
        "class Development(Base):\n    INTERNAL_IPS = [\"127.0.0.1\"]\n\n\nclass Production(Base):\n"
        "    DEBUG = values.BooleanValue(False)\n    ALLOWED_HOSTS = values.ListValue([])\n",
        "services/web/shop/urls.py": """
            from django.contrib import admin
            from django.contrib.auth.views import LoginView
            from django.urls import path

            urlpatterns = [
                path("admin/", admin.site.urls),
                path("anmelden/", LoginView.as_view(template_name="admin/login.html"), name="anmelden"),
            ]
            """,
        ".gitignore": ".venv/\n",
        "environment.yml": """
            name: shop
            channels:
              - conda-forge
            dependencies:
              - python=3.11
              - pip
              - pip:
                - django==5.2.*
                - django-configurations==2.5.1
            """,
    },
    ("django~=5.2.0", "django-configurations"),
    python="3.10",
)

ENVIRONS_UV = Generated(
    {
        "frontend/package.json": '{"name": "frontend", "private": true}\n',
        "backend/manage.py": manage("core.settings"),
        "backend/core/__init__.py": "",
        "backend/core/wsgi.py": wsgi("core.settings"),
        "backend/core/settings.py": (
            "from pathlib import Path\n\nfrom environs import Env\n\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
            "env = Env()\nenv.read_env(BASE_DIR / '.env')\n\n"
            "SECRET_KEY = env.str('SECRET_KEY', 'q3v8n2m5b7c1x9z4l6k8j2h5g7f1d3s6a9p4o8i2u5y7t1r3e6')\n"
            "DEBUG = env.bool('DEBUG', True)\nALLOWED_HOSTS = env.list('ALLOWED_HOSTS', [])\n\n"
            + (
                textwrap.dedent(APPS)
                + "    'rest_framework',\n    'rest_framework.authtoken',\n    'djoser',\n]\n"
                + textwrap.dedent(CHAIN + TEMPLATES)
            )
            .replace('"', "'")
            .lstrip("\n")
            + "\nROOT_URLCONF = 'core.urls'\nWSGI_APPLICATION = 'core.wsgi.application'\nSTATIC_URL = 'static/'\n"
            "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n"
            "REST_FRAMEWORK = {\n    'DEFAULT_AUTHENTICATION_CLASSES': [\n"
            "        'rest_framework.authentication.TokenAuthentication',\n    ],\n}\n"
            "DATABASES = {'default': env.dj_db_url('DATABASE_URL', f'sqlite:///{BASE_DIR / \"db.sqlite3\"}')}\n"
        ),
        "backend/core/urls.py": """
            from django.contrib import admin
            from django.urls import include, path

            urlpatterns = [
                path('admin/', admin.site.urls),
                path('auth/', include('djoser.urls')),
                path('auth/', include('djoser.urls.authtoken')),
            ]
            """,
        "backend/.env.example": "DEBUG=True\n",
        "backend/pyproject.toml": """
            [project]
            name = "core"
            version = "0.1.0"
            requires-python = ">=3.11"
            dependencies = [
                "django~=5.1.0",
                "djangorestframework>=3.15",
                "djoser>=2.3",
                "environs[django]>=14",
            ]

            [tool.ruff]
            line-length = 100

            [tool.ruff.lint]
            extend-select = ["I"]

            [tool.ruff.format]
            quote-style = "single"
            """,
        "backend/uv.lock": 'version = 1\n\n[[package]]\nname = "django"\nversion = "5.1.15"\n',
        ".gitignore": ".env\n.venv/\nnode_modules/\n",
    },
    ("django~=5.1.0", "djangorestframework", "djoser", "environs[django]"),
)

GRAPH = Generated(
    {
        "src/manage.py": manage("settings"),
        "src/wsgi.py": wsgi("settings"),
        "src/settings/__init__.py": "from .defaults import *\n\ntry:\n    from .local_settings import *\n"
        "except ImportError:\n    pass\n",
        "src/settings/defaults.py": "import os\n\n"
        "BASE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))\n"
        'SECRET_KEY = os.environ.get("SECRET_KEY") or "w7e3r9t2y6u1i8o4p5a2s9d6f3g7h1j8k4l2z9x5c3v7b1n6m8"\n'
        'DEBUG = os.environ.get("DEBUG", "1") == "1"\nALLOWED_HOSTS = ["*"]\n'
        + textwrap.dedent(APPS)
        + '    "graphene_django",\n    "shop",\n]\n'
        + textwrap.dedent(CHAIN + TEMPLATES)
        + 'ROOT_URLCONF = "urls"\nSTATIC_URL = "/static/"\nSTATIC_ROOT = os.path.join(BASE_DIR, "static_root")\n'
        'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
        'GRAPHENE = {"SCHEMA": "shop.schema.schema"}\n'
        "DATABASES = {\n    \"default\": {\n        \"ENGINE\": \"django.db.backends.sqlite3\",\n"
        '        "NAME": os.path.join(BASE_DIR, "db.sqlite3"),\n    }\n}\n',
        "src/shop/__init__.py": "",
        "src/shop/schema.py": """
            import graphene
            from django.contrib.auth import authenticate


            class Login(graphene.Mutation):
                class Arguments:
                    username = graphene.String()
                    password = graphene.String()

                ok = graphene.Boolean()

                def mutate(self, info, username=None, password=None):
                    return Login(ok=authenticate(username=username, password=password) is not None)


            class Query(graphene.ObjectType):
                hello = graphene.String(default_value="hi")


            class Mutation(graphene.ObjectType):
                login = Login.Field()


            schema = graphene.Schema(query=Query, mutation=Mutation)
            """,
        "src/shop/api.py": """
            from django.contrib.auth import authenticate
            from ninja import Form, NinjaAPI

            api = NinjaAPI(urls_namespace="api")


            @api.post("/signin")
            def signin(request, username: str = Form(""), password: str = Form("")):
                user = authenticate(request, username=username, password=password)
                return {"ok": user is not None}
            """,
        "src/shop/views.py": """
            from django.db import connection
            from django.http import HttpResponse, JsonResponse
            from django.views.decorators.csrf import csrf_exempt


            def healthz(request):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                return HttpResponse("fine")


            @csrf_exempt
            async def register(request):
                return JsonResponse({"created": False}, status=400)
            """,
        "src/urls.py": """
            from django.contrib import admin
            from django.urls import path
            from django.views.decorators.csrf import csrf_exempt
            from graphene_django.views import GraphQLView
            from shop.api import api
            from shop.views import healthz, register

            pages = [
                path("admin/", admin.site.urls),
                path("healthz", healthz),
                path("api/", api.urls),
                path("register/", register, name="register"),
                path("graphql", csrf_exempt(GraphQLView.as_view(graphiql=False))),
            ]
            urlpatterns = list(pages)
            """,
        "setup.cfg": """
            [metadata]
            name = shop

            [options]
            install_requires =
                django>=5.2,<5.3
                graphene-django
                django-ninja

            [flake8]
            max-line-length = 100
            """,
        ".gitignore": "*.sqlite3\nlocal_settings.py\n.venv/\n",
    },
    ("django~=5.2.0", "graphene-django", "django-ninja"),
    python="3.12",
)

TYPED = Generated(
    {
        "manage.py": manage("site_.settings"),
        "site_/__init__.py": "",
        "site_/wsgi.py": wsgi("site_.settings"),
        "site_/env.py": """
            from pydantic_settings import BaseSettings, SettingsConfigDict


            class Environment(BaseSettings):
                model_config = SettingsConfigDict(env_file=".env", extra="ignore")

                secret_key: str = "z5x3c7v9b1n6m2a8s4d0f5g3h7j9k1l6q2w8e4r0t5y3u7i9o1p6"
                debug: bool = True
                allowed_hosts: list[str] = []


            environment = Environment()
            """,
        "site_/settings.py": "from site_.env import environment\n\n"
        "SECRET_KEY = environment.secret_key\nDEBUG = environment.debug\nALLOWED_HOSTS = environment.allowed_hosts\n"
        + textwrap.dedent(APPS)
        + '    "health_check",\n    "pages",\n]\n'
        + textwrap.dedent(CHAIN + TEMPLATES)
        + 'ROOT_URLCONF = "site_.urls"\nWSGI_APPLICATION = "site_.wsgi.application"\nSTATIC_URL = "static/"\n'
        'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
        'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}\n',
        "site_/health.py": "health_check = 'a word of its own'\n",
        "site_/ratelimits.py": "RATES = {}\n",
        "site_/urls.py": """
            from django.contrib import admin
            from django.urls import include, path
            from health_check.views import HealthCheckView

            from site_.health import health_check  # noqa: F401

            urlpatterns = [
                path("admin/", admin.site.urls),
                path("ht/", HealthCheckView.as_view(checks=["health_check.Database"])),
                path("", include("pages.urls")),
            ]
            """,
        "pages/__init__.py": "",
        "pages/urls.py": """
            from django.urls import path

            from pages.views import Home, enter

            urlpatterns = [path("", Home.as_view()), path("entrar/", enter, name="entrar")]
            """,
        "pages/views.py": """
            from django.contrib.auth import authenticate, login
            from django.shortcuts import redirect, render
            from django.views.generic import TemplateView


            class Home(TemplateView):
                template_name = "pages/home.html"


            def enter(request):
                if request.method == "POST":
                    user = authenticate(request, username=request.POST.get("u"), password=request.POST.get("p"))
                    if user is not None:
                        login(request, user)
                        return redirect("/")
                return render(request, "pages/home.html")
            """,
        "pages/templates/pages/home.html": "<!doctype html>\n<html><body><h1>Home</h1></body></html>\n",
        "pages/templates/404.html": "<!doctype html>\n<p>Nothing here.</p>\n",
        "pyproject.toml": """
            [tool.hatch.envs.default]
            dependencies = [
              "django~=6.1.0",
              "pydantic-settings",
              "django-health-check>=4",
            ]
            """,
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
    },
    ("django~=6.1.0", "pydantic-settings", "django-health-check"),
    python="3.13",
)

HARDENED = Generated(
    {
        "manage.py": manage("config.settings"),
        "config/__init__.py": "",
        "config/wsgi.py": wsgi("config.settings"),
        "config/settings.py": "import os\nfrom pathlib import Path\n\nimport dj_database_url\nimport sentry_sdk\n\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent\n"
        'SECRET_KEY = os.environ["SECRET_KEY"]\nDEBUG = os.environ.get("DEBUG", "") == "True"\n'
        'ALLOWED_HOSTS = [\n    *filter(None, os.environ.get("ALLOWED_HOSTS", "").split(",")),\n'
        '    "healthcheck.railway.app",\n]\n'
        + textwrap.dedent(APPS)
        + '    "csp",\n    "accounts",\n]\n'
        + textwrap.dedent(CHAIN).replace(
            '    "django.contrib.sessions.middleware',
            '    "whitenoise.middleware.WhiteNoiseMiddleware",\n    "csp.middleware.CSPMiddleware",\n'
            '    "django.contrib.sessions.middleware',
        )
        + textwrap.dedent(TEMPLATES).replace('"DIRS": []', '"DIRS": [BASE_DIR / "templates"]')
        + textwrap.dedent("""
            ROOT_URLCONF = "config.urls"
            WSGI_APPLICATION = "config.wsgi.application"
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            STATIC_URL = "static/"
            STATIC_ROOT = BASE_DIR / "staticfiles"
            STORAGES = {
                "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                "staticfiles": {
                    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
                },
            }
            DATABASES = {
                "default": dj_database_url.config(default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
            }
            CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"]}}
            LOGGING = {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {"console": {"class": "logging.StreamHandler"}},
                "root": {"handlers": ["console"], "level": "INFO"},
            }
            if os.environ.get("SENTRY_DSN"):
                sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], send_default_pii=False)
            if not DEBUG:
                SECURE_SSL_REDIRECT = True
                SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
                SECURE_REDIRECT_EXEMPT = [r"^health/$"]
                SECURE_HSTS_SECONDS = 31_536_000
                SESSION_COOKIE_SECURE = True
                CSRF_COOKIE_SECURE = True
            """),
        "config/urls.py": """
            from accounts.views import health, login
            from django.urls import path

            urlpatterns = [
                path("health/", health),
                path("login/", login, name="login"),
            ]
            """,
        "accounts/__init__.py": "",
        "accounts/views.py": """
            from django.contrib.auth import authenticate
            from django.db import Error, connection
            from django.http import JsonResponse
            from django_ratelimit.decorators import ratelimit


            def health(request):
                try:
                    connection.ensure_connection()
                except Error:
                    return JsonResponse({"ok": False}, status=503)
                return JsonResponse({"ok": True})


            @ratelimit(key="ip", rate="5/m", method="POST", block=True)
            def login(request):
                name, password = request.POST.get("username"), request.POST.get("password")
                user = authenticate(request, username=name, password=password)
                return JsonResponse({"ok": user is not None}, status=200 if user else 401)
            """,
        "templates/404.html": "<!doctype html>\n<html><body>Not here</body></html>\n",
        "templates/500.html": "<!doctype html>\n<html><body>Broken</body></html>\n",
        "Procfile": "web: python manage.py migrate && gunicorn config.wsgi --log-file -\n",
        "Dockerfile": 'FROM python:3.12-slim\nCOPY . /app\nCMD ["gunicorn", "config.wsgi"]\n',
        "railway.json": '{"deploy": {"startCommand": "gunicorn config.wsgi"}}\n',
        "requirements.txt": "Django~=4.2.0\nwhitenoise\ndj-database-url\nsentry-sdk\ngunicorn\ndjango-csp\ndjango-ratelimit\n"
        "psycopg2-binary\n",
        ".env": "SECRET_KEY=dev-only-dev-only-dev-only-dev-only-dev-only-dev-only\nDEBUG=True\n",
        ".gitignore": ".env\n.env.*\nlogs/\nstaticfiles/\n*.sqlite3\n.venv/\n",
        "pyproject.toml": "[tool.black]\nline-length = 99\n",
    },
    (
        "django~=4.2.0", "whitenoise", "dj-database-url", "sentry-sdk", "gunicorn", "django-csp", "django-ratelimit",
        "psycopg2-binary",
    ),
    python="3.10",
)

TRICKY = Generated(
    {
        "manage.py": manage("proj.settings"),
        "proj/__init__.py": "",
        "proj/wsgi.py": wsgi("proj.settings"),
        "proj/settings.py": "from os import environ, path\n\ntype Flag = bool | None\n\n"
        "BASE_DIR = path.dirname(path.dirname(path.abspath(__file__)))\n"
        'SECRET_KEY = "-".join(["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"])\n'
        "DEBUG = True\nALLOWED_HOSTS = []\n"
        + textwrap.dedent(APPS)
        + "]\n"
        + textwrap.dedent(CHAIN + TEMPLATES)
        + textwrap.dedent("""
            MIDDLEWARE += ["proj.doors.Closed"]
            ROOT_URLCONF = "proj.urls"
            STATIC_URL = "/static/"
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path.join(BASE_DIR, "db.sqlite3")}}
            if environ.get("STAGE") == "test":
                DEBUG = False
                CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
            else:
                for name in ["DEBUG", "TEMPLATE_DEBUG"]:
                    globals()[name] = True
            SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE = (not DEBUG,) * 2
            from proj.late import *
            """),
        "proj/late.py": "DEBUG = bool(1)\nX_FRAME_OPTIONS = \"ALLOWALL\"\n",
        "proj/doors.py": """
            from django.http import HttpResponseForbidden


            class Closed:
                def __init__(self, get_response):
                    self.get_response = get_response

                def __call__(self, request):
                    if request.path.startswith(("/admin/", "/static/")):
                        return self.get_response(request)
                    return HttpResponseForbidden("Members only")
            """,
        "proj/urls.py": """
            from django.contrib import admin
            from django.urls import path

            type Routes = list

            urlpatterns: Routes = [path("admin/", admin.site.urls)]
            """,
        "requirements.txt": "Django~=5.2.0\n",
        ".gitignore": "*.sqlite3\n.venv/\n",
    },
    ("django~=5.2.0",),
    python="3.13",
)

COOKIE = Generated(
    {
        "manage.py": manage("config.settings.local"),
        "config/__init__.py": "",
        "config/settings/__init__.py": "",
        "config/settings/base.py": '''"""Base settings to build other settings files upon."""\n\n'''
        "from pathlib import Path\n\nimport environ\n\n"
        "BASE_DIR = Path(__file__).resolve(strict=True).parent.parent.parent\nAPPS_DIR = BASE_DIR / \"shop\"\n"
        'env = environ.Env()\n\nif env.bool("DJANGO_READ_DOT_ENV_FILE", default=False):\n'
        '    env.read_env(str(BASE_DIR / ".env"))\n\nDEBUG = env.bool("DJANGO_DEBUG", False)\n'
        'DATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///db.sqlite3")}\n'
        'DATABASES["default"]["ATOMIC_REQUESTS"] = True\n'
        + textwrap.dedent(APPS)
        + '    "shop.users",\n]\nAUTH_USER_MODEL = "users.User"\n'
        + textwrap.dedent(CHAIN)
        + textwrap.dedent(TEMPLATES).replace('"DIRS": []', '"DIRS": [str(APPS_DIR / "templates")]')
        + textwrap.dedent("""
            ROOT_URLCONF = "config.urls"
            WSGI_APPLICATION = "config.wsgi.application"
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            STATIC_ROOT = str(BASE_DIR / "staticfiles")
            STATIC_URL = "/static/"
            ADMIN_URL = "admin/"
            LOGGING = {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"verbose": {"format": "%(levelname)s %(message)s"}},
                "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "verbose"}},
                "root": {"level": "INFO", "handlers": ["console"]},
            }
            """),
        "config/settings/local.py": """
            from .base import *  # noqa: F403
            from .base import env

            DEBUG = True
            SECRET_KEY = env(
                "DJANGO_SECRET_KEY",
                default="h4k8s2d6f9g3j7l1q5w9e3r7t1y5u9i3o7p2a6z8x4c1v5b9n3m7",
            )
            ALLOWED_HOSTS = ["localhost", "0.0.0.0", "127.0.0.1"]
            """,
        "config/settings/production.py": """
            from .base import *  # noqa: F403
            from .base import MIDDLEWARE, env

            SECRET_KEY = env("DJANGO_SECRET_KEY")
            ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["example.com"])
            SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
            SECURE_SSL_REDIRECT = env.bool("DJANGO_SECURE_SSL_REDIRECT", default=True)
            SESSION_COOKIE_SECURE = True
            CSRF_COOKIE_SECURE = True
            SECURE_HSTS_SECONDS = 60
            MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
            STORAGES = {
                "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                "staticfiles": {
                    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
                },
            }
            """,
        "config/wsgi.py": wsgi("config.settings.production"),
        "config/urls.py": """
            from django.conf import settings
            from django.contrib import admin
            from django.urls import include, path

            urlpatterns = [
                path(settings.ADMIN_URL, admin.site.urls),
                path("accounts/", include("django.contrib.auth.urls")),
            ]

            if settings.DEBUG:
                urlpatterns += []
            """,
        "shop/__init__.py": "",
        "shop/users/__init__.py": "",
        "shop/users/models.py": """
            from django.contrib.auth.models import AbstractUser
            from django.contrib.postgres.fields import ArrayField
            from django.db import models


            class User(AbstractUser):
                email = models.EmailField(unique=True)
                tags = ArrayField(models.CharField(max_length=20), default=list)
                USERNAME_FIELD = "email"
                REQUIRED_FIELDS = ["username"]
            """,
        "shop/templates/registration/login.html": "<!doctype html>\n<html><body>{{ form }}</body></html>\n",
        "requirements/base.txt": "django~=5.1.0\ndjango-environ\npsycopg2-binary\n",
        "requirements/local.txt": "-r base.txt\n",
        "requirements/production.txt": "-r base.txt\nwhitenoise>=6\ngunicorn\n",
        "requirements.txt": "-r requirements/production.txt\n",
        "pyproject.toml": "[tool.black]\n\n[tool.isort]\nprofile = \"black\"\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
    },
    ("django~=5.1.0", "django-environ", "psycopg2-binary"),
    python="3.12",
)

PROJECTS = {
    "classes": CLASSES,
    "environs_uv": ENVIRONS_UV,
    "graph": GRAPH,
    "typed": TYPED,
    "hardened": HARDENED,
    "tricky": TRICKY,
    "cookie": COOKIE,
    **dependency_samples.PROJECTS,
    **host_samples.PROJECTS,
    **inheriting_samples.PROJECTS,
    **limit_samples.PROJECTS,
    **server_samples.PROJECTS,
    **small_samples.PROJECTS,
    **start_samples.PROJECTS,
    **chosen_samples.PROJECTS,
    **static_samples.PROJECTS,
}
