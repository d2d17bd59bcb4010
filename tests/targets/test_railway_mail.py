"""Mail at Railway: a test message to the provider, the records of the sender's domain, and a limit of resets."""

from __future__ import annotations

import pytest
from doubles.mail_providers import MailProviders
from doubles.name_server import NameServer

from steps.shared import mail_sending
from tests.targets.railway_project import SETTINGS, evidence_texts
from wizard.checklist.evidence import Status
from wizard.services.sender_records import texts_of

MAIL = """
from pathlib import Path

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "anymail"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
              "DIRS": [Path(__file__).parent]}]
ALLOWED_HOSTS = ["*"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
EMAIL_BACKEND = "anymail.backends.resend.EmailBackend"
ANYMAIL = {"RESEND_API_KEY": os.environ.get("RESEND_API_KEY", "")}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "noreply@mail-club.net")
"""
URLS = """
from django.contrib.auth import views
from django.http import HttpResponse, JsonResponse
from django.urls import path

asked = []


def reset(request):
    if request.method == "POST":
        asked.append(1)
        if len(asked) > 3:
            return HttpResponse("Too many requests", status=429)
    return views.PasswordResetView.as_view()(request)


urlpatterns = [
    path("health/", lambda request: JsonResponse({"status": "healthy"})),
    path("password_reset/", reset, name="password_reset"),
    path("password_reset/done/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
]
"""
SERVE = """
import os
from wsgiref.simple_server import make_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
import django

django.setup()
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

call_command("migrate", verbosity=0)
make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application()).serve_forever()
"""
FILES = {
    "site_/settings.py": SETTINGS + MAIL,
    "site_/urls.py": URLS,
    "site_/registration/password_reset_form.html": '<form method="post">{% csrf_token %}{{ form.email }}</form>',
    "site_/registration/password_reset_done.html": "<p>Look into your mail</p>",
    "serve.py": SERVE,
    "anymail/__init__.py": "",
    "anymail/backends/__init__.py": "",
    "anymail/backends/resend.py": "from django.core.mail.backends.base import BaseEmailBackend\n\n\n"
    "class EmailBackend(BaseEmailBackend):\n    pass\n",
}
"""A site with a limited reset, and a module in place of django-anymail."""


@pytest.fixture
def club(small, internet, monkeypatch):
    providers = MailProviders()
    server = NameServer({
        "send.mail-club.net": ["v=spf1 include:amazonses.com ~all"],
        "resend._domainkey.mail-club.net": ["p=abc"],
    })  # fmt: skip
    for part in (providers, server):
        internet.loop.run(part.start())
    monkeypatch.setattr(mail_sending, "LOOK_UP", lambda: texts_of(server.resolver()))
    for name, text in FILES.items():
        (small.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (small.folder / name).write_text(text)
    with (small.folder / ".env.production").open("a") as variables:
        variables.write(f"RESEND_API_KEY={providers.key}\n")
    small.tokens["GOLIVE_RESEND_URL"] = providers.url("resend")
    small.providers, small.server = providers, server
    yield small
    for part in (providers, server):
        internet.loop.run(part.stop())


def test_mail_at_railway(club):
    _, events = club.golive("--only", "12,15,17,25", GOLIVE_JOURNEYS="full")
    texts = evidence_texts(events)
    assert club.status("25.1") is Status.DONE, events[-5:]
    assert (club.status("25.6"), club.providers.accepted) == (Status.DONE, ["noreply@mail-club.net"])
    assert (club.status("25.7"), club.status("25.5")) == (Status.FAILED, Status.DONE), texts["25.5"]
    assert 'Add TXT _dmarc.mail-club.net "v=DMARC1; p=none"' in texts["25.7"]
    assert "request 4: 429" in texts["25.5"]
    assert {club.status(f"25.{number}") for number in (2, 3, 4)} == {Status.OPEN}
    assert "golive confirm 25.2" in texts["25.2"]
    club.server.records["_dmarc.mail-club.net"] = ["v=DMARC1; p=reject"]
    club.golive("--only", "25")
    assert club.status("25.7") is Status.DONE
    assert club.providers.key not in repr(events)
