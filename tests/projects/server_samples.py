"""Projects that need another server, builder or build than `gunicorn` and a Procfile.

live: Channels with Daphne and a channel layer in memory, django-compressor offline, a front end that Node.js builds,
    translations without compiled files, Celery with its broker on this machine, a Procfile with the development server.
docked: a Dockerfile and the requirements above manage.py, an asgi.py that nothing needs, static files collected by the
    image, a platform configuration with a health check only.
"""

from __future__ import annotations

import textwrap

from tests.projects.parts import APPS, CHAIN, TEMPLATES, Generated, manage, wsgi

SETTINGS = """
    import os
    from pathlib import Path

    BASE_DIR = Path(__file__).resolve().parent.parent
    SECRET_KEY = os.environ.get("SECRET_KEY", "{key}")
    DEBUG = os.environ.get("DEBUG", "1") == "1"
    ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
    ROOT_URLCONF = "{package}.urls"
    WSGI_APPLICATION = "{package}.wsgi.application"
    STATIC_URL = "/static/"
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}}}
"""


def settings(package: str, key: str, apps: str) -> str:
    """The settings of a project whose package is *package*, with more *apps*."""
    text = textwrap.dedent(SETTINGS.format(package=package, key=key))
    return text + textwrap.dedent(APPS) + textwrap.indent(apps, "    ") + "]\n" + textwrap.dedent(CHAIN + TEMPLATES)


LIVE = Generated(
    {
        "manage.py": manage("stall.settings"),
        "stall/__init__.py": "",
        "stall/wsgi.py": wsgi("stall.settings"),
        "stall/asgi.py": """
            import os

            from channels.auth import AuthMiddlewareStack
            from channels.routing import ProtocolTypeRouter, URLRouter
            from channels.security.websocket import AllowedHostsOriginValidator
            from django.core.asgi import get_asgi_application

            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stall.settings")
            django_application = get_asgi_application()

            from stall.chat.routing import websocket_urlpatterns  # noqa: E402

            sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
            application = ProtocolTypeRouter({"http": django_application, "websocket": sockets})
            """,
        "stall/settings.py": settings(
            "stall",
            "b5v1n9m3c7x2z8l4k6j1h5g9f3d7s2a8p4o6i1u5y9t3r7e2w8q4",
            '"channels",\n"compressor",\n"stall.chat",\n',
        ).replace('    "django.contrib.admin"', '    "daphne",\n    "django.contrib.admin"')
        + textwrap.dedent("""
            ASGI_APPLICATION = "stall.asgi.application"
            CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
            CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")
            STATIC_ROOT = BASE_DIR / "staticfiles"
            STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist"]
            STATICFILES_FINDERS = [
                "django.contrib.staticfiles.finders.FileSystemFinder",
                "django.contrib.staticfiles.finders.AppDirectoriesFinder",
                "compressor.finders.CompressorFinder",
            ]
            COMPRESS_OFFLINE = not DEBUG
            LOCALE_PATHS = [BASE_DIR / "locale"]
            """),
        "stall/urls.py": """
            from django.contrib import admin
            from django.urls import path

            from stall.chat import views

            urlpatterns = [
                path("admin/", admin.site.urls),
                path("", views.room),
                path("invite/", views.invite),
            ]
            """,
        "stall/celery.py": 'from celery import Celery\n\napp = Celery("stall")\n'
        'app.config_from_object("django.conf:settings", namespace="CELERY")\napp.autodiscover_tasks()\n',
        "stall/chat/__init__.py": "",
        "stall/chat/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef mail(address):\n"
        "    return address\n",
        "stall/chat/views.py": """
            from django.http import JsonResponse
            from django.shortcuts import render
            from django.utils.translation import gettext
            from django.views.decorators.http import require_POST

            from stall.chat.tasks import mail


            def room(request):
                return render(request, "chat/room.html", {"title": gettext("Room")})


            @require_POST
            def invite(request):
                mail.delay(request.POST.get("address", ""))
                return JsonResponse({"invited": True})
            """,
        "stall/chat/routing.py": """
            from django.urls import re_path

            from stall.chat.consumers import Room

            websocket_urlpatterns = [re_path(r"^ws/room/(?P<name>\\w+)/$", Room.as_asgi())]
            """,
        "stall/chat/consumers.py": """
            from channels.generic.websocket import AsyncWebsocketConsumer


            class Room(AsyncWebsocketConsumer):
                async def connect(self):
                    self.group = self.scope["url_route"]["kwargs"]["name"]
                    await self.channel_layer.group_add(self.group, self.channel_name)
                    await self.accept()

                async def disconnect(self, code):
                    await self.channel_layer.group_discard(self.group, self.channel_name)
            """,
        "stall/chat/templates/chat/room.html": """
            {% load compress static %}
            <!doctype html>
            <html><head>
            {% compress css %}<link rel="stylesheet" href="{% static 'chat/room.css' %}">{% endcompress %}
            <script src="{% static 'app.js' %}" defer></script>
            </head><body><h1>{{ title }}</h1></body></html>
            """,
        "stall/chat/static/chat/room.css": "h1 { color: #123456; }\n",
        "frontend/package.json": '{"name": "frontend", "private": true, "scripts": {"build": "node build.js"}}\n',
        "frontend/build.js": 'const fs = require("fs");\nfs.mkdirSync(`${__dirname}/dist`, { recursive: true });\n'
        "fs.writeFileSync(`${__dirname}/dist/app.js`, \"document.title += '!';\\n\");\n",
        "locale/de/LC_MESSAGES/django.po": 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Room"\nmsgstr "Raum"\n',
        "Procfile": "# the site and its worker\nweb: python manage.py runserver 0.0.0.0:$PORT\n"
        "worker: celery -A stall worker\n",
        "requirements.txt": "django~=5.2.0\nchannels[daphne]\ndjango-compressor\ncelery\n",
        ".gitignore": ".venv/\n*.mo\ndist/\n/staticfiles/\n.env\n*.sqlite3\n",
    },
    ("django~=5.2.0", "channels[daphne]", "django-compressor", "celery"),
)

DOCKED = Generated(
    {
        "Dockerfile": """
            FROM python:3.11-slim AS base
            ENV PYTHONUNBUFFERED=1 \\
                STAND_COLOR=blue
            # the site is in /code
            WORKDIR /code
            COPY requirements.txt .
            RUN pip install -r requirements.txt
            COPY ./src /code
            RUN python manage.py collectstatic --noinput

            FROM base
            EXPOSE 8000
            CMD ["gunicorn", "stand.wsgi:application", \\
                 "--bind", "0.0.0.0:8000"]
            """,
        "railway.toml": '[build]\nbuilder = "DOCKERFILE"\n\n[deploy]\nhealthcheckPath = "/health/"\n',
        "requirements.txt": "Django>=5.1,<5.2\ngunicorn\nwhitenoise\n",
        "src/manage.py": manage("stand.settings"),
        "src/stand/__init__.py": "",
        "src/stand/wsgi.py": wsgi("stand.settings"),
        "src/stand/asgi.py": wsgi("stand.settings").replace("wsgi", "asgi"),
        "src/stand/settings.py": settings("stand", "y2u8i4o6p1a5s9d3f7g2h8j4k6l1z5x9c3v7b2n8m4q6w1e5", "")
        + 'STATIC_ROOT = BASE_DIR / "collected"\n',
        "src/stand/urls.py": """
            import os

            from django.contrib import admin
            from django.http import HttpResponse
            from django.urls import path


            def color(request):
                return HttpResponse(os.environ["STAND_COLOR"])


            urlpatterns = [path("admin/", admin.site.urls), path("color/", color)]
            """,
        ".gitignore": ".venv/\n.env\n*.sqlite3\nsrc/collected/\n",
    },
    ("django~=5.1.0", "gunicorn", "whitenoise"),
)

PROJECTS = {"live": LIVE, "docked": DOCKED}
