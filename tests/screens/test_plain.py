"""The guided session as lines and prompts, in a process of its own, answered through a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import unicodedata

import pytest

from tests.screens.driving import make_picky
from wizard.checklist.evidence import Status
from wizard.state import state_file


def session(folder, python, *answers, **more):
    """What a session says that is given *answers*, one a line."""
    command = [sys.executable, "-m", "wizard", "--plain", "--python", python, str(folder)]
    typed = "".join(f"{each}\n" for each in answers)
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=120, check=False, **more)


def test_a_task_is_shown_applied_and_resumed_after(shop, python):
    told = session(shop, python, "", "", "q")
    assert told.returncode == 0, told.stderr
    shown, _, worked = told.stdout.partition("Enter to make")
    assert "1.1 open:" in shown
    assert "Change: Generate " in shown
    assert "Done: 1.1" in worked
    assert state_file.load(shop).status("1.1") is Status.DONE
    assert "Task 2, Fix DEBUG Mode" in worked, "the next task follows"
    again = session(shop, python, "m")
    assert again.returncode == 0, "the end of the input is a way to leave"
    assert "Enter for task 2, Fix DEBUG Mode" in again.stdout
    assert "1. Rotate Secrets: " in again.stdout


def test_no_sign_stands_for_a_word(shop, python):
    told = session(shop, python, "?", "m", "w", "g", "/debug", "2", "?", "g", "d", "2.1", "", "", "log", "", "b", "q")
    assert told.returncode == 0, told.stderr
    drawn = {sign for sign in told.stdout if unicodedata.category(sign) in {"So", "Cc"}} - {"\n"}
    assert not drawn, "signs and control characters are read badly"
    assert "\x1b" not in told.stdout


def test_the_search_finds_by_words_and_status(shop, python):
    told = session(shop, python, "/debug open", "q").stdout
    assert "2. Fix DEBUG Mode: open" in told
    assert "Rate Limiting" not in told


def test_a_change_can_be_left_out_and_another_written_by_hand(shop, python, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "# by hand" >>"$1"\n')
    editor.chmod(0o755)
    told = session(
        shop, python, "4", "1", "no", "e", "", "yes", "q", env={**os.environ, "EDITOR": str(editor), "VISUAL": ""}
    )
    assert told.returncode == 0, told.stderr
    assert "logs/" not in (shop.parent / ".gitignore").read_text(), "left out"
    settings = (shop / "election_cart" / "settings.py").read_text()
    assert "LOGGING = {" in settings
    assert settings.endswith("# by hand\n")
    assert state_file.load(shop).status("4.3") is not Status.DONE, "what was left out stays open"


def test_a_failure_tells_the_guide_and_its_mend_is_one_key(shop, python):
    make_picky(shop)
    told = session(shop, python, "2", "", "f", "b", "q")
    assert told.returncode == 0, told.stderr
    assert "Task 2, Fix DEBUG Mode, failed." in told.stdout
    assert "Confirmed: " in told.stdout
    shown, _, mended = told.stdout.partition("f to make these changes and try again")
    assert "Golive can mend it:" in shown
    assert "ALLOWED_HOSTS" in shown
    assert "Done: 2.2" in mended
    assert state_file.load(shop).status("2.2") is Status.DONE


def test_settings_that_raise_are_told_and_looked_at_again(shop, python):
    settings = shop / "election_cart" / "settings.py"
    settings.write_text(settings.read_text().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'not_there',"))
    told = session(shop, python, "", "q")
    assert told.returncode == 5
    assert told.stdout.count("No module named 'not_there'") == 2, "Enter looks again"
    assert "Traceback" not in told.stderr


def test_an_item_takes_a_word_and_a_reason(shop, python):
    told = session(shop, python, "11", "local", "11.1", "", "", "no account is needed", "b", "q")
    assert told.returncode == 0, told.stderr
    assert state_file.load(shop).status("11.1") is Status.WAIVED


def test_undo_puts_everything_back(shop, python):
    before = (shop / "election_cart" / "settings.py").read_bytes()
    session(shop, python, "2", "", "b", "q")
    assert (shop / "election_cart" / "settings.py").read_bytes() != before
    told = session(shop, python, "2", "u", "yes", "b", "q")
    assert "Everything is back as it was" in told.stdout
    assert (shop / "election_cart" / "settings.py").read_bytes() == before


def test_a_project_that_is_not_there_is_an_error_and_no_traceback(tmp_path):
    told = session(tmp_path, sys.executable, "q")
    assert told.returncode == 5
    assert "no Django project" in told.stdout
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_everything_resumable(shop, python, number):
    command = [sys.executable, "-m", "wizard", "--plain", "--python", python, str(shop)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        for line in child.stdout:
            if "open" in line:  # the line before the first prompt
                break
        child.send_signal(number)
        _, wrong = child.communicate(timeout=60)
    assert child.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert "Traceback" not in wrong
    assert session(shop, python, "q").returncode == 0, "the project is free again"
