"""The summary at the end of a run and of a check: what was done, what is left, and the one thing to do about it."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace

import pytest

from tests.cli_runner import golive
from tests.engine.repository import Repository
from wizard.checklist.evidence import not_applicable, rehearsed, shown, waiting
from wizard.cli import colours
from wizard.cli.output import EventPrinter
from wizard.cli.progress_line import ProgressLine
from wizard.diagnosis.cause import Cause
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import Drifted, NotChecked, Planned, RunStarted, TaskFailed
from wizard.plan.actions import Assist, Plan
from wizard.reporting import run_summary


@pytest.fixture
def repo(tmp_path, monkeypatch):
    repo = Repository(tmp_path / "shop")
    monkeypatch.chdir(repo.top)
    return repo


def summary(repo, *numbers, notes=None, seconds=3.2):
    tasks = [repo.records.checklist.tasks[number] for number in numbers]
    return list(run_summary.lines(repo.records, tasks, notes or run_summary.RunNotes(), "--project x", seconds))


def keep(repo, *found):
    repo.records.state.evidence |= {evidence.item: evidence for evidence in found}


def test_done_rehearsed_and_skipped_items_are_counted_with_their_tasks(repo):
    keep(repo, *(shown(item, True, "file", "looked", "there") for item in ("2.1", "2.2", "3.1")))
    keep(repo, rehearsed("4.3", True, "file", "looked", "there"), not_applicable("2.3", "looked", "no templates"))
    lines = summary(repo, 2, 3, 4)
    assert lines[0] == "Summary"
    assert "  ✔ Done: 3 items (tasks 2-3)" in lines
    assert "  ◐ Rehearsed: 1 item, proven on this machine only (task 4)" in lines
    assert not [line for line in lines if "2.3" in line or "Failed" in line or "Uncommitted" in line]
    assert lines[-1] == "  Time: 3 s"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "under 1 s"), (59.6, "1 min"), (134, "2 min 14 s"), (3780, "1 h 3 min")]
)
def test_times_are_in_words(repo, seconds, text):
    assert summary(repo, 2, seconds=seconds)[-1] == f"  Time: {text}"


def test_open_items_with_the_same_reason_share_an_entry(repo):
    why = "The deployment failed in task 17: no such package. Correct the cause, then run task 17 again."
    keep(repo, *(waiting(item, "GET /", why) for item in ("21.13", "22.1", "22.2", "24.1")))
    keep(repo, waiting("2.1", "settings", "not loaded"), waiting("2.2", "settings", "not loaded"))
    lines = [line for line in summary(repo, 2, 21, 22, 24) if "2" in line]
    at = lines.index(f"  ☐ Open: 4 items (tasks 21-22, 24): {why}")
    assert lines[at + 1] == "      Then: golive --auto --only 21-22,24 --project x"
    assert not any("22.1" in line or "24.1" in line for line in lines)
    assert sum("not loaded" in line for line in lines) == 2, "two items are shown with their texts"


def test_an_open_item_has_one_command_or_action(repo):
    keep(repo, waiting("11.1", "accounts", "sign up at railway.com"), waiting("2.1", "settings", "not loaded"))
    notes = run_summary.RunNotes()
    task = repo.records.checklist.tasks[2]
    one = Assist("2.2", "in a terminal", "git add x && git commit -m x", "you chose not to commit")
    several = Assist("2.3", "in settings.py", "A = 1\nB = 2\n", "the file can't be edited safely")
    notes.note(Planned(task, Plan.of(one, several)))
    text = "\n".join(summary(repo, 2, 11, notes=notes))
    for item, action in (
        ("11.1", 'Then: golive confirm 11.1 "what you saw" --project x'),
        ("2.1", "Then: golive --auto --only 2 --project x"),
        ("2.2", "Do, in a terminal: git add x && git commit -m x"),
        ("2.3", "Do, in settings.py: what `golive plan 2 --project x` shows"),
    ):
        assert re.search(rf"  ☐ Open: {re.escape(item)} .*\n      {re.escape(action)}\n", text + "\n"), text
    assert "sign up at railway.com" in text and "you chose not to commit" in text


def test_a_failure_begins_with_its_cause(repo):
    task = repo.records.checklist.tasks[9]
    hint = next(hint for guide in repo.records.checklist.guides.values() for hint in guide.hints if hint.fix)
    notes = run_summary.RunNotes()
    confirmed = Diagnosis("9", hint, True, "STATIC_ROOT is missing")
    notes.note(TaskFailed(task, "9.3: a long story", (confirmed,), Cause("no STATIC_ROOT", where="settings.py:9")))
    lines = summary(repo, 9, notes=notes)
    first = lines.index(f"  ✘ Failed: task 9, {task.title}: settings.py:9: no STATIC_ROOT")
    assert lines[first + 1].startswith("      Fix: ")
    assert lines[first + 2] == "      Then: golive --auto --only 9 --project x"
    notes.note(TaskFailed(task, "9.3: a long story", (replace(confirmed, related=False),), Cause("no STATIC_ROOT")))
    assert not any("Fix:" in line for line in summary(repo, 9, notes=notes)), "it can't explain this failure"


def test_a_failure_before_its_items_were_checked_is_told_once(repo):
    notes = run_summary.RunNotes()
    notes.note(TaskFailed(repo.records.checklist.tasks[9], "no plan", (), Cause("no plan")))
    keep(repo, waiting("9.2", "settings", "not loaded"))
    lines = summary(repo, 9, notes=notes)
    assert [line.split(":")[1].split()[0] for line in lines if "Open" in line] == ["9.2"]
    assert any("Failed: task 9" in line for line in lines)


def test_a_failure_of_an_earlier_run_is_listed_too(repo):
    keep(repo, shown("9.3", False, "command", "collectstatic", "no STATIC_ROOT"))
    assert [line for line in summary(repo, 9) if "✘ Failed: task 9" in line and "9.3 no STATIC_ROOT" in line]


def test_uncommitted_files_are_listed_with_a_command_that_commits_them(repo):
    repo.apply(2, repo.edit("backend/shop/settings.py", b"A = 1\n"), repo.edit("new file.txt", b"x\n"))
    repo.apply(3, repo.edit("ignored.pyc", b"x"))
    lines = summary(repo, 2)
    first = next(index for index, line in enumerate(lines) if line.startswith("  Uncommitted: 2 files that Golive"))
    subprocess.run(lines[first + 1], shell=True, cwd=repo.top, check=True, capture_output=True)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=repo.top, capture_output=True, text=True, check=True)
    assert changed.stdout == "", "Golive's own folder is ignored"
    assert not [line for line in summary(repo, 2) if "Uncommitted" in line]


def test_the_commit_command_works_from_another_folder(repo, tmp_path, monkeypatch):
    repo.apply(2, repo.edit("new.txt", b"x\n"))
    monkeypatch.chdir(tmp_path)
    command = next(line for line in summary(repo, 2) if " commit -m " in line)
    subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True)
    assert not [line for line in summary(repo, 2) if "Uncommitted" in line]


def test_a_check_says_what_holds_and_how_to_repair_the_rest(repo):
    tasks = repo.records.checklist.tasks
    drifted = [Drifted(tasks[2].item("2.1"), "a", "b")]
    errors = [NotChecked((tasks[3],), (tasks[3].items[0],), "no")]
    text = run_summary.of_check({"2.1", "2.2", "3.1"}, drifted, errors, "--project x", 12)
    assert text == (
        "Checked 3 items in 12 s: 1 still holds, 1 drifted, 1 not checked.\n"
        "To repair them: golive --auto --only 2 --project x"
    )
    assert run_summary.of_check({"2.1"}, [], [], "", 1) == "Checked 1 item in 1 s: all still hold."


class Stream(io.StringIO):
    def __init__(self, *, is_terminal):
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "variables", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"ACCESSIBLE": "1"}, False),
    ],
)
def test_colours_are_for_terminals_only(monkeypatch, is_terminal, variables, coloured):
    for name in ("NO_COLOR", "ACCESSIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colours.are_shown(Stream(is_terminal=is_terminal)) is coloured


def test_signs_and_titles_are_painted():
    assert colours.paint("\n3. Headers\n   ✔ 3.1 Text") == "\n\x1b[1m3. Headers\x1b[0m\n   \x1b[32m✔\x1b[0m 3.1 Text"


def test_diffs_are_painted_as_git_paints_them():
    shown = {
        "   + Edit x.py": "", "     --- x.py": "1", "     +++ x.py": "1", "     @@ -1 +1 @@": "36", "     -a": "31",
        "     +b": "32", "      c": "", "   + Other": "",
    }  # fmt: skip
    painted = [f"     \x1b[{code}m{line[5:]}\x1b[0m" if code else line for line, code in shown.items()]
    assert colours.paint("\n".join(shown)).split("\n") == painted
    assert colours.paint("   - a list\n   + no diff") == "   - a list\n   + no diff"


def test_a_screen_reader_gets_no_progress_line(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("ACCESSIBLE", "1")
    stream = Stream(is_terminal=True)
    with ProgressLine(stream) as progress:
        progress.show("Running")
        progress.write("a line")
    assert stream.getvalue() == "a line\n"


@pytest.mark.parametrize("verbose", [False, True])
def test_the_interpreter_is_named_only_when_asked(capsys, verbose):
    EventPrinter(verbose=verbose)(RunStarted("/shop", "shop.settings", "/venv/bin/python, venv"))
    assert ("/venv/bin/python" in capsys.readouterr().err) is verbose


@pytest.mark.parametrize("verbose", [False, True])
def test_a_check_names_children_only_when_asked(repo, verbose):
    (repo.root / "venv").mkdir()
    (repo.root / "venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    keep(repo, shown("2.1", True, "file", "looked", "as planned"))
    repo.records.state.save()
    result = golive("check", *["-v"] * verbose, project=repo.root)
    assert "Checked 1 item in under 1 s: 0 still hold, 1 not checked.\n" in result.stderr
    assert ("Child processes" in result.stderr) is verbose
