"""Errors say what, why and what to do, with the right exit code and no traceback. They change no file."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.cli_runner import golive
from tests.engine import small_shop
from wizard.state.lock import Lock
from wizard.state.state_file import prepare


@pytest.fixture
def shop(tmp_path):
    return small_shop.write(tmp_path / "shop")


def tree(folder):
    left_out = {".git", ".golive"}
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not left_out & set(path.parts)}


def settings(shop):
    return shop / "election_cart" / "settings.py"


def settings_that_raise(shop):
    settings(shop).write_text(settings(shop).read_text() + "\nraise RuntimeError('no such mood today')\n")


def settings_that_do_not_parse(shop):
    settings(shop).write_text(settings(shop).read_text() + "\nDEBUG = (\n")


def settings_that_end_the_process(shop):
    settings(shop).write_text("import os\nos._exit(3)\n" + settings(shop).read_text())


def settings_that_crash(shop):
    settings(shop).write_text("import os\nos.kill(os.getpid(), 11)\n" + settings(shop).read_text())


def read_only_settings(shop):
    settings(shop).chmod(0o444)


def env_that_is_a_folder(shop):
    (shop / ".env.production").mkdir()


def env_that_leads_out(shop):
    outside = shop.parent.parent / "elsewhere.env"
    outside.write_text("DEBUG=True\n")
    (shop / ".env").symlink_to(outside)


def an_app_that_is_missing(shop):
    text = settings(shop).read_text()
    settings(shop).write_text(text.replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'no_such_app',", 1))


def a_wrong_rate(shop):
    with settings(shop).open("a") as file:
        file.write("INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes']\n")
    login = "from django.urls import path\n\nurlpatterns = [path('login/', LoginView.as_view())]\n"
    (shop / "election_cart" / "urls.py").write_text(f"from django.contrib.auth.views import LoginView\n{login}")
    (shop / "answers.yaml").write_text("rates: {login: often}\n")


@pytest.mark.parametrize(
    ("break_project", "tasks", "code", "says"),
    [
        pytest.param(settings_that_raise, "1", 5, ["settings.py:", "RuntimeError", "no such mood", "manage.py check"]),
        pytest.param(settings_that_do_not_parse, "1", 5, ["settings.py:", "never closed"]),
        pytest.param(an_app_that_is_missing, "1", 5, ["no_such_app", "pip install -r backend/requirements.txt"]),
        pytest.param(settings_that_end_the_process, "1", 5, ["ended the interpreter", "exit code 3", "agent.log"]),
        pytest.param(settings_that_crash, "1", 5, ["ended the interpreter", "killed by SIGSEGV"]),
        pytest.param(read_only_settings, "2", 1, ["settings.py", "read-only"]),
        pytest.param(env_that_is_a_folder, "1", 1, [".env.production is a folder", "Move the folder away"]),
        pytest.param(env_that_leads_out, "1", 1, [".env is a link that leads out", "elsewhere.env"]),
        pytest.param(a_wrong_rate, "7", 2, ["rates.login", "'often'", "5/m is five per minute"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_broken_project_is_refused_unchanged(break_project, tasks, code, says, shop, python):
    break_project(shop)
    before = tree(shop.parent.parent)
    extra = ["--answers", shop / "answers.yaml"] if (shop / "answers.yaml").exists() else []
    result = golive("--auto", "--only", tasks, "--python", python, *extra, shop)
    assert result.returncode == code, result.stderr
    lines = result.stderr.splitlines()
    assert "Traceback" not in result.stderr
    for part in says:
        assert any(part in line for line in lines), result.stderr
    assert tree(shop.parent.parent) == before


def test_a_missing_interpreter_is_reported(shop):
    (shop / "venv").mkdir()
    (shop / "venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    result = golive("--auto", shop)
    assert result.returncode == 5
    assert "interpreter is missing" in result.stderr
    assert "--python" in result.stderr


def test_an_interpreter_without_django_is_reported(shop):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", shop / "venv"], check=True)
    result = golive("--auto", shop)
    assert result.returncode == 5
    assert "no working Django" in result.stderr
    assert "Install the project's requirements" in result.stderr


def test_a_locked_project_is_refused(shop, python):
    with Lock(prepare(shop) / "lock"):
        result = golive("--auto", "--python", python, shop)
    assert result.returncode == 4
    assert "another" in result.stderr.lower()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--only", "99"], "Invalid task number: 99 (expected 1-30)"),
        (["--only", "x-3"], "Invalid task number: 'x-3' (expected 1-30)"),
        (["--from", "0"], "Invalid task number: 0 (expected 1-30)"),
        (["plan"], "arguments are required: N. For example: golive plan 2"),
        (["confirm", "2.1", "yes"], "can't confirm 2.1: Golive verifies this item itself"),
        (["confirm", "99.9", "yes"], "no item 99.9"),
        (["waive", "2.1"], "arguments are required: TEXT. For example: golive waive"),
        (["--answers", "no-such-file.yaml"], "no-such-file.yaml can't be read"),
        (["/a", "/b"], "Too many arguments"),
        (["check", "/a", "/b"], "Too many arguments"),
    ],
    ids=str,
)
def test_wrong_usage_is_one_line_with_exit_code_2(arguments, says, shop, python):
    command = {"plan", "confirm", "waive", "check"} & set(arguments)
    more = [] if command else ["--auto", *([] if "/a" in arguments else [shop])]
    result = golive("--python", python, *arguments, *more, "--project", shop)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_change_that_breaks_a_start_of_a_compose_file_is_rolled_back(shop, python):
    """With the values of this file the settings load today, and raise an error once DEBUG is read."""
    (shop / "compose.yaml").write_text("services:\n  web:\n    environment: {DEBUG: '0', MODE: compose}\n")
    text = re.sub(r"^DEBUG = .*", "DEBUG = True", settings(shop).read_text(), flags=re.MULTILINE)
    settings(shop).write_text(text + "\nif os.getenv('MODE') == 'compose':\n    assert DEBUG, 'compose needs DEBUG'\n")
    before = settings(shop).read_bytes()
    result = golive("--auto", "--only", "2", "--python", python, shop)
    assert result.returncode == 1
    assert "rolled back: with the values of" in result.stderr
    assert "compose.yaml, web: AssertionError: compose needs DEBUG" in result.stderr
    assert settings(shop).read_bytes() == before


def test_a_change_after_which_the_project_does_not_load_is_rolled_back(shop, python):
    """These settings raise an error if DEBUG is off."""
    guard = "assert os.getenv('DEBUG') != 'False'\n"
    text = settings(shop).read_text()
    settings(shop).write_text(text.replace("INSTALLED_APPS = [", f"{guard}INSTALLED_APPS = [", 1))
    before = {path: content for path, content in tree(shop).items() if path.suffix == ".py"}
    result = golive("--auto", "--only", "2", "--python", python, shop)
    assert result.returncode == 1
    assert "no longer starts as before this change, so the change was rolled back" in result.stderr
    assert {path: content for path, content in tree(shop).items() if path.suffix == ".py"} == before
    assert not (shop / ".env.production").exists()


def test_commands_accept_the_project_as_an_argument(shop):
    argument, option = golive("status", shop), golive("status", "--project", shop)
    assert argument.returncode == option.returncode == 0
    assert argument.stdout == option.stdout != golive("status", "--project", shop.parent).stdout
    missing = golive("check", shop / "nothing")
    assert missing.returncode == 5 and "There is no folder" in missing.stderr


def test_a_closed_output_pipe_ends_golive_quietly(shop):
    reader, writer = os.pipe()
    os.close(reader)
    result = golive("status", "--project", shop, stdout=writer)
    os.close(writer)
    assert result.returncode == 1
    assert result.stderr == ""


def test_the_guided_session_needs_a_terminal(shop):
    result = golive(shop, stdin=subprocess.DEVNULL)
    assert result.returncode == 2
    assert "golive --auto" in result.stderr
