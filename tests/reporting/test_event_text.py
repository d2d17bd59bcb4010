"""Events as lines: statuses, verdicts and fixes in words for people."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.checklist import loader
from wizard.checklist.evidence import Status, not_applicable, shown
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFinished, Ticked
from wizard.reporting import event_text
from wizard.reporting.event_text import WORDED
from wizard.reporting.item_text import item_text, moment_text
from wizard.reporting.status_words import WORDS
from wizard.state.state_file import State

HINT = SimpleNamespace(text="Check the logs", fix="Read the traceback")


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [
        (True, "     ▶ Check the logs\n       Confirmed: KeyError\n       Fix: Read the traceback"),
        (False, "     – Check the logs\n       Ruled out: KeyError"),
        (None, "     ? Check the logs\n       Not checked: KeyError"),
    ],
)
def test_a_hint_shows_its_verdict_and_a_confirmed_one_its_fix(confirmed, expected):
    assert event_text.hint(Diagnosis(None, HINT, confirmed, "KeyError")) == expected


def test_every_status_has_a_word():
    assert WORDS.keys() == set(Status)
    assert WORDS[Status.WAIVED] == "Skipped"


def test_a_finished_task_and_a_ticked_item_are_shown_with_the_status_word():
    task = loader.load().tasks[2]
    ticked = Ticked(task.items[0], shown(task.items[0].id, True, "settings", "DEBUG", "False"))
    assert event_text.line(TaskFinished(task, "waived")) == "   Skipped"
    assert event_text.line(ticked, WORDED).startswith("   Done: 2.1 ")
    assert event_text.line(ticked).endswith(": DEBUG → False")


def test_an_item_that_does_not_apply_says_so(tmp_path):
    item = loader.load().tasks[2].items[0]
    state = State(tmp_path, {item.id: not_applicable(item.id, "the settings", "no DEBUG")})
    assert item_text(item, state).word == "Not applicable"


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-11-27T00:57:47+00:00", "2026-11-27 00:57 UTC"),
        ("2026-11-27T00:57:47", "2026-11-27 00:57"),
        ("x\ny", "x y"),
    ],
)
def test_times_are_shown_without_seconds_and_offset(at, shown):
    assert moment_text(at) == shown
