"""A second deployment of a real project: gunicorn, PostgreSQL, both versions side by side, and visitors."""

from __future__ import annotations

import pytest

from steps.shared import second_deployment
from tests.cli_runner import with_uv
from tests.steps.fakes import by_item
from tests.steps.real_project import opened, write
from tests.steps.test_migration_safety import FIRST, SECOND
from wizard.checklist.evidence import Status
from wizard.project import previous_version
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries

pytestmark = pytest.mark.skipif(find_binaries() is None, reason="PostgreSQL is not installed")
MODELS = """
from django.db import models


class Party(models.Model):
    name = models.CharField(max_length=40)
    site = models.URLField(blank=True)
    founded = models.DateField(null=True)
"""
VIEWS = """
from django.db import connection
from django.http import HttpResponse

from polls.models import Party


def health(request):
    connection.ensure_connection()
    return HttpResponse('{"status": "healthy"}', content_type="application/json")


def parties(request):
    return HttpResponse(", ".join(party.name for party in Party.objects.all()) or "none")
"""
URLS = """
from django.urls import path

from polls import views

urlpatterns = [path("health/", views.health), path("parties/", views.parties)]
"""
SETTINGS = """
import os
import sys
from urllib.parse import urlsplit

INSTALLED_APPS += ["polls"]
WSGI_APPLICATION = "wsgi.application"
url = urlsplit(os.environ.get("DATABASE_URL", ""))
if url.hostname:
    DATABASES = {"default": {
        "ENGINE": "django.db.backends.postgresql", "HOST": url.hostname, "PORT": url.port, "USER": url.username,
        "PASSWORD": url.password, "NAME": url.path[1:],
    }}
"""
LIMIT = """
if "migrate" in sys.argv and url.hostname:
    DATABASES["default"]["OPTIONS"] = {"options": "-c lock_timeout=1s"}
"""
WSGI = """
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
application = get_wsgi_application()
"""
SERVE = "exec gunicorn wsgi:application --bind 0.0.0.0:$PORT"
FILES = {
    "requirements.txt": "Django==4.2.30\ngunicorn==27.0.1\npsycopg[binary]==3.3.4\n", "wsgi.py": WSGI, "urls.py": URLS,
    "Procfile": f"web: python manage.py migrate --noinput && {SERVE}\n",
    ".env.production": "RAILWAY_DEPLOYMENT_DRAINING_SECONDS=30\nRAILWAY_DEPLOYMENT_OVERLAP_SECONDS=5\n",
    ".gitignore": ".env*\n", "polls/__init__.py": "", "polls/models.py": MODELS, "polls/views.py": VIEWS,
    "polls/migrations/__init__.py": "", "polls/migrations/0001_initial.py": FIRST,
}  # fmt: skip
NEEDS_VALUE = 'migrations.AddField("party", "seats", models.IntegerField(default=0))'


@pytest.fixture
def rehearse(tmp_path, python, monkeypatch):
    """A function that rehearses the deployment of *files* on top of the committed ones, and returns its evidence."""
    if environment := with_uv():
        monkeypatch.setenv("PATH", environment["PATH"])

    def run(files=None, settings=LIMIT):
        tmp_path.chmod(0o755)
        with opened(tmp_path, python, FILES, SETTINGS + settings) as (project, sandbox):
            write(tmp_path, files or {})
            project.refresh()
            project.inspect_settings()
            previous = previous_version.find(project.git, "", "")
            new = previous_version.new_migrations(project, previous)
            server = sandbox.target.database.server
            found = by_item(second_deployment.evidence(project, sandbox, server, previous, new))
            left = {path.name for path in project.work.iterdir()}
        assert "second" not in left
        return found

    return run


def test_a_migration_that_the_running_version_does_not_survive_is_seen(rehearse):
    found = rehearse({
        "polls/migrations/0002_more.py": SECOND.replace("{}", NEEDS_VALUE),
        "polls/models.py": MODELS + "    seats = models.IntegerField(default=0)\n",
    })  # fmt: skip
    assert {item: each.status for item, each in found.items()} == {
        "28.2": Status.REHEARSED, "28.3": Status.FAILED, "28.4": Status.REHEARSED, "28.5": Status.FAILED,
    }  # fmt: skip
    assert "the column seats needs a value" in found["28.5"].showed, "a rollback would bring that version back"
    assert "polls.Party can't be saved: the column seats needs a value" in found["28.3"].showed
    assert "canceling statement due to lock timeout" in found["28.2"].showed
    assert found["28.4"].showed.startswith("none of ")


@pytest.mark.nightly
def test_a_migration_that_was_changed_after_it_had_run_is_seen(rehearse):
    column = '            ("seats", models.IntegerField(default=0)),\n'
    last = '            ("founded", models.DateField(null=True)),\n'
    found = rehearse({
        "polls/migrations/0001_initial.py": FIRST.replace(last, last + column),
        "polls/models.py": MODELS + "    seats = models.IntegerField(default=0)\n",
    })  # fmt: skip
    assert {item: each.status for item, each in found.items() if each.status is not Status.REHEARSED} == {
        "28.4": Status.FAILED,
    }  # fmt: skip
    assert "polls.Party can't be read: column polls_party.seats does not exist" in found["28.4"].showed
    assert "0001_initial.py was changed or removed" in found["28.4"].showed
    assert found["28.4"].where == "polls/migrations/0001_initial.py:1"


@pytest.mark.nightly
def test_a_table_with_another_name_breaks_the_running_version_and_the_way_back(rehearse):
    found = rehearse({
        "polls/migrations/0002_more.py": SECOND.replace("{}", 'migrations.AlterModelTable("party", "groups")'),
        "polls/models.py": MODELS + '\n    class Meta:\n        db_table = "groups"\n',
    })  # fmt: skip
    assert found["28.3"].status is found["28.5"].status is Status.FAILED
    assert "/parties/ answers an error" in found["28.5"].showed
    assert found["28.3"].where == "polls/migrations/0002_more.py:1"


def test_without_a_limit_the_migration_waits_and_without_time_to_end_the_server_loses_requests(rehearse, monkeypatch):
    """Each concerns an item of its own, so one rehearsal shows both."""
    monkeypatch.setattr(second_deployment, "LOCK_SECONDS", 3.0)
    monkeypatch.setattr("wizard.targets.local.rollover.LOCK_SECONDS", 3.0)
    found = rehearse({".env.production": ""}, settings="")
    assert found["28.2"].status is Status.FAILED and "it still waited after 3 s" in found["28.2"].showed
    assert "both versions are the same code" in found["28.3"].showed
    assert found["28.4"].status is Status.FAILED
    assert "RAILWAY_DEPLOYMENT_DRAINING_SECONDS is not set" in found["28.4"].showed


UNRESTORABLE = """
CREATE TABLE prices (n int);
CREATE FUNCTION cheapest() RETURNS int LANGUAGE sql AS 'SELECT min(n) FROM prices';
CREATE TABLE items (n int CHECK (n >= cheapest()));
CREATE TABLE runs (n int);
INSERT INTO prices VALUES (1); INSERT INTO items VALUES (2); INSERT INTO runs VALUES (3);
"""


def test_a_table_that_no_dump_restores_keeps_no_other_one_from_a_copy(tmp_path):
    server = Postgres(tmp_path / "server", find_binaries())
    server.start()
    try:
        server.sql(UNRESTORABLE, database=server.database)
        server.copy_database(server.database, "copied")
        assert server.sql("SELECT n FROM runs", database="copied").strip() == "3"
        assert server.sql("SELECT n FROM items", database="copied").strip() == ""
    finally:
        server.stop()
