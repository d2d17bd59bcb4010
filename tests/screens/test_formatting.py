"""Times, counts and statuses as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from screens.formatting import (
    local_time,
    needs_input_text,
    next_task,
    plan_size,
    time_left,
    undo_question,
)
from screens.status_symbols import item_row
from wizard.base.wording import duration, hours_and_minutes, plural, time_ago
from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status, shown
from wizard.checklist.model import Item
from wizard.reporting.report_data import summary, tasks_by_day
from wizard.reporting.status_words import WORDS
from wizard.state.state_file import State


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (90, "1 h 30 min"), (765, "12 h 45 min")]
)
def test_minutes_are_shown_as_hours_and_minutes(minutes, text):
    assert hours_and_minutes(minutes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "under 1 s"),
        (3, "3 s"),
        (59.6, "1 min"),
        (75.2, "1 min 15 s"),
        (120, "2 min"),
        (3599.9, "1 h"),
        (5400, "1 h 30 min"),
    ],
)
def test_a_duration_is_shown_in_its_largest_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("stamp", "text"),
    [
        ("2026-03-02T09:29:31+00:00", "just now"),
        ("2026-03-02T09:29:00+00:00", "1 minute ago"),
        ("2026-03-02T09:28:00+00:00", "2 minutes ago"),
        ("2026-03-02T08:30:00+00:00", "1 hour ago"),
        ("2026-03-01T10:30:00+01:00", "1 day ago"),
        ("2026-02-20T09:30:00+00:00", "10 days ago"),
        ("2026-03-02T09:31:00+00:00", "just now"),
    ],
)
def test_a_stamp_is_shown_relative_to_now(stamp, text):
    assert time_ago(stamp, datetime(2026, 3, 2, 9, 30, tzinfo=UTC)) == text


def test_a_stamp_is_shown_as_local_date_and_time():
    local = datetime.fromisoformat("2026-03-04T17:45:00+00:00").astimezone()
    assert local_time("2026-03-04T17:45:00+00:00") == f"{local.day} March 2026, {local:%H:%M}"


def test_counts_agree_with_their_nouns():
    assert [plural(count, "change") for count in (0, 1, 2)] == ["0 changes", "1 change", "2 changes"]
    assert [plan_size(count) for count in (0, 1)] == ["checks only", "1 change"]
    assert needs_input_text(1) == "1 item needs your input"
    assert needs_input_text(2) == "2 items need your input"


def test_statuses_are_shown_in_plain_words():
    labels = {str(status): WORDS[status] for status in Status}
    assert labels == {
        "open": "Open", "done": "Done", "rehearsed": "Rehearsed", "waived": "Skipped", "failed": "Failed",
        "drifted": "Drifted", "not-applicable": "Not applicable",
    }  # fmt: skip


def test_the_row_of_an_item_has_its_status_and_evidence():
    item = Item("2.1", "DEBUG is off", "auto")
    assert item_row(item, None).plain == "☐ 2.1 DEBUG is off"
    skipped = Evidence("2.1", Status.WAIVED, "note", "", "the proxy does it")
    assert item_row(item, skipped).plain == "– 2.1 DEBUG is off\n      Skipped: the proxy does it"
    done = Evidence("2.1", Status.DONE, "command", "manage.py check", "no issues\nsecond line")
    assert item_row(item, done).plain == "✔ 2.1 DEBUG is off\n      manage.py check → no issues"


def test_an_undo_of_several_tasks_names_them_and_says_why():
    text, why = undo_question((2, 3), revert=True)
    assert text == "Undo tasks 2, 3?"
    assert why.startswith("These tasks changed the same files")
    assert why.endswith("so a new commit reverts it.")


@pytest.fixture
def all_run(tmp_path):
    """The checklist, and a state in which all tasks but those of the optional day have run."""
    checklist = loader.load()
    state = State(tmp_path)
    for task in checklist.required_tasks:
        state.evidence |= {item.id: shown(item.id, True, "file", "a file", "fine") for item in task.items}
    return checklist, state


def test_an_optional_day_follows_the_last_task_and_is_never_next_by_itself(all_run, tmp_path):
    checklist, state = all_run
    assert next_task(checklist, State(tmp_path), 23).number == 24
    assert next_task(checklist, State(tmp_path), 24).number == 25, "the person goes on"
    assert next_task(checklist, state) is None
    assert next_task(checklist, state, 24).number == 25
    assert next_task(checklist, state, 27).number == 28
    state.evidence["26.1"] = shown("26.1", True, "file", "a file", "fine")
    assert next_task(checklist, state).number == 25, "the day was begun"


def test_an_optional_day_is_counted_for_itself(all_run):
    checklist, state = all_run
    items = sum(len(task.items) for task in checklist.required_tasks)
    assert summary(checklist, state) == f"{items} items: {items} done"
    assert time_left(checklist, state) == ""
    assert [title[:5] for title, _ in tasks_by_day(checklist, state)] == ["Day 1", "Day 2", "Day 3"]
    state.evidence["25.1"] = shown("25.1", True, "file", "a file", "fine")
    assert summary(checklist, state).startswith(f"{items} items: {items} done. Day 4, Stay live: 30 items: 29 ")
    assert tasks_by_day(checklist, state)[3][0] == "Day 4: Stay live (optional)"
