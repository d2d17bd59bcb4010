"""Settings that never end, print for ever, fork, exit, close what is not theirs: limits, clear words, nothing left."""

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
from wizard.base import process
from wizard.base.errors import CommandError, ProjectError, UsageError
from wizard.project import interpreter
from wizard.project.interpreter import Interpreter, PythonEnvironment

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
def asked(tmp_path, python):
    """Answers to a look at settings with these lines at their end, and to another look at good ones after it."""
    (tmp_path / "site_").mkdir()
    (tmp_path / "site_" / "__init__.py").write_text("")
    (tmp_path / "site_" / "urls.py").write_text("urlpatterns = []\n")
    (tmp_path / "site_" / "good.py").write_text(GOOD)
    made = Interpreter(PythonEnvironment(Path(python), ""), tmp_path, tmp_path / "runs" / "agent.log")

    def look(module, **more):
        environment = process.marked(os.environ, tmp_path)
        request = {"op": "look", "settings": f"site_.{module}", "cwd": str(tmp_path), "paths": [str(tmp_path)]}
        return {**request, "env": environment, **more}

    def ask(lines, **more):
        (tmp_path / "site_" / "hostile.py").write_text(GOOD + lines + "\n")
        answer, beside = made.ask_all([look("hostile", **more), look("good")])
        assert beside["stage"] == "done", "what runs beside it is answered"
        return answer

    ask.log, ask.project, ask.interpreter = made.log, tmp_path, made
    yield ask
    made.close()
    process.stop_leftovers(tmp_path)


def left(project):
    """What still runs of *project*; what was killed just now has a moment to be gone."""
    psutil.wait_procs(process.running_of(project), timeout=0.3)
    return [each.pid for each in process.running_of(project)]


LAST = len(GOOD.splitlines()) + 1


@pytest.mark.parametrize(
    "lines",
    ["while True: pass", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"],
    ids=["spins", "ignores SIGTERM and sleeps"],
)  # fmt: skip
def test_settings_without_an_end_are_stopped_and_the_line_is_named(asked, lines):
    error = asked(lines, limit=1)["error"]
    assert error["type"] == "TooMuch"
    assert error["message"] == "it did not end within 1 s, and was stopped"
    assert error["place"] == ["site_/hostile.py", LAST]


def test_settings_that_print_for_ever_are_stopped_and_the_log_stays_small(asked):
    error = asked("while True: print('x' * 100_000)")["error"]
    assert error["type"] == "TooMuch"
    assert error["message"] == "it printed more than 64 MB, and was stopped"
    asked.interpreter.keep_log()
    assert asked.log.stat().st_size < 4 << 20
    assert b"[golive: what followed was too much, and is not kept]" in asked.log.read_bytes()
    assert asked("")["stage"] == "done", "it goes on"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("os._exit(3)", "loading it ends the interpreter: exit code 3, and no error"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "loading it ends the interpreter: killed by SIGKILL"),
        ("os.abort()", "loading it ends the interpreter: killed by SIGABRT"),
        ("sys.exit(4)", "4"),
        ("if os.fork(): os._exit(0)", "loading it ends the interpreter: exit code 0, and no error"),
        ("os.closerange(3, 100)", "loading it ends the interpreter: exit code 0, and no error"),
        ("for n in range(3, 50):\n    try: os.write(n, b'x' * (61 << 20))\n    except OSError: pass",
         "it answers with more than 60 MB"),
    ],
    ids=["_exit", "SIGKILL", "abort", "exit", "daemon", "closes all", "floods all"],
)  # fmt: skip
def test_settings_that_end_the_process_are_told_of(asked, lines, message):
    assert asked(lines)["error"]["message"] == message


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
def test_settings_with_odd_ways_are_read_all_the_same_and_leave_nothing_running(asked, lines):
    answer = asked(lines)
    assert answer.get("stage") == "done", answer
    assert answer["settings"]["ROOT_URLCONF"] == "site_.urls"
    asked.interpreter.close()
    process.stop_leftovers(asked.project)
    assert left(asked.project) == []


def test_only_the_process_that_was_asked_answers(asked):
    answer = asked("pid = os.fork()\nif pid:\n    os.waitpid(pid, 0)\nWHO = 'asked' if pid else 'forked'")
    assert answer["settings"]["WHO"] == "asked"


def test_an_interrupt_ends_what_is_being_asked(asked):
    errors = []

    def ask():
        try:
            asked(f"open({str(asked.project / 'begun')!r}, 'w'); time.sleep(600)")
        except ProjectError as error:
            errors.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    deadline = time.monotonic() + 20
    while not (asked.project / "begun").exists() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert len(left(asked.project)) > 1
    asked.interpreter.interrupt()
    waiting.join(20)
    assert "ended unexpectedly" in errors[0].what
    assert left(asked.project) == []


def test_settings_that_close_what_django_logs_to_are_told_of(asked):
    error = asked("sys.stdout.close(); sys.stderr.close()")["error"]
    assert "closed file" in f"{error['message']} {error['cause']}"
    assert asked("")["stage"] == "done"


def test_what_a_look_left_in_its_group_ends_with_it_and_the_rest_with_the_interpreter(asked):
    asked("subprocess.Popen(['sleep', '600'])")
    agent = asked.interpreter._child.pid
    deadline = time.monotonic() + 10
    while psutil.Process(agent).children(recursive=True) and time.monotonic() < deadline:
        asked("")  # each question is a turn of the agent's loop
    assert left(asked.project) == [agent]
    asked.interpreter.interrupt()
    asked.interpreter.close()
    assert left(asked.project) == []


def test_the_limit_comes_from_the_environment(monkeypatch):
    assert interpreter.load_limit() == interpreter.LOAD_LIMIT < interpreter.LIMIT
    monkeypatch.setenv("GOLIVE_LOAD_SECONDS", "600.5")
    assert interpreter.load_limit() == 600.5
    assert interpreter._limit({"op": "migrate"}) == 600.5
    for wrong in ("soon", "0", "-1", "nan"):
        monkeypatch.setenv("GOLIVE_LOAD_SECONDS", wrong)
        with pytest.raises(UsageError, match="GOLIVE_LOAD_SECONDS is"):
            interpreter.load_limit()


@pytest.mark.parametrize("line", ["[1]", "5", "{}", '{"id": "x"}', "[" * 100_000])
def test_an_answer_of_another_form_is_none(tmp_path, line):
    hello = """echo '{"django": "5.2", "python": "3.12.1", "packages": "packages"}'"""
    program = tmp_path / "python"
    (tmp_path / "line").write_text(line + "\n")
    program.write_text(f"#!/bin/sh\n{hello}; read question; cat {tmp_path / 'line'}; cat\n")
    program.chmod(0o755)
    made = Interpreter(PythonEnvironment(program, ""), tmp_path, tmp_path / "agent.log")
    with pytest.raises(ProjectError, match="an answer that is none"):
        made.ask("look")


# ---- the whole command


def golive(shop, python, *words, seconds="3"):
    environment = {**os.environ, "GOLIVE_LOAD_SECONDS": seconds}
    return cli_runner.golive(*words, python=python, project=shop, timeout=90, env=environment)


def test_a_project_whose_settings_never_end_is_told_with_the_file_and_what_to_do(shop, python):
    with (shop / "election_cart" / "settings.py").open("a") as file:
        file.write("\nimport subprocess, sys, time\n" + IN_A_SESSION_OF_ITS_OWN + "\ntime.sleep(600)\n")
    lines = len((shop / "election_cart" / "settings.py").read_text().splitlines())
    told = golive(shop, python, "plan", "2")
    assert told.returncode == 5
    assert (
        f"{shop}/election_cart/settings.py:{lines}: the settings can't be loaded: it did not end within 3 s"
        in told.stderr
    )
    assert "Set GOLIVE_LOAD_SECONDS=600 if the project only needs more time" in told.stderr
    assert left(shop) == []


def test_settings_of_this_machine_alone_that_never_end_are_told_at_once(shop, python):
    (shop / "election_cart" / "local.py").write_text("from .settings import *\nimport time; time.sleep(600)\n")
    manage = shop / "manage.py"
    manage.write_text(manage.read_text().replace("election_cart.settings", "election_cart.local"))
    told = golive(shop, python, "plan", "2", seconds="2")
    assert told.returncode == 5
    assert f"{shop}/election_cart/local.py:2: the settings can't be loaded" in told.stderr


# ---- any command of the project


def ran(text, tmp_path, **more):
    return process.run([sys.executable, "-c", text], cwd=tmp_path, env=process.marked(os.environ, tmp_path), **more)


HOLDS_THE_OUTPUT = "import subprocess; subprocess.Popen(['sleep', '600']{more}); print('done')"


@pytest.mark.parametrize("more", ["", ", start_new_session=True"])
@pytest.mark.parametrize("apart", [False, True])
def test_a_command_that_leaves_something_running_is_not_waited_for(tmp_path, monkeypatch, more, apart):
    monkeypatch.setattr(process, "LINGER", 0.2)
    began = time.monotonic()
    done = ran(HOLDS_THE_OUTPUT.format(more=more), tmp_path, timeout=30, apart=apart)
    assert time.monotonic() - began < 10
    assert (done.returncode, done.output.strip()) == (0, "done")
    assert bool(left(tmp_path)) == bool(more), "its group is ended; a session of its own is found by its mark"
    process.stop_leftovers(tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("line", ["'x' * 10_000", "'x' * 10_000, end=''"], ids=["lines", "one line"])
def test_a_command_that_prints_for_ever_is_stopped(tmp_path, monkeypatch, apart, line):
    monkeypatch.setattr(process, "LARGEST_OUTPUT", 1 << 20)
    monkeypatch.setattr(process, "KEPT_SIGNS", 1 << 20)
    with pytest.raises(CommandError, match=re.escape("it printed more than 1,048,576 characters, and was stopped")):
        ran(f"while True: print({line})", tmp_path, timeout=60, apart=apart)
    assert left(tmp_path) == []


def test_a_log_that_a_server_writes_begins_anew_before_it_fills_the_disk(tmp_path):
    log = tmp_path / "gunicorn.log"
    printing = "for number in range(500): print(number, 'x' * 100)"
    with subprocess.Popen([sys.executable, "-c", printing], stdout=subprocess.PIPE) as child:
        process.keep_log(child, log, most=1000).join(30)
    assert log.stat().st_size < 1200
    assert log.read_text().splitlines()[-1].startswith("499 ")
    assert log.stat().st_mode & 0o777 == 0o600


def test_lines_are_as_they_were_whatever_their_ends_and_letters(tmp_path):
    told = []
    text = r"import sys; sys.stdout.buffer.write('a\r\nb\rü\n\n'.encode() + b'\xff\n' + b'x' * 80_000 + b'\nend')"
    done = ran(text, tmp_path, on_line=told.append)
    assert told[:5] == ["a", "b", "ü", "", "\ufffd"]
    assert told[5].endswith("x … and 14,464 more characters")
    assert told[6:] == ["end"]
    assert done.output.splitlines()[-1] == "end"
