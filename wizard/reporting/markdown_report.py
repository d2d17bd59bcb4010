"""The report as Markdown. Texts from the project are escaped: none becomes markup or a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from wizard import __version__
from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.checklist.evidence import Status, now
from wizard.checklist.model import Checklist, Item, Task
from wizard.engine.events import NotChecked
from wizard.reporting import go_live
from wizard.reporting.drift_text import not_checked_line
from wizard.reporting.item_text import item_text, moment_text, one_line, time_text
from wizard.reporting.open_items import open_items, reason
from wizard.reporting.report_data import (
    NOTHING_OPEN,
    WANTED,
    header_grade,
    recorded_changes,
    summary,
    tasks_by_day,
    wanted_lines,
)
from wizard.reporting.status_words import WORDS
from wizard.state.state_file import State

MARKUP = re.compile(r"[\\`*_\[\]<>|~&#@]|:(?=//)|(?<=www)\.|^[-+]", re.IGNORECASE)
"""Markup, entities and addresses of GitHub Flavored Markdown. Some count only at the start of a line."""
NUMBERED = re.compile(r"^(\d{1,9})([.)])")


def render(root: Path, checklist: Checklist, state: State, errors: Sequence[NotChecked] = ()) -> str:
    title = escape(f"{checklist.title}: {root.name}")
    lines = [f"# {title}", "", f"{summary(checklist, state)}. Golive {__version__}, {moment_text(now())}."]
    lines += ["", f"{escape(grade)}."] if (grade := header_grade(checklist, state)) else []
    lines += ["", *(f"- {escape(not_checked_line(error))}" for error in errors)] if errors else []
    lines += _open(checklist, state)
    for day, tasks in tasks_by_day(checklist, state):
        lines += ["", f"## {escape(day)}"]
        for task in tasks:
            lines += _task(task, state)
    lines += ["", "## Go live", "", *(f"- {escape(line)}" for line in go_live.lines(checklist, state))]
    if wanted := wanted_lines(state):
        lines += ["", f"## {WANTED}", "", *(f"- {escape(line)}" for line in wanted)]
    lines += ["", "## Changes"]
    for change in recorded_changes(root):
        note = "" if change.diff else ": values are not shown"
        lines += ["", f"Task {change.task}, {escape(change.name)}{note}"]
        if change.diff:
            lines += ["", *(f"    {line}" for line in redact(harmless(change.diff)).splitlines())]
    return "\n".join(lines) + "\n"


def _open(checklist: Checklist, state: State) -> list[str]:
    """What is open: the items by task or by reason, why they are open, and the command that deals with them."""
    lines = ["", "## Open items", ""]
    entries = open_items(state, checklist.begun_tasks(state.evidence))
    for entry in entries:
        titles = ", ".join(f"{task.number}\\. {escape(task.title)}" for task in entry.tasks)
        lines.append(f"- {titles}: {escape(f'golive {entry.command}')}")
        if entry.reason:
            ids = ", ".join(item.id for item in entry.items)
            about = escape(f"{len(entry.items)} items ({ids})")
            lines.append(f"  - **{WORDS[Status.OPEN]}** {about}: {escape(entry.reason)}")
            continue
        for item in entry.items:
            word, why = WORDS[state.status(item.id)], escape(reason(item, state))
            lines.append(f"  - **{word}** {escape(f'{item.id} {item.text}')}: {why}")
    return lines if entries else [*lines, NOTHING_OPEN]


def _task(task: Task, state: State) -> list[str]:
    status = WORDS[state.task_status(task)]
    heading = f"### {task.number}. {escape(task.title)} ({status}; {time_text(task, state)})"
    return ["", heading, "", *(_item(item, state) for item in task.items)]


def _item(item: Item, state: State) -> str:
    text = item_text(item, state)
    box = "x" if text.status is Status.DONE else " "
    word = "" if text.word == WORDS[Status.DONE] else f" **{text.word}**"
    at = f" ({escape(text.at)})" if text.at else ""
    return f"- [{box}] {escape(f'{item.id} {item.text}')}{word}: {escape(text.evidence)}{at}"


def escape(text: str) -> str:
    """*text* as one line, with everything escaped that Markdown would render as markup or a link."""
    return NUMBERED.sub(r"\1\\\2", MARKUP.sub(r"\\\g<0>", one_line(text)))
