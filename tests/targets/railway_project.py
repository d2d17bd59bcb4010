"""A small project for tests of the Railway target, and runs of Golive on it against test doubles."""

from __future__ import annotations

import json
import os

from wizard.cli import main
from wizard.state import state_file

SETTINGS = """
import os
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = os.environ.get("DEBUG") == "True"
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = []
ROOT_URLCONF = "site_.urls"
WSGI_APPLICATION = "site_.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""
SERVE = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        allowed = self.headers["Host"] != "not-allowed.example.com"
        body = b'{"status": "healthy"}' if allowed else b"Bad Request"
        self.send_response(200 if allowed else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\n',
    "site_/__init__.py": "",
    "site_/settings.py": SETTINGS,
    "site_/urls.py": "urlpatterns = []\n",
    "site_/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    "serve.py": SERVE,
    "Procfile": "web: exec python serve.py\n",
    "requirements.txt": "django\n",
    ".gitignore": ".env*\n",
    ".env.production": "DJANGO_SECRET_KEY=not-a-word-of-it-0123456789-not-a-word-of-it\nDEBUG=False\n",
}


def write_project(folder):
    """Write the files of the small project into *folder*."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".env.production").chmod(0o600)


class SmallProject:
    """The small project in *folder*, and runs of Golive on it in this process.

    *tokens* is added to the environment of a run, *without* is left out of it.
    """

    def __init__(self, internet, folder, python, monkeypatch, capsys):
        self.internet, self.folder, self.python = internet, folder, python
        self.monkeypatch, self.capsys = monkeypatch, capsys
        write_project(folder)
        internet.cloud.python = python
        internet.cloud.databases_run = False  # the project uses SQLite
        self.tokens = {"RAILWAY_API_TOKEN": internet.cloud.api_token}
        self.without: tuple[str, ...] = ()

    def golive(self, *arguments, **more):
        """Run Golive; returns its exit code and its events."""
        environment = self.internet.environment(**{"GOLIVE_COSTS": "yes", **self.tokens, **more})
        with self.monkeypatch.context() as patch:
            for name in set(os.environ) - set(environment):
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            for name in self.without:
                patch.delenv(name, raising=False)
            argv = ["--auto", "--json", "--target", "railway", "--python", self.python, *arguments, str(self.folder)]
            code = main.main(argv)
        events = [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
        return code, events

    @property
    def facts(self):
        return state_file.load(self.folder).facts

    def status(self, item):
        return state_file.load(self.folder).status(item)


def failure(events):
    """Return the event of the first task that failed."""
    return next(event for event in events if event["event"] == "TaskFailed")


def evidence_texts(events):
    """Return the text of each item's evidence."""
    return {event["item"]["id"]: event["evidence"]["showed"] for event in events if event["event"] == "Ticked"}
