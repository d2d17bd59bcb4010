"""Projects whose production settings are chosen elsewhere than in the default of manage.py and wsgi.py.

switched: manage.py and wsgi.py complete the module's name with ENVIRONMENT, which is "development" unless set.
forced: wsgi.py assigns development's module, so that no variable can change it.
commanded: the Procfile sets development's module for the server only.
configured: gunicorn.conf.py turns DEBUG on in `raw_env`.
scripted: a Dockerfile with a script that exports development's module, and another one by ENV.
loaded: wsgi.py loads a .env file from git that turns DEBUG on.
parted: `cd` and another folder, and a release command whose manage.py has other settings than wsgi.py.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, manage, wsgi

COMMON = (
    textwrap.dedent(APPS + "    ]\n" + CHAIN + TEMPLATES)
    + 'STATIC_URL = "static/"\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
)
BASE = (
    "import os\nfrom pathlib import Path\n\nBASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
    'ROOT_URLCONF = "tea.urls"\nWSGI_APPLICATION = "tea.wsgi.application"\n' + COMMON
)
DEVELOPMENT = """
    from .base import *  # noqa: F403
    from .base import BASE_DIR

    DEBUG = True
    SECRET_KEY = "a-key-for-this-machine-0123456789abcdefghijklmnop"
    ALLOWED_HOSTS = ["*"]
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
    """
PRODUCTION = """
    import os

    from .base import *  # noqa: F403
    from .base import BASE_DIR

    DEBUG = os.environ.get("DEBUG", "False") == "True"
    SECRET_KEY = os.environ["SECRET_KEY"]
    ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "").split(",")
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
    """
URLS = """
    from django.contrib import admin
    from django.urls import path

    urlpatterns = [path("admin/", admin.site.urls)]
    """
SWITCH = """
import os

environment = os.environ.get("ENVIRONMENT", "development")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"tea.settings.{environment}")
"""


def project(below: str = "", *, module: str = "tea.settings.production", **files: str) -> Generated:
    """A project in the folder *below* whose manage.py and wsgi.py name *module*. *files* replace or add files."""
    usual = {
        "manage.py": manage(module),
        "tea/__init__.py": "",
        "tea/wsgi.py": wsgi(module),
        "tea/urls.py": URLS,
        "tea/settings/__init__.py": "",
        "tea/settings/base.py": BASE,
        "tea/settings/development.py": DEVELOPMENT,
        "tea/settings/production.py": PRODUCTION,
        "requirements.txt": "django~=5.2.0\ngunicorn\n",
    }
    named = {f"{below}{path}": text for path, text in usual.items()}
    return Generated({**named, ".gitignore": ".venv/\n.env\n", **files}, ("django~=5.2.0", "gunicorn"))


DEV = "tea.settings.development"
START = "gunicorn tea.wsgi --bind 0.0.0.0:$PORT"
PROJECTS = {
    "switched": project(
        **{
            "manage.py": SWITCH
            + manage("unused")
            .split("\n", 1)[1]
            .replace('    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unused")\n', ""),
            "tea/wsgi.py": SWITCH + "\nfrom django.core.wsgi import get_wsgi_application\n\n"
            "application = get_wsgi_application()\n",
        }
    ),
    "forced": project(
        **{
            "manage.py": manage(DEV),
            "tea/wsgi.py": wsgi(DEV).replace(
                f'environ.setdefault("DJANGO_SETTINGS_MODULE", "{DEV}")', f'environ["DJANGO_SETTINGS_MODULE"] = "{DEV}"'
            ),
        }
    ),
    "commanded": project(Procfile=f"web: DJANGO_SETTINGS_MODULE={DEV} {START}\n"),
    "configured": project(
        **{
            "Procfile": "web: gunicorn tea.wsgi\n",
            "gunicorn.conf.py": 'import os\n\nbind = "0.0.0.0:" + os.environ.get("PORT", "8000")\n'
            'workers = 2\nraw_env = ["DEBUG=True", "TEA=green"]\n',
        }
    ),
    "scripted": project(
        **{
            "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nENV DJANGO_SETTINGS_MODULE=tea.settings.base\n"
            'COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD ["sh", "start.sh"]\n',
            "start.sh": f"#!/bin/sh\nset -e\nexport DJANGO_SETTINGS_MODULE={DEV}\npython manage.py migrate\n"
            f"exec {START}\n",
        }
    ),
    "loaded": project(
        **{
            "tea/wsgi.py": "import os\nfrom pathlib import Path\n\nfrom dotenv import load_dotenv\n\n"
            'load_dotenv(Path(__file__).resolve().parent.parent / "deploy.env", override=True)\n'
            + wsgi("tea.settings.production").split("\n", 2)[2],
            "deploy.env": "DEBUG=True\nTEA=green\n",
            "requirements.txt": "django~=5.2.0\ngunicorn\npython-dotenv\n",
        }
    ),
    "parted": project(
        "backend/",
        **{
            "backend/manage.py": manage(DEV),
            "Procfile": "release: cd backend && python manage.py migrate\n"
            f"web: cd backend && python manage.py migrate && {START}\n",
            "requirements.txt": "-r backend/requirements.txt\n",
        },
    ),
}
