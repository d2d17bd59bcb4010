"""The plain session, in a separate process that reads its answers from a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import unicodedata

import pytest

from tests.cli_runner import golive
from tests.screens.driving import break_site
from wizard.checklist.evidence import Status
from wizard.state import state_file


def session(folder, python, *answers, **options):
    """Run a session with *answers*, one on each line."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as typed:
        with os.fdopen(writer, "w") as lines:
            lines.writelines(f"{answer}\n" for answer in answers)
        return golive("--plain", folder, python=python, stdin=typed, timeout=120, **options)


def test_a_task_is_applied_and_a_later_session_resumes(shop, python):
    result = session(shop, python, "", "", "q")
    assert result.returncode == 0, result.stderr
    shown, _, worked = result.stdout.partition("Enter to make")
    assert "1.1 Open:" in shown
    assert "Change: Generate " in shown
    assert "Done: 1.1" in worked
    assert state_file.load(shop).status("1.1") is Status.DONE
    assert "Task 2, Fix DEBUG Mode" in worked, "the next task follows"
    second = session(shop, python, "m")
    assert second.returncode == 0, "the end of the input quits"
    assert "Enter for task 2, Fix DEBUG Mode" in second.stdout
    assert "1. Rotate Secrets: " in second.stdout


def test_the_output_has_no_symbols_or_control_characters(shop, python):
    result = session(shop, python, "?", "m", "w", "g", "/debug", "2", "?", "h", "d", "2.1", "", "", "l", "", "b", "q")
    assert result.returncode == 0, result.stderr
    symbols = {char for char in result.stdout if unicodedata.category(char) in {"So", "Cc"}} - {"\n"}
    assert not symbols, "screen readers read symbols badly"
    assert "\x1b" not in result.stdout


def test_the_search_finds_by_words_and_status(shop, python):
    output = session(shop, python, "/debug open", "q").stdout
    assert "2. Fix DEBUG Mode: Open" in output
    assert "Rate Limiting" not in output


def test_one_change_can_be_skipped_and_another_edited(shop, python, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "# by hand" >>"$1"\n')
    editor.chmod(0o755)
    result = session(
        shop, python, "4", "1", "no", "e", "", "yes", "q", env={**os.environ, "EDITOR": str(editor), "VISUAL": ""}
    )
    assert result.returncode == 0, result.stderr
    assert "logs/" not in (shop.parent / ".gitignore").read_text(), "skipped"
    settings = (shop / "election_cart" / "settings.py").read_text()
    assert "LOGGING = {" in settings
    assert settings.endswith("# by hand\n")
    assert state_file.load(shop).status("4.3") is not Status.DONE, "the item of a skipped change stays open"


def test_a_failure_shows_its_diagnosis_and_one_key_fixes_it(shop, python):
    break_site(shop)
    result = session(shop, python, "2", "", "f", "q")
    assert result.returncode == 0, result.stderr
    assert "Task 2, Fix DEBUG Mode, failed." in result.stdout
    assert "Confirmed: " in result.stdout
    shown, _, fixed = result.stdout.partition("f to make these changes and retry")
    assert "Golive can fix this:" in shown
    assert "ALLOWED_HOSTS" in shown
    assert "Done: 2.2" in fixed
    assert state_file.load(shop).status("2.2") is Status.DONE


def test_settings_that_raise_are_shown_and_can_be_retried(shop, python):
    settings = shop / "election_cart" / "settings.py"
    settings.write_text(settings.read_text().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'not_there',"))
    result = session(shop, python, "", "q")
    assert result.returncode == 5
    assert result.stdout.count("No module named 'not_there'") == 2, "Enter retries"
    assert "Traceback" not in result.stderr


def test_an_item_is_skipped_with_a_reason(shop, python):
    result = session(shop, python, "11", "local", "11.1", "", "", "no account is needed", "b", "q")
    assert result.returncode == 0, result.stderr
    assert state_file.load(shop).status("11.1") is Status.WAIVED


def test_undo_restores_every_byte(shop, python):
    before = (shop / "election_cart" / "settings.py").read_bytes()
    session(shop, python, "2", "", "b", "q")
    assert (shop / "election_cart" / "settings.py").read_bytes() != before
    result = session(shop, python, "2", "u", "yes", "b", "q")
    assert "All changes are undone" in result.stdout
    assert (shop / "election_cart" / "settings.py").read_bytes() == before


def test_a_missing_project_is_an_error_without_a_traceback(tmp_path):
    result = session(tmp_path, sys.executable, "q")
    assert result.returncode == 5
    assert "no Django project" in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_after_a_signal_the_session_can_be_resumed(shop, python, number):
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
    assert session(shop, python, "q").returncode == 0, "the project is no longer locked"
