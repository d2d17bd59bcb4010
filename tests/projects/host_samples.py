"""Two projects whose hosts, origins, cookies and databases are not as production needs them.

split_frontend: django-environ, corsheaders and sessions of DRF for a frontend on another domain, literal lists of hosts
    and origins with plain HTTP, wildcards and this machine's addresses, a site URL on localhost.
own_engine: os.getenv with split, django-prometheus's database engine, a second database with a router, OPTIONS, TEST
    and ATOMIC_REQUESTS, a canonical host.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, manage, wsgi

SPLIT_FRONTEND = Generated(
    {
        "web/package.json": '{"name": "web", "private": true}\n',
        "server/manage.py": manage("storefront.settings"),
        "server/storefront/__init__.py": "",
        "server/storefront/wsgi.py": wsgi("storefront.settings"),
        "server/storefront/settings.py": textwrap.dedent("""
            from pathlib import Path

            import environ

            BASE_DIR = Path(__file__).resolve().parent.parent
            env = environ.Env()
            environ.Env.read_env(BASE_DIR / ".env")

            SECRET_KEY = env("SECRET_KEY", default="b7n2m5x9c4v1z8l3k6j0h2g5f8d1s4a7q9w3e6r2t5y8u1i4o7")
            DEBUG = env.bool("DEBUG", default=True)
            ALLOWED_HOSTS = [".railway.app", "127.0.0.1", "localhost"]
            CSRF_TRUSTED_ORIGINS = ["https://*", "http://localhost:5173"]  # the frontend
            CORS_ALLOWED_ORIGINS = [
                "http://localhost:5173",  # Vite
                "http://203.0.113.9:5173",
                "https://shop.example.com",
            ]
            CORS_ALLOW_CREDENTIALS = True
            SITE_URL = env("SITE_URL", default="http://localhost:8000")
            FRONTEND_URL = env("FRONTEND_URL", default="http://localhost:5173")
            """).lstrip("\n")
        + textwrap.dedent(APPS)
        + '    "corsheaders",\n    "rest_framework",\n    "catalog",\n]\n'
        + textwrap.dedent(CHAIN).replace(
            '    "django.contrib.sessions', '    "corsheaders.middleware.CorsMiddleware",\n    "django.contrib.sessions'
        )
        + textwrap.dedent(TEMPLATES)
        + textwrap.dedent("""
            ROOT_URLCONF = "storefront.urls"
            WSGI_APPLICATION = "storefront.wsgi.application"
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            STATIC_URL = "static/"
            REST_FRAMEWORK = {
                "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
            }
            DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
            """),
        "server/storefront/urls.py": """
            from catalog.views import Session, links
            from django.contrib import admin
            from django.urls import path

            urlpatterns = [
                path("admin/", admin.site.urls),
                path("api/session/", Session.as_view(), name="session"),
                path("api/links/", links),
            ]
            """,
        "server/catalog/__init__.py": "",
        "server/catalog/views.py": """
            from django.conf import settings
            from django.contrib.auth import authenticate, login
            from django.http import JsonResponse
            from django.middleware.csrf import get_token
            from rest_framework.permissions import AllowAny
            from rest_framework.response import Response
            from rest_framework.views import APIView


            class Session(APIView):
                permission_classes = [AllowAny]

                def get(self, request):
                    return Response({"token": get_token(request), "user": request.user.get_username()})

                def post(self, request):
                    user = authenticate(
                        request, username=request.data.get("username"), password=request.data.get("password")
                    )
                    if user is None:
                        return Response({"detail": "wrong name or password"}, status=401)
                    login(request, user)
                    return Response({"user": user.get_username()})


            def links(request):
                return JsonResponse({"site": settings.SITE_URL, "frontend": settings.FRONTEND_URL})
            """,
        "server/requirements.txt": "django~=5.2.0\ndjango-environ\ndjango-cors-headers\ndjangorestframework\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\nnode_modules/\n",
    },
    ("django~=5.2.0", "django-environ", "django-cors-headers", "djangorestframework"),
)

OWN_ENGINE = Generated(
    {
        "manage.py": manage("plant.settings"),
        "plant/__init__.py": "",
        "plant/wsgi.py": wsgi("plant.settings"),
        "plant/settings.py": textwrap.dedent("""
            import os
            from pathlib import Path

            BASE_DIR = Path(__file__).resolve().parent.parent
            SECRET_KEY = os.getenv("SECRET_KEY", "v4b8n1m6q2w9e5r3t7y0u4i8o2p6a1s5d9f3g7h0j4k8l2z6x1")
            DEBUG = os.getenv("DEBUG", "True") == "True"
            ALLOWED_HOSTS = os.getenv("HOSTS", "").split(",")
            CANONICAL_HOST = os.getenv("CANONICAL_HOST", "localhost")
            """).lstrip("\n")
        + textwrap.dedent(APPS)
        + '    "django_prometheus",\n    "meters",\n]\n'
        + textwrap.dedent(CHAIN)
        + textwrap.dedent(TEMPLATES)
        + textwrap.dedent("""
            ROOT_URLCONF = "plant.urls"
            WSGI_APPLICATION = "plant.wsgi.application"
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            STATIC_URL = "static/"
            PROMETHEUS_EXPORT_MIGRATIONS = False
            DATABASES = {
                "default": {
                    "ENGINE": "django_prometheus.db.backends.postgresql",
                    "NAME": "plant",
                    "HOST": "db",
                    "ATOMIC_REQUESTS": True,
                    "OPTIONS": {"application_name": "plant"},
                    "TEST": {"NAME": "plant_tests"},
                },
                "archive": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "archive.sqlite3"},
            }
            if DEBUG:
                DATABASES["default"] = {
                    "ENGINE": "django_prometheus.db.backends.sqlite3",
                    "NAME": BASE_DIR / "db.sqlite3",
                    "ATOMIC_REQUESTS": True,
                }
            DATABASE_ROUTERS = ["meters.routers.Archive"]
            """),
        "plant/urls.py": """
            from django.contrib import admin
            from django.urls import path
            from meters.views import home

            urlpatterns = [path("admin/", admin.site.urls), path("", home)]
            """,
        "meters/__init__.py": "",
        "meters/routers.py": """
            class Archive:
                def allow_migrate(self, db, app_label, **hints):
                    return db == "default"
            """,
        "meters/views.py": """
            from django.conf import settings
            from django.http import HttpResponse


            def home(request):
                return HttpResponse(f"<p>https://{settings.CANONICAL_HOST}/</p>")
            """,
        "requirements.txt": "django~=5.2.0\ndjango-prometheus\npsycopg[binary]\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
    },
    ("django~=5.2.0", "django-prometheus", "psycopg[binary]"),
)

PROJECTS = {"split_frontend": SPLIT_FRONTEND, "own_engine": OWN_ENGINE}
