"""A whole session in a real terminal: real keys, a failure and its fix, quitting and resuming."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import uuid

import psutil
import pytest

from wizard.checklist import loader
from wizard.checklist.evidence import Status
from wizard.state import state_file

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux on this machine"),
]
TIMEOUT = 90.0


class Terminal:
    """A tmux server with one program."""

    def __init__(self, argv, width=100, height=30, **environment):
        self.socket = f"golive-{uuid.uuid4().hex[:12]}"
        variables = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        shell = ["sh", "-c", '"$@"; echo "ended with $?"; exec cat', "sh"]  # keeps the terminal and shows the exit code
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height), *variables, *shell, *argv)

    def tmux(self, *arguments):
        result = subprocess.run(
            ["tmux", "-L", self.socket, "-f", os.devnull, *arguments], capture_output=True, text=True, check=True
        )
        return result.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True, check=False)

    @property
    def program(self):
        [program] = psutil.Process(int(self.tmux("display-message", "-p", "#{pane_pid}"))).children()
        return program

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def until(self, *words, gone=None):
        """Poll the screen until it shows all *words* and not *gone*; tmux has no event for a change of the screen."""
        end = time.monotonic() + TIMEOUT
        while not all(word in (shown := self.screen()) for word in words) or (gone and gone in shown):
            assert time.monotonic() < end, f"{words} did not appear; the screen shows:\n{shown}"
            time.sleep(0.1)
        return shown

    def wait_for_end(self, process):
        end = time.monotonic() + TIMEOUT
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end, f"{process} is still running"
            time.sleep(0.1)

    def ended(self):
        """Wait for the program to end; returns its exit code."""
        return int(re.search(r"ended with (\d+)", self.until("ended with"))[1])


@pytest.fixture
def command(shop, python):
    # COLUMNS and LINES of the test run would override the size of the terminal.
    return ["env", "-u", "COLUMNS", "-u", "LINES", sys.executable, "-m", "wizard", "--python", python, str(shop)]


def test_a_session_survives_a_failure_a_restart_and_a_resize(shop, command, tmp_path, monkeypatch):
    settings = shop / "election_cart" / "settings.py"
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\nsed -i /not_there/d {settings}\n")
    editor.chmod(0o755)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    environment = {"EDITOR": editor, "VISUAL": "", "XDG_CONFIG_HOME": tmp_path / "config"}
    with Terminal(command, **environment) as terminal:  # start
        terminal.until("Do you trust the code", str(shop.parent.name))
        assert not (shop / ".golive").exists(), "nothing has run yet"
        terminal.keys("Tab", "Enter")
        terminal.until("Start", "24 tasks")
        terminal.keys("Enter")
        terminal.until("1 Rotate Secrets", "press n")
        terminal.keys("n")
        terminal.until("Apply 4 changes", "SECRET_KEY")
        terminal.keys("a")
        terminal.until("Next: 2")
        terminal.keys("Enter")
        terminal.until("Fix DEBUG Mode", "Apply 5 changes")
        terminal.keys("a")
        terminal.until("Next: 3")
        terminal.keys("Enter")
        terminal.until("HSTS for all subdomains")  # answer
        terminal.keys("C-s")
        terminal.until("a Apply", "1 change planned", gone="HSTS for all subdomains")
        terminal.keys("Escape")
        terminal.until("1 Rotate Secrets")
        settings.write_text(settings.read_text().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'not_there',"))
        terminal.keys("n")
        terminal.until("failed", "not_there")  # fail
        terminal.keys("Escape")
        terminal.until("Troubleshoot")
        terminal.keys("Escape")
        terminal.keys("C-q")
        assert terminal.ended() == 0
    settings.write_text(settings.read_text().replace("    'not_there',\n", ""))  # fix
    with Terminal(command, 80, 24, **environment) as terminal:  # resume
        terminal.until("HSTS for all subdomains")  # nothing was applied, so the answer was not kept
        terminal.keys("C-s")
        terminal.until("a Apply", "1 change planned", gone="HSTS for all subdomains")
        terminal.tmux("resize-window", "-x", "200", "-y", "60")
        terminal.until("Changes", "Output", "Guide")
        terminal.keys("a")
        terminal.until("Next: 4", "All checks passed")  # finish
        terminal.keys("C-c")
        assert terminal.ended() == 0
    done = state_file.load(shop)
    assert [done.task_status(task) for task in list(loader.load(shop).tasks.values())[1:3]] == [Status.DONE] * 2


@pytest.mark.parametrize("way", ["hang up", "SIGTERM"])
def test_a_session_whose_terminal_closes_can_be_resumed(shop, command, way, tmp_path):
    environment = {}
    with Terminal(command, **environment) as terminal:
        terminal.until("24 tasks")
        terminal.keys("Enter")
        terminal.until("press n")
        process = terminal.program
        family = [process, *process.children(recursive=True)]
        if way == "hang up":
            terminal.tmux("kill-session")
        else:
            process.terminate()
        for each in family:
            terminal.wait_for_end(each)
    with Terminal(command, **environment) as terminal:
        terminal.until("24 tasks")
        terminal.keys("C-q")
        assert terminal.ended() == 0


def test_the_editor_uses_the_terminal_and_returns_it(shop, command, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "the editor has $*"\nread -r line\n')
    editor.chmod(0o755)
    with Terminal(command, EDITOR=editor, VISUAL="") as terminal:
        terminal.until("24 tasks")
        terminal.keys("Enter")
        terminal.until("press n")
        terminal.keys("Down", "Down", "Down", "Enter")
        terminal.until("Add Logging", "Apply 3 changes")
        terminal.keys("Tab", "Tab", "Tab", "v")
        shown = terminal.until("the editor has")
        assert "Apply" not in shown, "Golive draws nothing meanwhile"
        terminal.keys("Enter")
        terminal.until("Add Logging", "Apply")
        terminal.keys("C-q")
        assert terminal.ended() == 0


def test_no_color_draws_without_colours(shop, command, tmp_path):
    with Terminal(command, NO_COLOR="1") as terminal:
        terminal.until("24 tasks")
        terminal.keys("Enter")
        terminal.until("☐", "1 Rotate Secrets", "press n")
        coloured = terminal.tmux("capture-pane", "-p", "-e")
        assert "\x1b[38;2" not in coloured or _all_grey(coloured)
        terminal.keys("C-q")
        assert terminal.ended() == 0


def _all_grey(text):
    colours = [part.split("m")[0].split(";")[:3] for part in text.split("\x1b[38;2;")[1:]]
    return all(red == green == blue for red, green, blue in colours)


def test_a_dumb_terminal_gets_the_plain_session(shop, command):
    with Terminal(["env", "TERM=dumb", *command]) as terminal:
        terminal.until("24 tasks", "Enter for task 1")
        terminal.keys("q", "Enter")
        assert terminal.ended() == 0
