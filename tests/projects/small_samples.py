"""clinic: apps below a package, one of them without migrations and one whose migrations git ignores, error handlers with
the wrong status, the SECRET_KEY in a comment, a test and a compiled file, a root logger that drops errors, Sentry with
a deprecated option, a health view with more keys.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, manage, wsgi

KEY = "c4l1n2i3c7v9b1n6m2a8s4d0f5g3h7j9k1l6q2w8e4r0t5y3u7"

SETTINGS = (
    "from os import getenv\nfrom pathlib import Path\n\nimport sentry_sdk\n\n"
    "ROOT = Path(__file__).resolve().parent.parent\n\n"
    f'# Until 2024: SECRET_KEY = "{KEY}"\nSECRET_KEY = "{KEY}"\nDEBUG = True\nALLOWED_HOSTS = []\n'
    + textwrap.dedent(APPS)
    + '    "clinic.apps.people",\n    "clinic.apps.visits",\n]\n'
    + textwrap.dedent(CHAIN + TEMPLATES).replace('"DIRS": []', '"DIRS": [ROOT / "pages"]')
    + textwrap.dedent("""
        ROOT_URLCONF = "clinic.urls"
        WSGI_APPLICATION = "clinic.wsgi.application"
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ROOT / "clinic.sqlite3"}}
        STATIC_URL = "/static/"
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        USE_TZ = True

        LOGGING = {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "root": {"handlers": ["console"], "level": "CRITICAL"},
        }

        if getenv("SENTRY_DSN"):
            sentry_sdk.init(dsn=getenv("SENTRY_DSN"), send_default_pii=False)
    """)
)

CLINIC = Generated(
    {
        ".gitignore": "# made by the editor\n.venv/\n*.sqlite3\nmigrations/\n",
        "server/requirements.txt": "django>=5.1,<5.3\nsentry-sdk\n",
        "server/manage.py": manage("clinic.settings"),
        "server/clinic/__init__.py": "",
        "server/clinic/wsgi.py": wsgi("clinic.settings"),
        "server/clinic/settings.py": SETTINGS,
        "server/clinic/__pycache__/settings.cpython-39.pyc": f"compiled SECRET_KEY {KEY}\n",
        "server/clinic/apps/__init__.py": "",
        "server/clinic/apps/people/__init__.py": "",
        "server/clinic/apps/people/models.py": """
            from django.db import models


            class Doctor(models.Model):
                name = models.CharField(max_length=80)
        """,
        "server/clinic/apps/people/migrations/__init__.py": "",
        "server/clinic/apps/people/migrations/0001_initial.py": """
            from django.db import migrations, models


            class Migration(migrations.Migration):
                initial = True
                dependencies = []
                operations = [
                    migrations.CreateModel(
                        name="Doctor",
                        fields=[
                            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False,
                                                       verbose_name="ID")),
                            ("name", models.CharField(max_length=80)),
                        ],
                    ),
                ]
        """,
        "server/clinic/apps/visits/__init__.py": "",
        "server/clinic/apps/visits/models.py": """
            from django.contrib.auth.models import Group
            from django.db import models

            from clinic.apps.people.models import Doctor


            class Visit(models.Model):
                doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE)
                team = models.ForeignKey(Group, on_delete=models.CASCADE)
                at = models.DateTimeField()
        """,
        "server/clinic/apps/visits/tests.py": f"""
            from django.test import SimpleTestCase


            class KeyTest(SimpleTestCase):
                def test_the_key_is_long(self):
                    self.assertGreater(len("{KEY}"), 40)
        """,
        "server/clinic/errors.py": """
            from django.shortcuts import render


            def not_found(request, exception):
                return render(request, "lost.html", {"path": request.path})


            def server_error(request):
                return render(request, "broken.html", status=200)
        """,
        "server/clinic/urls.py": """
            from django.contrib import admin
            from django.urls import path

            from clinic import views

            urlpatterns = [
                path("admin/", admin.site.urls),
                path("", views.home),
                path("status/", views.status),
            ]
            handler404 = "clinic.errors.not_found"
            handler500 = "clinic.errors.server_error"
        """,
        "server/clinic/views.py": """
            from django.db import DatabaseError, connection
            from django.http import HttpResponse, JsonResponse


            def home(request):
                return HttpResponse("The clinic is open.")


            def status(request):
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT 1")
                except DatabaseError:
                    return JsonResponse({"status": "unhealthy", "database": "disconnected"}, status=503)
                return JsonResponse({"status": "healthy", "database": "connected", "memory_mb": 180})
        """,
        "server/pages/lost.html": "<h1>No such page</h1>\n<p>The clinic has no page here.</p>\n",
        "server/pages/broken.html": "<h1>Something is broken</h1>\n<p>We are working on it.</p>\n",
    },
    ("django>=5.1,<5.3", "sentry-sdk"),
)

PROJECTS = {"clinic": CLINIC}
