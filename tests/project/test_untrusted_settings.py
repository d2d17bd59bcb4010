"""Settings that never end, print endlessly, fork, exit or close streams are stopped, reported and cleaned up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests import cli_runner
from wizard.base import orphans, process, process_output
from wizard.base.errors import CommandError, ProjectError, UsageError
from wizard.project import interpreter
from wizard.project.interpreter import Interpreter
from wizard.project.python_environment import PythonEnvironment

pytestmark = pytest.mark.usefixtures("new_agents")

TOP = Path(__file__).parents[2]
GOOD = """
import os, signal, subprocess, sys, threading, time
SECRET_KEY = "for this test alone, and of fifty letters at the least"
INSTALLED_APPS = []
DATABASES = {}
ROOT_URLCONF = "site_.urls"
"""
IN_A_SESSION_OF_ITS_OWN = (
    f"subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(600)'], start_new_session=True)"
)


@pytest.fixture
def inspect(tmp_path, python):
    """Inspect settings that end with the given lines. Good settings are inspected at the same time."""
    (tmp_path / "site_").mkdir()
    (tmp_path / "site_" / "__init__.py").write_text("")
    (tmp_path / "site_" / "urls.py").write_text("urlpatterns = []\n")
    (tmp_path / "site_" / "good.py").write_text(GOOD)
    started = Interpreter(PythonEnvironment(Path(python), ""), tmp_path, tmp_path / "runs" / "agent.log")

    def inspection(module, **more):
        environment = process.marked(os.environ, tmp_path)
        request = {"op": "inspect", "settings": f"site_.{module}", "cwd": str(tmp_path), "paths": [str(tmp_path)]}
        return {**request, "env": environment, **more}

    def ask(lines, **more):
        (tmp_path / "site_" / "hostile.py").write_text(GOOD + lines + "\n")
        answer, other = started.ask_all([inspection("hostile", **more), inspection("good")])
        assert other["stage"] == "done", "the question that runs at the same time is answered"
        return answer

    ask.log, ask.project, ask.interpreter = started.log, tmp_path, started
    yield ask
    started.close()
    orphans.stop_orphans(tmp_path)


def running_processes(project):
    """Processes of *project* that still run. Killed ones get a moment to end."""
    psutil.wait_procs(orphans.marked_processes(project), timeout=0.3)
    return [each.pid for each in orphans.marked_processes(project)]


LAST = len(GOOD.splitlines()) + 1


@pytest.mark.parametrize(
    "lines",
    ["while True: pass", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"],
    ids=["spins", "ignores SIGTERM and sleeps"],
)  # fmt: skip
def test_settings_that_never_end_are_stopped_and_the_line_is_named(inspect, lines):
    error = inspect(lines, limit=1)["error"]
    assert error["type"] == "TooMuch"
    assert error["message"] == "the project's code did not finish within 1 s and was stopped"
    assert error["place"] == ["site_/hostile.py", LAST]


def test_settings_that_print_endlessly_are_stopped_and_the_log_stays_small(inspect):
    error = inspect("while True: print('x' * 100_000)")["error"]
    assert error["type"] == "TooMuch"
    assert error["message"] == "the project's code printed more than 64 MB and was stopped"
    inspect.interpreter.keep_log()
    assert inspect.log.stat().st_size < 4 << 20
    assert b"[golive: the output was too long; the rest was discarded]" in inspect.log.read_bytes()
    assert inspect("")["stage"] == "done", "later questions are answered"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("os._exit(3)", "the project's code ended the interpreter: exit code 3, without an exception"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the project's code ended the interpreter: killed by SIGKILL"),
        ("os.abort()", "the project's code ended the interpreter: killed by SIGABRT"),
        ("sys.exit(4)", "4"),
        ("if os.fork(): os._exit(0)", "the project's code ended the interpreter: exit code 0, without an exception"),
        ("os.closerange(3, 100)", "the project's code ended the interpreter: exit code 0, without an exception"),
        ("for n in range(3, 50):\n    try: os.write(n, b'x' * (61 << 20))\n    except OSError: pass",
         "the answer is larger than 60 MB"),
    ],
    ids=["_exit", "SIGKILL", "abort", "exit", "daemon", "closes all", "floods all"],
)  # fmt: skip
def test_settings_that_end_the_process_are_reported(inspect, lines, message):
    assert inspect(lines)["error"]["message"] == message


@pytest.mark.parametrize(
    "lines",
    [
        "os.close(1); os.close(2)",
        "import atexit; atexit.register(lambda: 1 / 0); atexit.register(os.abort)",
        "threading.Thread(target=time.sleep, args=(600,)).start()",
        "os.fork()",
        "if not os.fork(): time.sleep(600)",
        "subprocess.Popen(['sleep', '600'])",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        IN_A_SESSION_OF_ITS_OWN,
        "for n in range(3, 50):\n    try: os.write(n, b'{}\\n[[[')\n    except OSError: pass",
        "sys.settrace(None); sys.excepthook = None; del sys.modules['json']",
        "A = 'a lone \\ud800 surrogate'; B = float('nan')",
    ],
    ids=["closes fds", "atexit", "thread", "fork", "fork that stays", "child", "signals", "setsid",
         "garbage", "spoils sys", "odd values"],
)  # fmt: skip
def test_unusual_settings_are_still_read_and_leave_no_process_running(inspect, lines):
    answer = inspect(lines)
    assert answer.get("stage") == "done", answer
    assert answer["settings"]["ROOT_URLCONF"] == "site_.urls"
    inspect.interpreter.close()
    orphans.stop_orphans(inspect.project)
    assert running_processes(inspect.project) == []


def test_only_the_forked_child_answers(inspect):
    answer = inspect("pid = os.fork()\nif pid:\n    os.waitpid(pid, 0)\nWHO = 'asked' if pid else 'forked'")
    assert answer["settings"]["WHO"] == "asked"


def test_an_interrupt_ends_a_running_question(inspect):
    errors = []

    def ask():
        try:
            inspect(f"open({str(inspect.project / 'begun')!r}, 'w'); time.sleep(600)")
        except ProjectError as error:
            errors.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    deadline = time.monotonic() + 20
    while not (inspect.project / "begun").exists() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert len(running_processes(inspect.project)) > 1
    inspect.interpreter.interrupt()
    waiting.join(20)
    assert "ended unexpectedly" in errors[0].what
    assert running_processes(inspect.project) == []


def test_settings_that_close_the_streams_of_django_are_reported(inspect):
    error = inspect("sys.stdout.close(); sys.stderr.close()")["error"]
    assert "closed file" in f"{error['message']} {error['cause']}"
    assert inspect("")["stage"] == "done"


def test_processes_in_the_childs_group_end_with_it_and_all_others_with_the_interpreter(inspect):
    inspect("subprocess.Popen(['sleep', '600'])")
    agent = inspect.interpreter._child.pid
    deadline = time.monotonic() + 10
    while psutil.Process(agent).children(recursive=True) and time.monotonic() < deadline:
        inspect("")  # each question is a turn of the agent's loop
    assert running_processes(inspect.project) == [agent]
    inspect.interpreter.interrupt()
    inspect.interpreter.close()
    assert running_processes(inspect.project) == []


def test_the_time_limit_comes_from_the_environment(monkeypatch):
    assert interpreter.load_limit() == interpreter.LOAD_LIMIT < interpreter.LIMIT
    monkeypatch.setenv("GOLIVE_LOAD_SECONDS", "600.5")
    assert interpreter.load_limit() == 600.5
    assert interpreter._limit({"op": "migrate"}) == 600.5
    for wrong in ("soon", "0", "-1", "nan"):
        monkeypatch.setenv("GOLIVE_LOAD_SECONDS", wrong)
        with pytest.raises(UsageError, match="GOLIVE_LOAD_SECONDS is"):
            interpreter.load_limit()


@pytest.mark.parametrize("line", ["[1]", "5", "{}", '{"id": "x"}', "[" * 100_000])
def test_a_malformed_answer_is_rejected(tmp_path, line):
    hello = """echo '{"django": "5.2", "python": "3.12.1", "packages": "packages"}'"""
    program = tmp_path / "python"
    (tmp_path / "line").write_text(line + "\n")
    program.write_text(f"#!/bin/sh\n{hello}; read question; cat {tmp_path / 'line'}; cat\n")
    program.chmod(0o755)
    started = Interpreter(PythonEnvironment(program, ""), tmp_path, tmp_path / "agent.log")
    with pytest.raises(ProjectError, match="an invalid answer"):
        started.ask("inspect")


# ---- the whole command


def golive(shop, python, *words, seconds="3"):
    environment = {**os.environ, "GOLIVE_LOAD_SECONDS": seconds}
    return cli_runner.golive(*words, python=python, project=shop, timeout=90, env=environment)


def test_settings_that_never_end_are_reported_with_file_and_hint(shop, python):
    with (shop / "election_cart" / "settings.py").open("a") as file:
        file.write("\nimport subprocess, sys, time\n" + IN_A_SESSION_OF_ITS_OWN + "\ntime.sleep(600)\n")
    lines = len((shop / "election_cart" / "settings.py").read_text().splitlines())
    result = golive(shop, python, "plan", "2")
    assert result.returncode == 5
    why = "the project's code did not finish within 3 s"
    assert f"{shop}/election_cart/settings.py:{lines}: the settings can't be loaded: {why}" in result.stderr
    assert "Set GOLIVE_LOAD_SECONDS=600 if the project only needs more time" in result.stderr
    assert running_processes(shop) == []


def test_development_settings_that_never_end_are_reported_immediately(shop, python):
    (shop / "election_cart" / "local.py").write_text("from .settings import *\nimport time; time.sleep(600)\n")
    manage = shop / "manage.py"
    manage.write_text(manage.read_text().replace("election_cart.settings", "election_cart.local"))
    result = golive(shop, python, "plan", "2", seconds="2")
    assert result.returncode == 5
    assert f"{shop}/election_cart/local.py:2: the settings can't be loaded" in result.stderr


# ---- any command of the project


def run_python(text, tmp_path, **more):
    return process.run([sys.executable, "-c", text], cwd=tmp_path, env=process.marked(os.environ, tmp_path), **more)


HOLDS_THE_OUTPUT = "import subprocess; subprocess.Popen(['sleep', '600']{more}); print('done')"


@pytest.mark.parametrize("more", ["", ", start_new_session=True"])
@pytest.mark.parametrize("capture_stdout", [False, True])
def test_a_command_with_a_background_process_is_not_waited_for(tmp_path, monkeypatch, more, capture_stdout):
    monkeypatch.setattr(process_output, "LINGER", 0.2)
    began = time.monotonic()
    result = run_python(HOLDS_THE_OUTPUT.format(more=more), tmp_path, timeout=30, capture_stdout=capture_stdout)
    assert time.monotonic() - began < 10
    assert (result.returncode, result.output.strip()) == (0, "done")
    assert bool(running_processes(tmp_path)) == bool(more), "a process in its own session is found by its marker"
    orphans.stop_orphans(tmp_path)
    assert running_processes(tmp_path) == []


@pytest.mark.parametrize("capture_stdout", [False, True])
@pytest.mark.parametrize("line", ["'x' * 10_000", "'x' * 10_000, end=''"], ids=["lines", "one line"])
def test_a_command_that_prints_endlessly_is_stopped(tmp_path, monkeypatch, capture_stdout, line):
    monkeypatch.setattr(process, "LARGEST_OUTPUT", 1 << 20)
    monkeypatch.setattr(process, "KEPT_CHARACTERS", 1 << 20)
    with pytest.raises(CommandError, match=re.escape("was stopped: it printed more than 1,048,576 characters")):
        run_python(f"while True: print({line})", tmp_path, timeout=60, capture_stdout=capture_stdout)
    assert running_processes(tmp_path) == []


def test_the_log_of_a_server_is_restarted_when_it_is_too_large(tmp_path):
    log = tmp_path / "gunicorn.log"
    printing = "for number in range(500): print(number, 'x' * 100)"
    with subprocess.Popen([sys.executable, "-c", printing], stdout=subprocess.PIPE) as child:
        process_output.keep_log(child.stdout, log, most=1000).join(30)
    assert log.stat().st_size < 1200
    assert log.read_text().splitlines()[-1].startswith("499 ")
    assert log.stat().st_mode & 0o777 == 0o600


def test_output_lines_with_any_line_end_and_encoding_are_kept(tmp_path):
    lines = []
    text = r"import sys; sys.stdout.buffer.write('a\r\nb\rü\n\n'.encode() + b'\xff\n' + b'x' * 80_000 + b'\nend')"
    result = run_python(text, tmp_path, on_line=lines.append)
    assert lines[:5] == ["a", "b", "ü", "", "\ufffd"]
    assert lines[5].endswith("x … and 14,464 more characters")
    assert lines[6:] == ["end"]
    assert result.output.splitlines()[-1] == "end"
