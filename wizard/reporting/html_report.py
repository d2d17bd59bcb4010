"""The report as one HTML page without scripts or external files."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from wizard import __version__
from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.base.terminal import harmless
from wizard.checklist.evidence import now
from wizard.checklist.model import Checklist, Item, Task
from wizard.engine.changes import Change
from wizard.engine.events import NotChecked
from wizard.reporting import go_live
from wizard.reporting.drift_text import not_checked_line
from wizard.reporting.item_text import item_text, moment_text, one_line, time_text
from wizard.reporting.report_data import WANTED, recorded_changes, summary, tasks_by_day, wanted_lines
from wizard.state.state_file import State

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem } td { padding: .3rem .6rem; vertical-align: top }
tr { border-top: 1px solid #ddd } small { color: #666 } .failed, .drifted { color: #b00020 } .done { color: #1b6e2e }
""".strip()


def render(root: Path, checklist: Checklist, state: State, errors: Sequence[NotChecked] = ()) -> str:
    title = escape(f"{checklist.title}: {root.name}")
    parts = [
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>\n{STYLE}\n</style></head><body>\n<h1>{title}</h1>",
        f"<p>{summary(checklist, state)}. Golive {__version__}, {moment_text(now())}.</p>",
    ]
    parts += [f"<p class=failed>{escape(not_checked_line(error))}</p>" for error in errors]
    for day, tasks in tasks_by_day(checklist):
        parts.append(f"<h2>{escape(day)}</h2>")
        for task in tasks:
            parts += _task(task, state)
    parts.append("<h2>Go live</h2>\n<ul>")
    parts += [f"<li>{escape(line)}</li>" for line in go_live.lines(checklist, state)]
    parts.append("</ul>")
    if wanted := wanted_lines(state):
        parts += [f"<h2>{WANTED}</h2>\n<ul>", *(f"<li>{escape(line)}</li>" for line in wanted), "</ul>"]
    parts.append("<h2>Changes</h2>")
    parts += [_change(change) for change in recorded_changes(root)]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _task(task: Task, state: State) -> list[str]:
    heading = f"{task.number}. {escape(task.title)} <small>{time_text(task, state)}</small>"
    return [f"<h3>{heading}</h3>\n<table>", *(_item(item, state) for item in task.items), "</table>"]


def _item(item: Item, state: State) -> str:
    text = item_text(item, state)
    status = f"<td class={text.status}>{SIGNS[text.status]} {text.word}</td>"
    evidence = f"<small>{escape(text.evidence)} {escape(text.at)}</small>"
    return f"<tr>{status}<td>{escape(f'{item.id} {item.text}')}<br>{evidence}</td></tr>"


def _change(change: Change) -> str:
    diff = html.escape(redact(harmless(change.diff)))
    content = f"<pre>{diff}</pre>" if diff else "values are not shown"
    return f"<details><summary>Task {change.task}, {escape(change.name)}</summary>{content}</details>"


def escape(text: str) -> str:
    """*text* as one line of HTML text."""
    return html.escape(one_line(text))
