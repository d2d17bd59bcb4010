"""The observer inside the processes of a rehearsal: it tells which settings they use, and never disturbs them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import linked_environment
from wizard.base.process import bare_environment
from wizard.targets.local.observer import PATH_LINE, Observer

SETTINGS = """
import os
SECRET_KEY = "for this test alone, and of fifty letters at the least"
DEBUG = os.environ.get("DEBUG") == "True"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x", "PASSWORD": "the-password-of-tea"}}
INSTALLED_APPS = ["django.contrib.contenttypes"]
"""
WSGI = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
MANAGE = (
    "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.dev')\n"
    "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
)
REQUEST = """
import io, os, sys
sys.path.insert(0, os.getcwd())
from shop.wsgi import application
environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "x", "SERVER_PORT": "80",
           "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr}
print(application(environ, lambda status, headers: None).status_code)
"""


@pytest.fixture
def service(tmp_path, python):
    """Write the service's files and run Python code in it under observation. Returns the reports."""
    files = {
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "shop/dev.py": "from .settings import *\nDEBUG = True\n",
        "shop/wsgi.py": WSGI,
        "urls.py": "from django.http import HttpResponse\nfrom django.urls import path\n"
        "urlpatterns = [path('', lambda request: HttpResponse('tea'))]\n",
        "manage.py": MANAGE,
    }
    root = tmp_path / "service"

    def run(*arguments, variables=None, expected="200", python=python, **more):
        for path, text in {**files, **more}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        observer = Observer(tmp_path / "observer", root)
        observer.prepare()
        environment = bare_environment(**{**observer.variables(""), **(variables or {})})
        command = [python, *(arguments or ("-c", REQUEST))]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout, done.stdout
        return observer

    return run


def test_a_process_tells_what_its_wsgi_module_chose(service, python):
    report = service().web_process()
    assert (report.stage, report.module, report.given) == ("request", "shop.settings", "")
    assert report.assigned["DJANGO_SETTINGS_MODULE"] == ("shop/wsgi.py", 3)
    assert report.called == ("shop/wsgi.py", 5)
    assert Path(report.prefix).resolve() == Path(python).parent.parent.resolve()
    assert report.settings["DEBUG"] is False
    assert report.settings["DATABASES"] == {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x", "HOST": "", "PORT": ""}
    }


def test_reports_contain_no_secrets_and_are_private(service):
    observer = service()
    [path] = (observer.folder / "reports").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert "for this test alone" not in path.read_text() and "the-password-of-tea" not in path.read_text()


def test_a_variable_that_the_process_sets_itself_is_reported_with_its_line(service):
    forced = WSGI.replace("os.environ.setdefault", 'os.environ["DEBUG"] = "True"\nos.environ.setdefault')
    report = service(**{"shop/wsgi.py": forced}).web_process()
    assert report.settings["DEBUG"] is True
    assert report.assigned["DEBUG"] == ("shop/wsgi.py", 3)


def test_a_given_module_wins_over_the_default_and_is_reported(service):
    report = service(variables={"DJANGO_SETTINGS_MODULE": "shop.dev"}).web_process()
    assert (report.module, report.given, report.settings["DEBUG"]) == ("shop.dev", "shop.dev", True)
    assert "DJANGO_SETTINGS_MODULE" not in report.assigned


def test_a_settings_change_after_the_setup_is_seen_at_the_first_request(service):
    late = WSGI + "from django.conf import settings\nsettings.DEBUG = True\n"
    report = service(**{"shop/wsgi.py": late}).web_process()
    assert (report.stage, report.settings["DEBUG"]) == ("request", True)
    assert report.assigned["settings.DEBUG"] == ("shop/wsgi.py", 7)


def test_a_management_command_is_no_web_process(service):
    observer = service("manage.py", "check", expected="no issues")
    assert observer.web_process() is None
    [report] = observer.reports()
    assert (report.command, report.module, report.assigned["DJANGO_SETTINGS_MODULE"]) == (
        "check", "shop.dev", ("manage.py", 2),
    )  # fmt: skip
    observer.forget_servers()
    assert observer.reports()


@pytest.mark.parametrize("argument", ["--token=the-token-of-tea", "--token the-token-of-tea", "the-token-of-tea"])
def test_a_command_is_reported_without_its_other_words(service, argument):
    """Each may be a secret."""
    own = "import sys\nsys.argv[1:] = ['check']\n"  # as a manage.py that reads options of its own
    observer = service("manage.py", *argument.split(), "check", expected="no issues", **{"manage.py": own + MANAGE})
    [path] = (observer.folder / "reports").iterdir()
    assert [report.command for report in observer.reports()] == ["check"]
    assert "the-token-of-tea" not in path.read_text()


def test_a_sitecustomize_of_the_project_still_runs(service):
    own = {"more/sitecustomize.py": "import os\nos.environ['DEBUG'] = 'True'\n"}
    observer = service()  # writes the observer's folder
    path = os.pathsep.join([str(observer.folder), str(observer.service / "more")])
    report = service(variables={"PYTHONPATH": path}, **own).web_process()
    assert report.settings["DEBUG"] is True
    assert report.assigned["DEBUG"] == ("more/sitecustomize.py", 2)


def test_a_start_command_that_replaces_the_import_path_is_observed_too(service, python, tmp_path):
    """By the line that Golive adds to environments of its own."""
    (linked_environment(tmp_path / "venv", python) / "golive_test_of_the_observer.pth").write_text(PATH_LINE)
    own = str(tmp_path / "venv/bin/python")
    observer = service(variables={"PYTHONPATH": "."}, python=own)
    assert observer.web_process().module == "shop.settings"
    assert (
        "golive_observer"
        not in subprocess.run(
            [own, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
        ).stdout
    )


def test_a_damaged_report_is_ignored(service):
    observer = service()
    [path] = (observer.folder / "reports").iterdir()
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "assigned": []}))
    (observer.folder / "reports" / "2.json").write_text("{")
    assert observer.reports() == [] and observer.web_process() is None
    observer.forget_servers()
    assert list((observer.folder / "reports").iterdir()) == []


def test_files_that_are_no_reports_are_ignored(service):
    observer = service()
    reports = observer.folder / "reports"
    [path] = reports.iterdir()
    record, before = json.loads(path.read_text()), observer.reports()
    (reports / "link.json").symlink_to(reports / "missing")
    (reports / "folder.json").mkdir()
    (reports / "deep.json").write_text("[" * 100_000)
    (reports / "damaged.json").write_text(json.dumps({**record, "settings": None}))
    assert observer.reports() == before != []
    observer.forget_servers()
    assert [path.name for path in reports.iterdir()] == ["folder.json"]
