"""The agent in the project's interpreter: it keeps its modules apart from the project's, and leaves no files behind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from wizard.project import interpreter
from wizard.project.interpreter import Interpreter
from wizard.project.python_environment import PythonEnvironment

pytestmark = pytest.mark.usefixtures("new_agents")

AGENT = interpreter.AGENT.parent
MODULES = sorted(path.stem for path in AGENT.glob("*.py") if not path.stem.startswith("__"))
SETTINGS = """
import importlib.util, sys
SECRET_KEY = "for this test alone, and of fifty letters at the least"
ALLOWED_HOSTS = []
MIDDLEWARE = []
INSTALLED_APPS = []
DATABASES = {}
ROOT_URLCONF = "urls"
PATH = list(sys.path)
GOLIVE = [name for name in ("wizard", "steps", "screens") if importlib.util.find_spec(name)]
"""
OWN = {name: f"WHOSE = 'the project'\nNAME = {name!r}\n" for name in MODULES}
OWN["urls"] = "from django.urls import path\nfrom views import page\nurlpatterns = [path('tea/', page)]\n"
OWN["views"] = "def page(request):\n    pass\n"


@pytest.fixture
def ask(tmp_path, python):
    """Write settings.py and modules with the names of the agent's modules, and inspect the settings."""
    project = tmp_path / "project"
    project.mkdir()
    for name, text in OWN.items():
        (project / f"{name}.py").write_text(text)
    started = Interpreter(PythonEnvironment(Path(python), ""), project, tmp_path / "agent.log")

    def ask(lines=""):
        (project / "settings.py").write_text(SETTINGS + lines)
        request = {"settings": "settings", "cwd": str(project), "paths": [str(project)]}
        return started.ask("inspect", env=dict(os.environ), **request)

    yield ask
    started.close()


def test_modules_of_a_project_may_have_the_names_of_the_agents_modules(ask):
    names = sorted(OWN.keys() - {"settings", "urls", "views"})
    answer = ask(f"import {', '.join(names)}\nWHOSE = [each.WHOSE for each in ({', '.join(names)},)]\n")
    assert answer.get("error") is None
    assert answer["settings"]["WHOSE"] == ["the project"] * len(names)
    assert [(row["route"], row["view"], row["file"]) for row in answer["urls"]] == [("tea/", "views.page", "views.py")]


def test_the_project_can_import_nothing_of_golive(ask):
    answer = ask(
        "FOUND = []\n"
        "for name in ('golive_agent.interpreter', 'golive_agent.__main__', 'agent', 'loop.main'):\n"
        "    try: FOUND.append(importlib.util.find_spec(name) and name)\n"
        "    except ImportError: pass\n"
    )
    assert answer["settings"]["GOLIVE"] == []
    assert not any(answer["settings"]["FOUND"])
    assert not any(str(AGENT.parents[2]) == entry or str(AGENT) in entry for entry in answer["settings"]["PATH"])


def test_a_project_that_replaces_agent_modules_affects_only_its_own_answer(ask):
    spoilt = ask("for name in [each for each in sys.modules if 'golive' in each]: del sys.modules[name]\n")
    assert spoilt["stage"] == "done"
    ask(
        "loaded = sys.modules['golive_agent.protocol']\n"
        "loaded.OPERATIONS.clear()\nloaded.describe_error = None\nsys.modules['golive_agent.loop'] = None\n"
    )
    assert ask()["stage"] == "done"


def test_the_agent_writes_no_bytecode_next_to_its_modules(tmp_path, monkeypatch, ask):
    copy = tmp_path / "installed" / "agent"
    shutil.copytree(AGENT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(interpreter, "AGENT", copy / "__main__.py")
    before = sorted(copy.rglob("*"))
    assert ask()["stage"] == "done"
    assert sorted(copy.rglob("*")) == before


@pytest.mark.parametrize(
    ("engine", "for_postgres"),
    [
        ("django.db.backends.sqlite3", ""),
        ("django.contrib.gis.db.backends.spatialite", "django.contrib.gis.db.backends.postgis"),
        ("own.postgresql", "own.postgresql"),
        ("own.sqlite3", "own.postgresql"),
        ("own.tenants", "own.tenants"),
        ("other.files", ""),
    ],
)
def test_the_engine_for_postgresql_is_the_projects_own(ask, tmp_path, engine, for_postgres):
    kinds = {
        "own/postgresql": "postgresql",
        "own/tenants": "postgresql",
        "own/sqlite3": "sqlite3",
        "other/files": "sqlite3",
    }
    for name, kind in kinds.items():
        folder = tmp_path / "project" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "base.py").write_text(f"from django.db.backends.{kind}.base import DatabaseWrapper\n")
    lines = "" if "gis" not in engine else "import django\ndjango.setup = lambda: None\n"  # GDAL may be missing here
    answer = ask(f"{lines}DATABASES = {{'default': {{'ENGINE': {engine!r}, 'NAME': 'db'}}}}\n")
    assert answer["engines"] == {engine: for_postgres}
