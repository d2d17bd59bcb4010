"""Projects whose dependency file lacks what this machine has.

workspace: a uv workspace with the lock file above, two apps used and not recorded, django-dotenv in manage.py, a
    debug toolbar and an optional import that production does not need.
"""

from __future__ import annotations

from tests.projects.parts import Generated, wsgi

SETTINGS = """
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("SECRET_KEY", "insecure-portal-key-for-development-only-0123456789abc")

DEBUG = os.environ.get("DEBUG", "True") == "True"

ALLOWED_HOSTS = []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "import_export",
    "articles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

if DEBUG:
    try:
        import debug_toolbar
    except ModuleNotFoundError:
        pass

ROOT_URLCONF = "portal.urls"

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
            ]
        },
    }
]

WSGI_APPLICATION = "portal.wsgi.application"

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}

STATIC_URL = "static/"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

WORKSPACE = Generated(
    {
        "pyproject.toml": """
            [tool.uv.workspace]
            members = ["apps/*", "packages/*"]
            """,
        "uv.lock": 'version = 1\nrequires-python = ">=3.11"\n',
        ".gitignore": ".venv/\n.env\n*.sqlite3\n",
        "packages/reports/pyproject.toml": """
            [project]
            name = "reports"
            version = "0.1.0"
            requires-python = ">=3.11"
            dependencies = []
            """,
        "apps/web/pyproject.toml": """
            [project]
            name = "web"
            version = "0.1.0"
            requires-python = ">=3.11"
            dependencies = [
                "django~=5.1.0",  # the last one for our server
                "django-dotenv",
            ]
            """,
        "apps/web/manage.py": """
            import os
            import sys

            import dotenv

            if __name__ == "__main__":
                dotenv.read_dotenv()
                os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
                from django.core.management import execute_from_command_line

                execute_from_command_line(sys.argv)
            """,
        "apps/web/.env": "DEBUG=True\n",
        "apps/web/portal/__init__.py": "",
        "apps/web/portal/settings.py": SETTINGS,
        "apps/web/portal/urls.py": """
            from django.contrib import admin
            from django.urls import include, path

            urlpatterns = [path("admin/", admin.site.urls), path("", include("articles.urls"))]
            """,
        "apps/web/portal/wsgi.py": wsgi("portal.settings"),
        "apps/web/articles/__init__.py": "",
        "apps/web/articles/models.py": """
            from django.db import models


            class Article(models.Model):
                title = models.CharField(max_length=200)
                text = models.TextField()
            """,
        "apps/web/articles/migrations/__init__.py": "",
        "apps/web/articles/migrations/0001_initial.py": """
            from django.db import migrations, models


            class Migration(migrations.Migration):
                initial = True
                operations = [
                    migrations.CreateModel(
                        name="Article",
                        fields=[
                            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                            ("title", models.CharField(max_length=200)),
                            ("text", models.TextField()),
                        ],
                    ),
                ]
            """,
        "apps/web/articles/urls.py": """
            from django.urls import path

            from . import views

            urlpatterns = [path("", views.front, name="front")]
            """,
        "apps/web/articles/views.py": """
            import markdown
            from django.shortcuts import render

            try:
                import yaml
            except ImportError:
                yaml = None

            from .models import Article


            def front(request):
                texts = [markdown.markdown(article.text) for article in Article.objects.all()[:20]]
                return render(request, "front.html", {"texts": texts, "yaml": yaml is not None})
            """,
        "apps/web/templates/front.html": "<!doctype html>\n<title>Portal</title>\n{{ texts|join:'' }}\n",
        "apps/web/articles/tests.py": "import pytest\n",
    },
    ("django~=5.1.0", "django-dotenv", "django-import-export", "markdown", "pyyaml", "uv"),
)

PROJECTS = {"workspace": WORKSPACE}
