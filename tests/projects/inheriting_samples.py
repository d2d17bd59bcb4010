"""A project whose settings for development and for tests import everything from those of production.

tearoom: settings named after rooms, `bool(int(...))` for DEBUG with DEBUG=1 in compose and example files, pytest-django
    with settings of its own, a workflow that sets variables, plain HTTP in development and in tests.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, manage, wsgi

TEAROOM = Generated(
    {
        "manage.py": manage("tearoom.conf.dev"),
        "tearoom/__init__.py": "",
        "tearoom/wsgi.py": wsgi("tearoom.conf.live"),
        "tearoom/conf/__init__.py": "",
        "tearoom/conf/live.py": "import os\nfrom pathlib import Path\n\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
        'SECRET_KEY = os.environ.get("SECRET_KEY", "kettle-on-the-stove-1")\n'
        'DEBUG = bool(int(os.environ.get("DEBUG", 0)))\nALLOWED_HOSTS = ["tearoom.example"]\n'
        + textwrap.dedent(APPS)
        + '    "menu",\n]\n'
        + textwrap.dedent(CHAIN)
        + textwrap.dedent(TEMPLATES)
        + textwrap.dedent("""
            ROOT_URLCONF = "tearoom.urls"
            WSGI_APPLICATION = "tearoom.wsgi.application"
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            STATIC_URL = "static/"
            DATABASES = {
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": BASE_DIR / "db.sqlite3",
                }
            }
            """),
        "tearoom/conf/dev.py": 'from tearoom.conf.live import *\n\nDEBUG = True\nALLOWED_HOSTS = ["*"]\n',
        "tearoom/conf/tests.py": "from .live import *\n\n"
        'ALLOWED_HOSTS = ["testserver"]\n'
        'PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]\n',
        "tearoom/urls.py": """
            from django.contrib import admin
            from django.urls import path

            from menu.views import teas

            urlpatterns = [
                path("admin/", admin.site.urls),
                path("", teas, name="teas"),
            ]
            """,
        "menu/__init__.py": "",
        "menu/models.py": """
            from django.db import models


            class Tea(models.Model):
                name = models.CharField(max_length=80)
            """,
        "menu/migrations/__init__.py": "",
        "menu/migrations/0001_initial.py": """
            from django.db import migrations, models


            class Migration(migrations.Migration):
                initial = True
                dependencies = []
                operations = [
                    migrations.CreateModel(
                        name="Tea",
                        fields=[
                            (
                                "id",
                                models.BigAutoField(
                                    auto_created=True,
                                    primary_key=True,
                                    serialize=False,
                                    verbose_name="ID",
                                ),
                            ),
                            ("name", models.CharField(max_length=80)),
                        ],
                    ),
                ]
            """,
        "menu/views.py": """
            from django.http import HttpResponse

            from menu.models import Tea


            def teas(request):
                return HttpResponse(", ".join(Tea.objects.values_list("name", flat=True)))
            """,
        "menu/tests/__init__.py": "",
        "menu/tests/test_views.py": """
            import pytest
            from django.test import TestCase

            from menu.models import Tea


            class TeasTest(TestCase):
                def test_teas_are_listed(self):
                    Tea.objects.create(name="Assam")
                    self.assertContains(self.client.get("/"), "Assam")

                def test_nobody_drinks_coffee(self):
                    self.fail("this has failed for years")


            @pytest.mark.django_db
            def test_the_admin_asks_for_a_login(client):
                assert client.get("/admin/").status_code == 302
            """,
        "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = tearoom.conf.tests\n",
        "docker-compose.yml": """
            services:
              web:
                build: .
                command: python manage.py runserver 0.0.0.0:8000
                environment:
                  - DEBUG=1
                  - DJANGO_SETTINGS_MODULE=tearoom.conf.live
              cache:
                image: redis:7
            """,
        ".env.example": "DEBUG=1\nSECRET_KEY=\n",
        ".github/workflows/tests.yml": """
            on: push
            jobs:
              tests:
                runs-on: ubuntu-latest
                env:
                  DEBUG: 0
                steps:
                  - uses: actions/checkout@v4
                  - run: pytest
            """,
        "requirements.txt": "Django~=5.2.0\npytest-django\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
    },
    ("django~=5.2.0", "pytest-django"),
)

PROJECTS = {"tearoom": TEAROOM}
