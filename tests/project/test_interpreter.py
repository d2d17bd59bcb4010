"""The project's interpreter is found, started, restarted, and reported when it answers badly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizard.base.errors import ProjectError
from wizard.base.secrets import remember
from wizard.project import interpreter, printed_output
from wizard.project.interpreter import Interpreter
from wizard.project.python_environment import PythonEnvironment, find_python

pytestmark = pytest.mark.usefixtures("new_agents")


def program(path, text="exit 0"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A project without an environment, on a machine without a python."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def test_a_virtual_environment_of_the_project_wins_over_an_active_one_and_path(bare, monkeypatch):
    with pytest.raises(ProjectError, match="No interpreter was found") as none:
        find_python(bare, bare, None)
    assert "python3 -m venv .venv" in none.value.hint
    system = program(bare.parent / "bin" / "python3")
    assert find_python(bare, bare, None) == PythonEnvironment(system, "PATH")
    active = program(bare.parent / "active" / "bin" / "python")
    monkeypatch.setenv("VIRTUAL_ENV", str(active.parents[1]))
    assert find_python(bare, bare, None) == PythonEnvironment(active, "VIRTUAL_ENV")
    own = program(bare / "an-odd-name" / "bin" / "python")
    (own.parents[1] / "pyvenv.cfg").write_text("")
    assert find_python(bare / "backend", bare, None) == PythonEnvironment(own, "an-odd-name")
    usual = program(bare / "venv" / "bin" / "python")
    (usual.parents[1] / "pyvenv.cfg").write_text("")
    assert find_python(bare / "backend", bare, None) == PythonEnvironment(usual, "venv")


@pytest.mark.parametrize(
    ("file", "tool", "asked"), [("poetry.lock", "poetry", "env info --path"), ("Pipfile", "pipenv", "--venv")]
)
def test_poetry_and_pipenv_are_asked_for_their_environments(bare, file, tool, asked):
    (bare / file).write_text("")
    elsewhere = program(bare.parent / "elsewhere" / "bin" / "python")
    system = program(bare.parent / "bin" / "python3")
    assert find_python(bare, bare, None).path == system, "the tool is not there"
    program(bare.parent / "bin" / tool, f'[ "$*" = "{asked}" ] && echo Courtesy notice && echo {elsewhere.parents[1]}')
    assert find_python(bare, bare, None) == PythonEnvironment(elsewhere, tool)
    program(bare.parent / "bin" / tool, "exit 1")
    assert find_python(bare, bare, None).path == system, "the tool knows of none"


def test_an_environment_without_its_python_is_an_error(bare):
    program(bare.parent / "bin" / "python3")
    (bare / ".venv" / "bin").mkdir(parents=True)
    (bare / ".venv" / "pyvenv.cfg").write_text("")
    (bare / ".venv" / "bin" / "python").symlink_to("/nowhere/python3.8")
    with pytest.raises(ProjectError, match="interpreter is missing") as broken:
        find_python(bare, bare, None)
    assert "points to a Python that is gone" in broken.value.why


def test_the_python_option_takes_an_interpreter_or_its_environment(bare):
    python = program(bare / "mine" / "bin" / "python")
    assert (
        find_python(bare, bare, str(python))
        == find_python(bare, bare, str(bare / "mine"))
        == PythonEnvironment(python, "--python")
    )
    for wrong in (bare / "none", bare):
        with pytest.raises(ProjectError, match="There is no interpreter at"):
            find_python(bare, bare, str(wrong))


HELLO = """echo '{"django": "5.2", "python": "3.12.1", "packages": "packages"}'"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("echo it went wrong >&2", "ended unexpectedly: it went wrong"),
        (
            "echo text of the project",
            "gave an invalid answer: the project's code wrote into the channel that Golive uses",
        ),
        ("""echo '{"error": {"type": "ImportError", "message": "no django"}}'""", "no working Django.*no django"),
        ("head -c 3000000 /dev/zero | tr '\\\\0' x; exec cat", "answered with more than 2 MB"),
        ("exec cat", "gave no answer within 1 s"),
        (f"{HELLO}; read question; echo 'no more today' >&2", "ended unexpectedly: no more today"),
        (f"{HELLO}; read question; echo '{{'", "gave an invalid answer"),
    ],
)
def test_an_interpreter_that_answers_badly_is_reported_and_ended(tmp_path, monkeypatch, text, says):
    monkeypatch.setattr(interpreter, "LARGEST", 2 << 20)
    monkeypatch.setattr(interpreter, "LOAD_LIMIT", 1.0)
    monkeypatch.setattr(interpreter, "GRACE", 0.0)
    started = Interpreter(
        PythonEnvironment(program(tmp_path / "python", text), "--python"), tmp_path, tmp_path / "runs" / "agent.log"
    )
    with pytest.raises(ProjectError, match=f"(?s){says}"):
        started.ask("inspect")
    started.close()
    assert started._child is None


def test_an_interpreter_that_cannot_be_started_is_reported(tmp_path):
    path = tmp_path / "python"
    path.write_bytes(b"\x7fELF, but not really")
    path.chmod(0o755)
    started = Interpreter(PythonEnvironment(path, "--python"), tmp_path, tmp_path / "agent.log")
    with pytest.raises(ProjectError, match="can't be started") as wrong:
        started.start()
    assert "--python" in wrong.value.hint


def test_the_log_of_printed_output_is_restarted_when_it_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(printed_output, "LARGEST_LOG", 10)
    log = tmp_path / "agent.log"
    log.write_text("x" * 100)
    started = Interpreter(
        PythonEnvironment(program(tmp_path / "python", f"echo later >&2; {HELLO}; cat"), ""), tmp_path, log
    )
    assert started.start()["django"] == "5.2"
    started.interrupt()
    started.close()
    assert log.read_text() == "later\n"


def test_the_log_of_printed_output_is_private_and_holds_no_secret(tmp_path):
    remember("printed-by-a-project")
    log = tmp_path / "agent.log"
    text = f"echo with printed-by-a-project >&2; {HELLO}; cat"
    started = Interpreter(PythonEnvironment(program(tmp_path / "python", text), ""), tmp_path, log)
    started.start()
    started.close()
    assert log.read_text() == "with [hidden]\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_interpreter_is_restarted_after_a_package_was_installed(tmp_path):
    packages = tmp_path / "packages"
    packages.mkdir()
    hello = HELLO.replace('"packages"}', f'"{packages}"}}')
    started = Interpreter(
        PythonEnvironment(program(tmp_path / "python", f"{hello}; cat"), ""), tmp_path, tmp_path / "agent.log"
    )
    started.start()
    first = started._child.pid
    started.start()
    assert started._child.pid == first
    (packages / "requests").mkdir()
    started.start()
    second = started._child.pid
    assert second != first
    started.start()
    assert started._child.pid == second
    started.close()


SETTINGS = """
import os, sys
SECRET_KEY = "for this test alone, and of fifty letters at the least"
ALLOWED_HOSTS = [os.environ["HOST"]]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "site_.urls"
NEUTRAL = [name in sys.modules for name in ("django.contrib.auth.hashers", "charset_normalizer", "sqlite3")]
OF_SETTINGS = [name for name in ("django.contrib.auth.models", "site_.urls") if name in sys.modules]
"""


def test_modules_that_do_not_depend_on_settings_are_imported_once(tmp_path, python):
    (tmp_path / "site_").mkdir()
    (tmp_path / "site_" / "__init__.py").write_text("")
    (tmp_path / "site_" / "settings.py").write_text(SETTINGS)
    (tmp_path / "site_" / "urls.py").write_text("import charset_normalizer\nimport webbrowser\nurlpatterns = []\n")
    started = Interpreter(PythonEnvironment(Path(python), ""), tmp_path, tmp_path / "agent.log")
    looks = []
    for host in ("one", "two", "three"):
        request = {"settings": "site_.settings", "cwd": str(tmp_path), "paths": [str(tmp_path)]}
        looks.append(started.ask("inspect", env={**os.environ, "HOST": host}, **request))
    started.close()
    assert [look["stage"] for look in looks] == ["done"] * 3, looks
    assert [look["settings"]["ALLOWED_HOSTS"] for look in looks] == [["one"], ["two"], ["three"]]
    assert [look["settings"]["NEUTRAL"] for look in looks] == [[False] * 3, [True] * 3, [True] * 3]
    assert [look["settings"]["OF_SETTINGS"] for look in looks] == [[], [], []]
    assert "imported" not in looks[0], "that is between the agent and its children"


UNFINISHED = """
import os, sys

class Odd:
    def __getattr__(self, name):
        raise RuntimeError(SHARED)

SHARED = "shared" if "charset_normalizer" in sys.modules else "alone"
import charset_normalizer
sys.modules["odd"] = Odd()
raise ValueError(SHARED)
"""


def test_modules_of_a_load_that_failed_are_imported_once_too(tmp_path, python):
    (tmp_path / "settings.py").write_text(UNFINISHED)
    started = Interpreter(PythonEnvironment(Path(python), ""), tmp_path, tmp_path / "agent.log")
    request = {"settings": "settings", "cwd": str(tmp_path), "paths": [str(tmp_path)]}
    errors = [started.ask("inspect", env=dict(os.environ), **request)["error"] for _ in range(3)]
    started.close()
    assert [(error["type"], error["message"], error["reads"]) for error in errors] == [
        ("ValueError", "alone", []), ("ValueError", "shared", []), ("ValueError", "shared", []),
    ]  # fmt: skip
