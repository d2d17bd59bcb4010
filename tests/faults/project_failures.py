"""Failures of the project itself: its start command, dependencies, settings, code, templates, database and files."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.faults.failure import Failure
from tests.faults.fault import Edit, append, delete, every, git, replace, without_line, write

SETTINGS, URLS, HEALTH = "election_cart/settings.py", "election_cart/urls.py", "election_cart/health.py"
PROCFILE_PORT = "0.0.0.0:${PORT:-8000}"
MIGRATE = "python manage.py migrate --noinput && "
COLLECT = "python manage.py collectstatic --noinput && "
MIGRATION = """\
from django.db import migrations


def fill(apps, schema_editor):
    {body}


class Migration(migrations.Migration):
    dependencies = [('products', '0001_initial')]
    operations = [migrations.RunPython(fill)]
"""
GATE = """\
def gate(get_response):
    def check(request):
        if request.path.startswith('/admin'):
            raise RuntimeError('closed today')
        return get_response(request)
    return check
"""
SECRET_URL = "postgresql://shop:secret-of-the-shop@127.0.0.1:1/shop"


def variables(**values: str):
    @contextmanager
    def around(root: Path) -> Iterator[Mapping[str, str]]:
        yield values

    return around


@contextmanager
def taken_port(root: Path) -> Iterator[Mapping[str, str]]:
    """Another program listens on the port that the Procfile names."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        replace("Procfile", PROCFILE_PORT, f"127.0.0.1:{port}")(root)
        yield {}


def pipe(name: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).unlink(missing_ok=True)
        os.mkfifo(root / name)

    return edit


def encoded(name: str, content: bytes) -> Edit:
    return lambda root: (root / name).write_bytes((root / name).read_bytes() + content)


def hook(name: str, text: str) -> Edit:
    """A hook of git that refuses."""

    def edit(root: Path) -> None:
        path = root.parent / ".git/hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    return edit


def in_health(line: str) -> Edit:
    """*line* as the first of the health view."""
    return replace(HEALTH, "def health_check(request):\n", f"def health_check(request):\n    {line}\n")


NO_PROCFILE = every(git("rm", "--quiet", "Procfile"), git("commit", "--quiet", "-m", "No Procfile"))

START = [
    Failure("start: a typo in the program", 17, replace("Procfile", "exec gunicorn", "exec gunicron"),
            cause=["Procfile:1", "gunicron: not found"], never=["None Check the", "SIGTERM"]),
    Failure("start: gunicorn is not in requirements.txt", 17, without_line("requirements.txt", "gunicorn"),
            cause=["Procfile:1", "gunicorn: not found"]),
    Failure("start: a module that does not exist", 17, replace("Procfile", "election_cart.wsgi", "election_cart.wsgy"),
            cause=["Procfile:1", "ModuleNotFoundError: No module named 'election_cart.wsgy'"]),
    Failure("start: an application that does not exist", 17, replace("Procfile", "wsgi:application", "wsgi:app"),
            cause=["Procfile:1", "Failed to find attribute 'app' in 'election_cart.wsgi'"]),
    Failure("start: an unknown option", 17, replace("Procfile", "--bind", "--bynd"),
            cause=["Procfile:1", "unrecognized arguments: --bynd"]),
    Failure("start: the port is taken", 17, around=taken_port, cause=["Procfile:1", "in use"]),
    Failure("start: the disk is full", 17, replace("Procfile", COLLECT, "cat manage.py > /dev/full && "),
            cause=["Procfile:1", "No space left on device"]),
    Failure("start: memory runs out", 17, append("election_cart/wsgi.py", "\nCACHE = bytearray(1 << 60)\n"),
            cause=["election_cart/wsgi.py:9", "MemoryError"]),
    Failure("start: workers that take too long", 17,
            every(replace("Procfile", "--bind", "--timeout 1 --bind"), in_health("import time; time.sleep(30)")),
            cause=["health.py:16", "WORKER TIMEOUT"], never=["SIGTERM"]),
    Failure("start: workers that are killed", 17, in_health("import os; os.kill(os.getpid(), 9)"),
            cause=["Procfile:1", "SIGKILL! Perhaps out of memory?"]),
    Failure("start: killed by the system", 17, replace("Procfile", COLLECT, "kill -9 $$ && "),
            cause=["Procfile", "SIGKILL"]),
    Failure("start: a file of the build is missing", 17, replace("Procfile", COLLECT, "cat build/version.txt && "),
            cause=["Procfile:1", "build/version.txt: No such file or directory"]),
    Failure("start: a management command that does not exist", 17,
            replace("Procfile", "manage.py collectstatic", "manage.py collectstatics"),
            cause=["Procfile:1", "Unknown command: 'collectstatics'"]),
]  # fmt: skip
PACKAGES = [
    Failure("packages: a pin that can't be installed", 17,
            replace("requirements.txt", "whitenoise==6.12.0", "whitenoise==6.12.999"),
            cause=["requirements.txt:", "whitenoise==6.12.999", "No matching distribution"]),
    Failure("packages: one is only on this machine", 17, without_line("requirements.txt", "PyJWT"),
            cause=["authentication/tokens.py:", "ModuleNotFoundError: No module named 'jwt'"]),
    Failure("packages: the driver of the database", 17, without_line("requirements.txt", "psycopg"),
            cause=["Error loading psycopg2 or psycopg module"]),
    Failure("packages: an older API", 18, append("orders/views.py", "from django.utils.encoding import force_text\n"),
            cause=["orders/views.py:73", "ImportError: cannot import name 'force_text'"]),
    Failure("packages: two that exclude each other", 17, append("requirements.txt", "asgiref==3.4.0\n"),
            cause=["requirements.txt:", "asgiref"]),
]  # fmt: skip
LOADING = [
    Failure("settings: a syntax error", 17, append(SETTINGS, "\nDEBUG = (\n"),
            cause=["settings.py:", "SyntaxError: '(' was never closed"]),
    Failure("settings: an undefined name", 10, append(SETTINGS, "\nPAGE_SIZE = page_size\n"),
            cause=["settings.py:", "NameError: name 'page_size' is not defined"]),
    Failure("settings: Python is too old", 3,
            append(SETTINGS, "\nif sys.version_info < (3, 99):\n    raise RuntimeError('Python 3.99 is required')\n"),
            cause=["settings.py:", "RuntimeError: Python 3.99 is required"]),
    Failure("settings: ALLOWED_HOSTS is a text", 3, append(SETTINGS, "\nALLOWED_HOSTS = 'shop.example.com'\n"),
            cause=["settings.py:", "The ALLOWED_HOSTS setting must be a list or a tuple"], never=["Set ALLOWED_HOSTS"]),
    Failure("settings: an app that does not exist", 5, replace(SETTINGS, "    'products',\n", "    'productz',\n"),
            cause=["settings.py:39", "No module named 'productz'"]),
    Failure("settings: a middleware that does not exist", 17,
            replace(SETTINGS, "security.SecurityMiddleware", "security.SecurityMidleware"),
            cause=["settings.py:47", "SecurityMidleware"]),
    Failure("settings: another user model", 5, replace(SETTINGS, "'authentication.User'", "'authentication.Usr'"),
            cause=["settings.py:", "AUTH_USER_MODEL refers to model 'authentication.Usr'"]),
    Failure("settings: another URL configuration", 5, replace(SETTINGS, "'election_cart.urls'", "'election_cart.url'"),
            cause=["settings.py:", "No module named 'election_cart.url'"]),
    Failure("settings: another WSGI application", 2,
            replace(SETTINGS, "'election_cart.wsgi.application'", "'election_cart.wsgy.application'"),
            cause=["settings.py:", "election_cart.wsgy"]),
    Failure("settings: an invalid LOGGING", 4,
            append(SETTINGS, "\nLOGGING['handlers']['console']['class'] = 'logging.StreamHandlr'\n"),
            cause=["settings.py:", "Unable to configure handler 'console'", "StreamHandlr"]),
    Failure("settings: a log in a folder that does not exist", 4,
            append(SETTINGS, "\nLOGGING['handlers']['file'] = {'class': 'logging.FileHandler', "
                   "'filename': '/no/such/folder/shop.log'}\n"),
            cause=["settings.py:", "/no/such/folder/shop.log"]),
    Failure("settings: an engine that does not exist", 13,
            append(SETTINGS, "\nDATABASES['default']['ENGINE'] = 'django.db.backends.postgres'\n"),
            cause=["settings.py:", "'django.db.backends.postgres' isn't an available database backend"]),
    Failure("settings: a number that is none", 3, append(SETTINGS, "\nPAGE_SIZE = int('many')\n"),
            cause=["settings.py:", "ValueError: invalid literal for int() with base 10: 'many'"]),
    Failure("code: an import of a missing package", 17, append("orders/views.py", "import nosuchlib\n"),
            cause=["orders/views.py:73", "No module named 'nosuchlib'"]),
    Failure("code: a circular import", 5, append("products/models.py", "from orders.models import Total\n"),
            cause=["products/models.py:", "ImportError: cannot import name 'Total' from"]),
    Failure("code: an undefined name in urls.py", 5, append(URLS, "urlpatterns += shop_patterns\n"),
            cause=["urls.py:15", "NameError: name 'shop_patterns' is not defined"]),
    Failure("code: urls of an app that does not exist", 5, replace(URLS, "'products.urls'", "'productz.urls'"),
            cause=["urls.py:10", "No module named 'productz'"]),
    Failure("code: a view that does not exist", 5, replace("products/urls.py", "views.packages)", "views.package)"),
            cause=["products/urls.py:6", "has no attribute 'package'"]),
    Failure("code: a syntax error in Golive's module", 7, append("election_cart/ratelimits.py", "\ndef limit(:\n"),
            cause=["ratelimits.py:", "SyntaxError: invalid syntax"]),
    Failure("files: .env is a pipe", 1, pipe(".env"), cause=[".env", "regular file"]),
    Failure("files: .env is not UTF-8", 1, encoded(".env", b"NAME=caf\xe9\n"), cause=[".env", "UTF-8"]),
]  # fmt: skip
DATABASE = [
    Failure("database: it refuses connections", 17, around=variables(GOLIVE_DATABASE_URL=SECRET_URL),
            cause=["OperationalError", "port 1 failed: Connection refused"], never=["secret-of-the-shop"]),
    Failure("database: the health view answers 503", 17, replace("Procfile", MIGRATE, ""),
            around=variables(GOLIVE_DATABASE_URL=SECRET_URL),
            cause=["503", "OperationalError", "Connection refused"], never=["secret-of-the-shop"]),
    Failure("database: a password with special characters", 17,
            around=variables(GOLIVE_DATABASE_URL="postgresql://shop:pa#ss/wo@rd@127.0.0.1:1/shop"),
            cause=["settings.py:237", "not a valid url"], never=["pa#ss"]),
    Failure("database: a migration fails", 17,
            write("products/migrations/0002_prices.py", MIGRATION.format(body="raise RuntimeError('no price list')")),
            cause=["products/migrations/0002_prices.py:5", "RuntimeError: no price list"], never=["every migration"]),
    Failure("database: a migration that fails in task 13", 13,
            write("products/migrations/0002_prices.py", MIGRATION.format(body="raise RuntimeError('no price list')")),
            cause=["products/migrations/0002_prices.py:5", "RuntimeError: no price list"], never=["every migration"]),
    Failure("database: two migrations with the same parent", 17,
            every(write("products/migrations/0002_a.py", MIGRATION.format(body="pass")),
                  write("products/migrations/0002_b.py", MIGRATION.format(body="pass"))),
            cause=["Conflicting migrations detected"]),
    Failure("database: a migration's parent is missing", 17,
            write("products/migrations/0003_c.py", MIGRATION.format(body="pass").replace("0001_initial", "0002_gone")),
            cause=["products", "NodeNotFoundError"]),
    Failure("database: a model ahead of its migrations", 18,
            replace("products/models.py", "    unit = models.CharField(",
                    "    colour = models.CharField(max_length=9)\n"
                    "    unit = models.CharField("),
            cause=["colour"]),
    Failure("database: a model that fails the checks", 17,
            append("products/models.py", "\n\nclass Shelf(models.Model):\n    at = models.ForeignKey('Store', "
                   "models.CASCADE)\n"),
            cause=["products/models.py:", "fields.E300"]),
]  # fmt: skip
SITE = [
    Failure("site: an undefined name in the health view", 17, in_health("count(request)"),
            cause=["health.py:16", "NameError: name 'count' is not defined", "500"]),
    Failure("site: a template that does not exist", 17,
            in_health("from django.shortcuts import render; return render(request, 'healthy.html')"),
            cause=["health.py:16", "TemplateDoesNotExist: healthy.html"]),
    Failure("site: the health check is redirected", 17, append(SETTINGS, "\nSECURE_REDIRECT_EXEMPT = []\n"),
            cause=["settings.py:", "301", "https://healthcheck.railway.app/health/", "SECURE_SSL_REDIRECT"]),
    Failure("site: the platform's host is not allowed", 17,
            append(SETTINGS, "\nALLOWED_HOSTS = ['shop.example.com']\n"),
            cause=["settings.py:283", "healthcheck.railway.app"], never=["False Check ALLOWED_HOSTS"]),
    Failure("site: a middleware raises", 18,
            every(write("election_cart/gate.py", GATE),
                  replace(SETTINGS, "    'election_cart.ratelimits.RateLimitMiddleware',\n",
                          "    'election_cart.ratelimits.RateLimitMiddleware',\n    'election_cart.gate.gate',\n")),
            cause=["gate.py:4", "RuntimeError: closed today"]),
    Failure("site: a context processor that does not exist", 18,
            replace(SETTINGS, "context_processors.debug'", "context_processors.debugs'"),
            cause=["settings.py:", "debugs"]),
    Failure("site: a template with a syntax error", 2, append("templates/404.html", "{% blok content %}\n"),
            cause=["templates/404.html", "blok"]),
    Failure("site: a static file that is not in the manifest", 2,
            append("templates/500.html", "{% load static %}{% static 'css/nope.css' %}\n"),
            cause=["templates/500.html", "Missing staticfiles manifest entry for 'css/nope.css'"]),
    Failure("site: a style sheet names a missing file", 17,
            write("static/css/more.css", "body { background: url('missing.png') }\n"),
            cause=["static/css/more.css:1", "css/missing.png"]),
    Failure("site: sessions in a cache that is down", 18,
            append(SETTINGS, "\nSESSION_ENGINE = 'django.contrib.sessions.backends.cache'\nCACHES['default'] = "
                   "{'BACKEND': 'django.core.cache.backends.memcached.PyMemcacheCache', 'LOCATION': '127.0.0.1:1'}\n"),
            cause=["pymemcache"]),
]  # fmt: skip
CHECKS = [
    Failure("journeys: a view raises", 21,
            replace("products/views.py", "def packages(request):\n", "def packages(request):\n    {}['tea']\n"),
            cause=["products/views.py:", "KeyError: 'tea'"]),
    Failure("pages: a view raises", 22,
            replace("products/views.py", "def packages(request):\n", "def packages(request):\n    int('tea')\n"),
            cause=["products/views.py:", "ValueError: invalid literal for int() with base 10: 'tea'"]),
    Failure("pages: every request is redirected to itself", 18, append(SETTINGS, "\nSECURE_PROXY_SSL_HEADER = None\n"),
            cause=["SECURE_PROXY_SSL_HEADER"]),
    Failure("variables: the key is missing", 15, without_line(".env.production", "DJANGO_SECRET_KEY"),
            cause=["DJANGO_SECRET_KEY"]),
    Failure("static files: STATIC_ROOT is not set", 17, append(SETTINGS, "\nSTATIC_ROOT = None\n"),
            cause=["STATIC_ROOT", "ImproperlyConfigured"]),
    Failure("rate limits: every worker counts on its own", 20, append(SETTINGS, "\nRATELIMIT_USE_CACHE = 'default'\n"),
            cause=["20.10", "LocMemCache"]),
]  # fmt: skip
FILES = [
    Failure("files: templates is no folder", 2,
            every(delete("templates/404.html"), delete("templates/500.html"), delete("templates/index.html"),
                  lambda root: (root / "templates").rmdir(), write("templates", "")),
            cause=["templates: File exists"]),
    Failure("git: its index is locked", 16, every(NO_PROCFILE, write("../.git/index.lock", "")),
            cause=["index.lock"], commit=True),
    Failure("git: a hook refuses", 16,
            every(NO_PROCFILE, hook("pre-commit", "#!/bin/sh\necho 'black would reformat' >&2\nexit 1\n")),
            cause=["git commit failed", "black would reformat"], commit=True),
    Failure("git: a hook can't be run", 16, every(NO_PROCFILE, hook("pre-commit", "#!/no/such/python\n")),
            cause=["git commit failed", "pre-commit"], commit=True),
    Failure("git: a merge is not finished", 16, every(NO_PROCFILE, write("../.git/MERGE_HEAD", "0" * 40 + "\n")),
            cause=["a merge"], commit=True),
]  # fmt: skip

FAILURES = [*START, *PACKAGES, *LOADING, *DATABASE, *SITE, *CHECKS, *FILES]
