"""Projects whose settings load only with what production or a fresh clone lacks.

above: manage.py, wsgi.py and asgi.py name a folder without __init__.py; modules are imported from the folder above that
    of manage.py; an exception class of its own for missing variables, a key of 32 bytes, a secrets.json that nobody
    has, test keys of payments that production refuses and the local .env holds.
unnamed: no file names the settings module; local_settings.py with the only SECRET_KEY is not in git; python-decouple
    opens a .env file that is not in git.
parts: django-split-settings with files by pattern, name and environment, a key in one of them, assertions.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, manage, wsgi

COMMON = (
    textwrap.dedent(APPS + "    ]\n" + CHAIN + TEMPLATES)
    + 'STATIC_URL = "static/"\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
)
DATABASES = """
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
"""
URLS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""


def without_name(text: str) -> str:
    """manage.py or wsgi.py without the line that names the settings."""
    return "".join(line for line in text.splitlines(keepends=True) if "setdefault" not in line)


ABOVE = Generated(
    {
        "shop/manage.py": manage("project.settings"),
        "shop/project/wsgi.py": wsgi("project.settings"),
        "shop/project/asgi.py": wsgi("project.settings").replace("wsgi", "asgi"),
        "shop/project/urls.py": URLS,
        "shop/project/settings/envvars.py": """
            import base64
            import os


            class NotConfigured(Exception):
                pass


            def need(name):
                value = os.environ.get(name)
                if value is None or not value.strip():
                    raise NotConfigured
                return value


            TICKET_KEY = base64.urlsafe_b64decode(need("TICKET_KEY"))
            if len(TICKET_KEY) != 32:
                raise NotConfigured("a ticket key has 32 bytes")
            STAGE = need("STAGE")
            if STAGE not in {"laptop", "live"}:
                raise NotConfigured(STAGE)
            PAYMENTS_KEY = os.environ.get("PAYMENTS_KEY", "")
            """,
        "shop/project/settings/base.py": "import json\nfrom pathlib import Path\n\n"
        "from shop.project.settings.envvars import *  # noqa: F403\n\n"
        "BASE_DIR = Path(__file__).resolve().parents[2]\n"
        'with open(BASE_DIR / "secrets.json") as file:\n    secrets = json.load(file)\n'
        'SECRET_KEY = secrets["SECRET_KEY"]\nEMAIL_HOST_PASSWORD = secrets["MAIL_PASSWORD"]\n'
        'DEBUG = False\nALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "project.urls"\n' + COMMON + DATABASES,
        "shop/project/settings/dev.py": "from .base import *  # noqa: F403\n\nDEBUG = True\n",
        "shop/project/settings/live.py": """
            from django.core.exceptions import ImproperlyConfigured

            from .base import *  # noqa: F403
            from .base import PAYMENTS_KEY

            if PAYMENTS_KEY.startswith("pay_test_"):
                raise ImproperlyConfigured("live needs a live key")
            """,
        "shop/.env": "STAGE=laptop\nPAYMENTS_KEY=pay_test_0123456789\n",
        "requirements.txt": "django~=5.1.0\n",
        ".gitignore": ".venv/\n.env\nsecrets.json\n",
    },
    ("django~=5.1.0",),
)

UNNAMED = Generated(
    {
        "manage.py": without_name(manage("none")),
        "tea/__init__.py": "",
        "tea/wsgi.py": without_name(wsgi("none")),
        "tea/urls.py": URLS,
        "tea/settings/__init__.py": "# the settings are in base.py\n",
        "tea/settings/base.py": "import sys\nfrom pathlib import Path\n\nfrom decouple import Config, RepositoryEnv\n\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
        "config = Config(RepositoryEnv(BASE_DIR / 'conf' / 'tea.env'))\n"
        "DEBUG = config('DEBUG', default=False, cast=bool)\n"
        "if not config('MAIL_FROM', default=''):\n    sys.exit('MAIL_FROM is not configured')\n"
        "ALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'tea.urls'\n"
        + (COMMON + DATABASES).replace('"', "'")
        + "\ntry:\n    from .local_settings import *  # this machine's\nexcept ImportError:\n    pass\n",
        "tea/settings/local_settings.py": "SECRET_KEY = 'local-0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f'\n",
        "tea/settings/test.py": "from .base import *\n",
        "conf/tea.env": "DEBUG=True\nMAIL_FROM=tea@example.com\n",
        "requirements.txt": "django~=5.2.0\npython-decouple\n",
        ".gitignore": ".venv/\n*.env\nlocal_settings.py\n",
    },
    ("django~=5.2.0", "python-decouple"),
)

PARTS = Generated(
    {
        "server/manage.py": manage("web.settings"),
        "server/web/__init__.py": "",
        "server/web/wsgi.py": wsgi("web.settings"),
        "server/web/urls.py": URLS,
        "server/web/settings/__init__.py": """
            from os import environ

            from split_settings.tools import include, optional

            STAGE = environ.get("WEB_STAGE", "production")
            FILES = ["components/*.py", f"stages/{STAGE}.py", optional("stages/local.py")]

            include(*FILES)
            """,
        "server/web/settings/components/common.py": "from pathlib import Path\n\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
        'SECRET_KEY = "p7q8r9s0t1u2v3w4x5y6z7a8b9c0d1e2f3g4h5i6j7k8l9m0"\nROOT_URLCONF = "web.urls"\n'
        'WSGI_APPLICATION = "web.wsgi.application"\n' + COMMON,
        "server/web/settings/components/databases.py": DATABASES.lstrip(),
        "server/web/settings/stages/production.py": """
            from os import environ

            DEBUG = False
            ALLOWED_HOSTS = environ.get("WEB_HOSTS", "").split(",")
            assert ALLOWED_HOSTS != [""], "no hosts"
            """,
        "server/web/settings/stages/laptop.py": 'DEBUG = True\nALLOWED_HOSTS = ["*"]\n',
        "server/requirements/base.txt": "django~=4.2.0\ndjango-split-settings\n",
        ".gitignore": ".venv/\n",
    },
    ("django~=4.2.0", "django-split-settings"),
)

PROJECTS = {"above": ABOVE, "unnamed": UNNAMED, "parts": PARTS}
