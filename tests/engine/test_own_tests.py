"""The project's own tests run before the first change and after the last one, and development starts as before."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from tests.cli_runner import golive
from tests.conftest import in_git
from wizard.base.secrets import remember
from wizard.engine import project_tests
from wizard.engine.likely_cause import Change, likely_cause
from wizard.plan.actions import Plan, WriteFile

SETTINGS = """
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "kept")
DEBUG = bool(int(os.environ.get("DEBUG", 0)))
ALLOWED_HOSTS = ["pier.example"]
INSTALLED_APPS = ["boats"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
ROOT_URLCONF = "pier.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
TESTS = """
from django.test import TestCase


class BoatsTest(TestCase):
    def test_boats_are_listed(self):
        self.assertContains(self.client.get("/"), "sloop")

    def test_nobody_asks_for_the_health(self):
        self.assertEqual(self.client.get("/health/").status_code, 404)

    def test_never_worked(self):
        self.fail("for years")
"""
FILES = {
    "manage.py": "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'pier.dev')\n"
    "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    "pier/__init__.py": "",
    "pier/wsgi.py": "import os\nfrom django.core.wsgi import get_wsgi_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'pier.settings')\napplication = get_wsgi_application()\n",
    "pier/settings.py": SETTINGS,
    "pier/dev.py": "from pier.settings import *\n\nDEBUG = True\nALLOWED_HOSTS = ['*']\n",
    "pier/urls.py": "from django.http import HttpResponse\nfrom django.urls import path\n\n"
    "urlpatterns = [path('', lambda request: HttpResponse('sloop'))]\n",
    "__init__.py": "",
    "boats/__init__.py": "",
    "boats/tests.py": TESTS,
    "docker-compose.yml": "services:\n  web:\n    environment:\n      DEBUG: 1\n"
    "      DJANGO_SETTINGS_MODULE: pier.settings\n",
    "requirements.txt": "django\npython-dotenv\n",
    ".gitignore": ".env\n*.sqlite3\n__pycache__\n",
}
LOST = "boats.tests.BoatsTest.test_nobody_asks_for_the_health"


@dataclass
class Pier:
    """A copy of the project, and what `golive --auto` says about it."""

    folder: str
    python: str

    def golive(self, *arguments, tests="yes"):
        return golive(*arguments, python=self.python, project=self.folder, env={**os.environ, "GOLIVE_TESTS": tests})

    def auto(self, tasks="1-3,5", tests="yes"):
        result = self.golive("--only", tasks, "--keep-going", "--auto", "--json", tests=tests)
        events = [json.loads(line) for line in result.stdout.splitlines()]
        return result.returncode, [each for each in events if each["event"] == "TestsCompared"], events[-1]

    def loaded(self, module, names, **values):
        """The settings *names* that *module* has on this machine, with *values* in the environment."""
        code = f"from django.conf import settings as s; print([getattr(s, n) for n in {names}])"
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": module, **values}
        argv = [self.python, "-c", code]
        done = subprocess.run(argv, cwd=self.folder, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@pytest.fixture(scope="module")
def first(python, tmp_path_factory):
    """The project after a first run, and what that run said."""
    folder = tmp_path_factory.mktemp("pier")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text.lstrip("\n"))
    in_git(folder)
    pier = Pier(folder, python)
    return pier, pier.auto()


def test_tests_that_fail_after_the_changes_are_named_with_the_task(first):
    code, compared, end = first[1]
    assert code == 1
    [event] = compared
    assert (event["passed"], event["broken"], event["causes"]) == (2, [LOST], ["likely task 5"]), event
    assert end["failed"] == 0, "the tasks themselves succeeded"


def test_a_run_without_changes_starts_no_test_and_does_not_forget(first):
    pier, _ = first
    before = {path: path.read_bytes() for path in pier.folder.rglob("*.py")}
    code, compared, end = pier.auto()
    assert (code, [event["broken"] for event in compared]) == (1, [[LOST]])
    assert end["interpreters"] <= 1
    assert {path: path.read_bytes() for path in pier.folder.rglob("*.py")} == before
    text = pier.golive("--only", "1-3,5", "--auto").stderr
    assert f"1 of 2 that passed before the changes fail now: {LOST} (likely task 5)" in text


def test_development_starts_as_before(first):
    pier, _ = first
    names = ["DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    development = "[True, False, False, 0]"
    assert pier.loaded("pier.dev", names) == development, "although it inherits production's settings"
    assert pier.loaded("pier.settings", names, DEBUG="1") == development, "as docker-compose.yml starts it"
    assert pier.loaded("pier.settings", names, DEBUG="0") == "[False, True, True, 31536000]"


def copied(pier, folder):
    shutil.copytree(pier.folder, folder)
    return Pier(folder, pier.python)


def test_tests_that_pass_again_are_forgotten(first, tmp_path):
    pier = copied(first[0], tmp_path / "pier")
    tests = pier.folder / "boats/tests.py"
    tests.write_text(tests.read_text().replace("404)", "200)"))
    code, compared, _ = pier.auto()
    assert (code, [event["broken"] for event in compared]) == (0, [[]])
    assert pier.auto()[:2] == (0, [])


def test_a_run_begins_with_the_results_of_the_last_one_if_nothing_has_changed_since(first, tmp_path):
    pier = copied(first[0], tmp_path / "pier")
    tests = pier.folder / "boats/tests.py"
    runs = tmp_path / "runs"
    counting = f"open({str(runs)!r}, 'a').write('.')\n"
    tests.write_text(tests.read_text().replace("404)", "200)") + counting)
    assert pier.auto()[1][0]["broken"] == []
    assert runs.read_text() == ".", "after the changes"
    [compared] = pier.auto(tasks="4")[1]
    assert (compared["passed"], runs.read_text()) == (2, ".."), "only after the change of task 4"
    assert pier.golive("undo", "4", "--yes").returncode == 0
    tests.write_text(tests.read_text() + "\n")
    pier.auto(tasks="4")
    assert runs.read_text() == "....", "before it too"


def test_tests_are_forgotten_when_the_changes_are_undone(first, tmp_path):
    pier = copied(first[0], tmp_path / "pier")
    assert pier.golive("undo", "1-24", "--yes").returncode == 0
    assert pier.auto(tasks="6")[:2] == (0, [])


CHANGED = [
    (3, "live.py", b"OLD = 1\nSECURE_SSL_REDIRECT = True\n"),
    (5, "urls.py", b'OLD = 1\npath("health/", health)\n'),
    (9, "live.py", b"OLD = 1\nSTORAGES = {}\n"),
]


@pytest.mark.parametrize(
    ("message", "tasks"),
    [
        ("AssertionError: 301 != 200", [3]),
        ("AssertionError: 200 != 404", [5]),
        ("ValueError: Missing staticfiles manifest entry for 'app.css'", [9]),
        ("AttributeError: 'Settings' object has no attribute 'STORAGES'", [9]),
        ('File "/a/pier/urls.py", line 3, in index', [5]),
        ("AssertionError: 'a' != 'b'", [3, 5, 9]),
    ],
)
def test_the_task_that_is_the_likely_cause(tmp_path, message, tasks):
    changes = [
        Change.of(task, Plan.of(WriteFile(tmp_path / name, b"OLD = 1\n", after))) for task, name, after in CHANGED
    ]
    assert likely_cause(message, changes) == tasks


def test_a_project_without_tests_starts_no_process(tmp_path):
    for name, text in {"tests.py": "from django.test import TestCase\n", "attest.py": "def test_a(): ...\n"}.items():
        (tmp_path / name).write_text(text)
    project = SimpleNamespace(copy=SimpleNamespace(known=lambda: list(tmp_path.iterdir())))
    assert not project_tests.exist(project)
    (tmp_path / "test_a.py").write_text("async def test_a(): ...\n")
    assert project_tests.exist(project)


def test_broken_lines_in_the_results_are_skipped_and_secrets_hidden(tmp_path):
    remember("canary-of-a-test")
    results = tmp_path / "results"
    results.write_text('["a", "passed", ""]\n["b", "failed", "one\\nkey canary-of-a-test"]\n7\n["c"]\n["d", "pas')
    found = project_tests._read(results)
    assert found.outcomes == {"a": "passed", "b": "failed"}
    assert "key" in project_tests._reason(found) and "canary" not in project_tests._reason(found)
    results.unlink()
    os.mkfifo(results)
    with pytest.raises(project_tests.NotRun, match="can't be read"):
        project_tests._read(results)


def test_a_full_disk_leaves_the_tests_out(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "copy"))

    monkeypatch.setattr(project_tests.release_copy, "export", full)
    project = SimpleNamespace(work=tmp_path, top=tmp_path, copy=SimpleNamespace(files=list))
    with pytest.raises(project_tests.NotRun, match="copy: No space left on device"):
        project_tests.run(project, None)
    assert not (tmp_path / "own-tests").exists()
