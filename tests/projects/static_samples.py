"""Projects whose middleware and static files need repair.

catalog: an API with a settings package, a prefix in STATIC_URL, STORAGES in one file and STATICFILES_STORAGE in another,
    WhiteNoise above SecurityMiddleware with comments on each line, collected files in git, and API documentation that
    loads its scripts from another host.
gated: middleware of the project that answers before WhiteNoise, a tuple that is extended, CRLF, STATIC_URL in a bucket,
    STATIC_ROOT outside of the project, and a test key in .env that the settings refuse without DEBUG.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, TEMPLATES, Generated, manage, wsgi

CATALOG = Generated(
    {
        "manage.py": manage("catalog.settings.dev"),
        "catalog/__init__.py": "",
        "catalog/wsgi.py": wsgi("catalog.settings.prod"),
        "catalog/settings/__init__.py": "",
        "catalog/settings/base.py": "from pathlib import Path\n\nfrom decouple import config\n\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
        'SECRET_KEY = "a7s9d1f3g5h7j9k1l3z5x7c9v1b3n5m7q9w1e3r5t7y9u1i3o5"\n'
        + textwrap.dedent(APPS)
        + '    "corsheaders",\n    "rest_framework",\n    "drf_spectacular",\n    "items",\n]\n'
        + textwrap.dedent("""
            MIDDLEWARE = [  # the order matters
                "corsheaders.middleware.CorsMiddleware",  # answers preflight requests
                # Static files, before sessions.
                "whitenoise.middleware.WhiteNoiseMiddleware",  # no nginx here
                "django.middleware.security.SecurityMiddleware",  # redirects to HTTPS
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware",
                "django.middleware.clickjacking.XFrameOptionsMiddleware"  # the last one
            ]
            """)
        + textwrap.dedent(TEMPLATES)
        + textwrap.dedent("""
            ROOT_URLCONF = "catalog.urls"
            WSGI_APPLICATION = "catalog.wsgi.application"
            DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
            DATABASES = {
                "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
            }
            CORS_ALLOWED_ORIGINS = ["https://catalog.example.com"]
            REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
            STATIC_URL = "/catalog/static/"
            STATIC_ROOT = BASE_DIR / "collected"
            STORAGES = {
                "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
            }
            """),
        "catalog/settings/dev.py": 'from .base import *\n\nDEBUG = True\nALLOWED_HOSTS = ["localhost"]\n',
        "catalog/settings/prod.py": "from decouple import Csv\n\nfrom .base import *\n\n"
        'DEBUG = config("DEBUG", default=False, cast=bool)\n'
        'ALLOWED_HOSTS = config("ALLOWED_HOSTS", default="", cast=Csv())\n'
        'STATICFILES_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"\n',
        "catalog/urls.py": """
            from django.contrib import admin
            from django.urls import path
            from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
            from items.views import items

            urlpatterns = [  # the API first
                path("api/items/", items),
                path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
                path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
                path("admin/", admin.site.urls),
            ]
            """,
        "items/__init__.py": "",
        "items/views.py": """
            from rest_framework.decorators import api_view
            from rest_framework.response import Response


            @api_view(["GET"])
            def items(request):
                return Response([{"name": "pencil"}])
            """,
        "items/static/items/logo.css": "body { color: black; }\n",
        "collected/items/logo.css": "body { color: grey; }\n",
        "collected/admin/css/base.css": "/* an old copy */\n",
        "requirements.txt": "Django~=5.2.0\ndjangorestframework\ndrf-spectacular\ndjango-cors-headers\nwhitenoise\n"
        "python-decouple\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
    },
    (
        "django~=5.2.0", "djangorestframework", "drf-spectacular", "django-cors-headers", "whitenoise",
        "python-decouple",
    ),
)  # fmt: skip

GATED = Generated(
    {
        "server/manage.py": manage("gated.settings"),
        "server/gated/__init__.py": "",
        "server/gated/wsgi.py": wsgi("gated.settings"),
        "server/gated/settings.py": (
            "import os\n\nfrom dotenv import load_dotenv\n\nload_dotenv()\n\n"
            "BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
            "SECRET_KEY = 'z1x3c5v7b9n1m3a5s7d9f1g3h5j7k9l1q3w5e7r9t1y3u5i7o9'\n"
            "DEBUG = os.environ.get('DEBUG', '') == 'True'\nALLOWED_HOSTS = []\n"
            "PAYMENT_KEY = os.environ.get('PAYMENT_KEY', '')\n"
            "if not DEBUG and PAYMENT_KEY.startswith('test_'):\n"
            "    raise RuntimeError('PAYMENT_KEY is a test key')\n"
            + textwrap.dedent(APPS).replace('"', "'")
            + "]\n\n"
            "GATES = ('gated.gate.NoHotlinks',)\n"
            "MIDDLEWARE = ('django.middleware.security.SecurityMiddleware',) + GATES + (\n"
            "    'django.contrib.sessions.middleware.SessionMiddleware',  # sessions first\n"
            "    'django.middleware.common.CommonMiddleware',\n"
            "    'django.middleware.csrf.CsrfViewMiddleware',\n"
            "    'django.contrib.auth.middleware.AuthenticationMiddleware',\n"
            "    'django.contrib.messages.middleware.MessageMiddleware',\n"
            "    'django.middleware.clickjacking.XFrameOptionsMiddleware',\n"
            ")\n"
            "MIDDLEWARE = list(MIDDLEWARE)\n"
            "MIDDLEWARE.insert(2, 'whitenoise.middleware.WhiteNoiseMiddleware')  # below the gate\n"
            + textwrap.dedent(TEMPLATES).replace('"', "'")
            + textwrap.dedent("""
                ROOT_URLCONF = 'gated.urls'
                WSGI_APPLICATION = 'gated.wsgi.application'
                DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
                DATABASES = {
                    'default': {
                        'ENGINE': 'django.db.backends.sqlite3',
                        'NAME': os.path.join(BASE_DIR, 'db.sqlite3'),
                    }
                }
                STATIC_URL = 'https://gated.s3.amazonaws.com/static/'
                STATIC_ROOT = '/gated-public/static'
                """)
        ).replace("\n", "\r\n"),
        "server/gated/gate.py": """
            from django.http import HttpResponse


            class NoHotlinks:
                def __init__(self, get_response):
                    self.get_response = get_response

                def __call__(self, request):
                    if request.path.endswith((".css", ".png")) and not request.headers.get("Referer"):
                        return HttpResponse("<h1>Not from here</h1>", status=403)
                    return self.get_response(request)
            """,
        "server/gated/urls.py": """
            from django.contrib import admin
            from django.urls import path

            urlpatterns = [
                path("admin/", admin.site.urls),
            ]
            """,
        "server/requirements.txt": "Django~=5.1.0\nwhitenoise\npython-dotenv\n",
        "server/.env": "DEBUG=True\nPAYMENT_KEY=test_4711\n",
        ".gitignore": ".env\n.venv/\n*.sqlite3\n",
    },
    ("django~=5.1.0", "whitenoise", "python-dotenv"),
)

PROJECTS = {"catalog": CATALOG, "gated": GATED}
