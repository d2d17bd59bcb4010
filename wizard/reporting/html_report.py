"""The report as one HTML page without scripts or external files.

What is open comes first. The evidence of each task is folded on the screen and open on paper. The page is a snapshot
that may be read much later, so its times count back from the time at its top.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from wizard import __version__
from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.base.terminal import harmless
from wizard.base.wording import plural, time_ago
from wizard.checklist.evidence import Status, now
from wizard.checklist.model import Checklist, GoLiveList, Item, Task
from wizard.engine.changes import Change
from wizard.engine.events import NotChecked
from wizard.reporting import go_live
from wizard.reporting.drift_text import not_checked_line
from wizard.reporting.html_style import STYLE
from wizard.reporting.item_text import item_text, moment_text, one_line, time_text
from wizard.reporting.open_items import OpenItems, open_items, reason
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


def render(root: Path, checklist: Checklist, state: State, errors: Sequence[NotChecked] = ()) -> str:
    title, made = escape(f"{checklist.title}: {root.name}"), now()
    lines = [
        *_head(title),
        f"<header>\n<h1>{title}</h1>",
        f"<p class=note>Made by Golive {__version__} on {moment_text(made)}. "
        "Times such as “2 hours ago” count back from then.</p>\n</header>\n<main>",
        *_overview(checklist, state, errors),
        *_open(checklist, state),
    ]
    for day, tasks in tasks_by_day(checklist, state):
        lines.append(f"<h2>{escape(day)}</h2>")
        for task in tasks:
            lines += _task(task, state, made)
    lines.append("<h2>Go live</h2>")
    for section in checklist.go_live:
        lines += _go_live(section, state)
    if wanted := wanted_lines(state):
        lines += [f"<h2>{WANTED}</h2>", *_list(map(escape, wanted))]
    lines += ["<h2>Changes</h2>", *map(_change, recorded_changes(root)), "</main>\n</body>\n</html>"]
    return "\n".join(lines) + "\n"


def _head(title: str) -> Iterator[str]:
    style = f"\n{STYLE}\n"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>"


def _overview(checklist: Checklist, state: State, errors: Sequence[NotChecked]) -> Iterator[str]:
    yield f"<h2>Summary</h2>\n<p class=lead>{summary(checklist, state)}.</p>"
    if grade := header_grade(checklist, state):
        yield f"<p>{escape(grade)}</p>"
    for error in errors:
        yield f"<p class=failed>{escape(not_checked_line(error))}</p>"


def _open(checklist: Checklist, state: State) -> Iterator[str]:
    """What is open: the items by task or by reason, why they are open, and the command that deals with them."""
    yield "<h2>Open items</h2>"
    entries = open_items(state, checklist.begun_tasks(state.evidence))
    if not entries:
        yield f"<p>{NOTHING_OPEN}</p>"
        return
    yield "<p class=note>Run the commands in the project's folder.</p>\n<ul class=open>"
    for entry in entries:
        links = (f'<a href="#task-{task.number}">{task.number}. {escape(task.title)}</a>' for task in entry.tasks)
        yield f"<li>{', '.join(links)}"
        if entry.reason:
            yield from _list([_open_alike(entry)])
        else:
            yield from _list(_open_item(item, state) for item in entry.items)
        yield f"<p>Next: <code>golive {escape(entry.command)}</code></p></li>"
    yield "</ul>"


def _open_item(item: Item, state: State) -> str:
    status, why = state.status(item.id), escape(reason(item, state))
    return f"{_status(status)} {escape(f'{item.id} {item.text}')}: <span class=note>{why}</span>"


def _open_alike(entry: OpenItems) -> str:
    ids, why = ", ".join(item.id for item in entry.items), escape(entry.reason)
    return f"{_status(Status.OPEN)} {escape(f'{len(entry.items)} items ({ids})')}: <span class=note>{why}</span>"


def _status(status: Status) -> str:
    return f"<span class={status}>{SIGNS[status]} {WORDS[status]}</span>"


def _list(items: Iterable[str]) -> list[str]:
    return ["<ul>", *(f"<li>{item}</li>" for item in items), "</ul>"]


def _task(task: Task, state: State, made: str) -> list[str]:
    progress = f"{state.settled_count(task)} of {plural(state.applicable_count(task), 'item')}"
    return [
        f'<section>\n<h3 id="task-{task.number}">{task.number}. {escape(task.title)}</h3>',
        f"<p>{_status(state.task_status(task))} · {progress} · {time_text(task, state)}</p>",
        "<details class=evidence><summary>Items and evidence</summary>",
        "<table><thead><tr><th class=status scope=col>Status</th><th scope=col>Item and evidence</th></tr></thead>",
        "<tbody>",
        *(_item(item, state, made) for item in task.items),
        "</tbody></table></details>\n</section>",
    ]


def _item(item: Item, state: State, made: str) -> str:
    text = item_text(item, state)
    evidence = f"<small>{escape(text.evidence)}{_moment(item, state, made)}</small>"
    return f"<tr><td>{_status(text.status)}</td><td>{escape(f'{item.id} {item.text}')}<br>{evidence}</td></tr>"


def _moment(item: Item, state: State, made: str) -> str:
    """When the evidence of *item* was found, as a time before the report was *made*."""
    evidence = state.evidence.get(item.id)
    if evidence is None:
        return ""
    absolute = escape(moment_text(evidence.at))
    try:
        relative = time_ago(evidence.at, datetime.fromisoformat(made))
    except (ValueError, TypeError):  # TypeError: a time without a zone, from another program
        return f" · {absolute}"
    element = f'<time datetime="{escape(evidence.at)}" title="{absolute}">{relative}</time>'
    return f" · {element}"


def _go_live(section: GoLiveList, state: State) -> list[str]:
    items = go_live.standings(section, state)
    lines = [
        f"{_status(each.status)} {escape(f'{each.item.id} {each.item.text}')}: "
        f"<span class=note>{escape(each.reason)}</span>"
        for each in items
    ]
    return [
        f"<h3>{escape(section.title)}</h3>\n<p>{go_live.progress(items, ' of ')}, {go_live.due(section, state)}</p>",
        "<details class=evidence><summary>Items</summary>",
        *_list(lines),
        "</details>",
    ]


def _change(change: Change) -> str:
    name = f"Task {change.task}, {escape(change.name)}"
    if not change.diff:
        return f"<p>{name}: values are not shown</p>"
    return f"<details><summary>{name}</summary><pre>{html.escape(redact(harmless(change.diff)))}</pre></details>"


def escape(text: str) -> str:
    """*text* as one line of HTML text."""
    return html.escape(one_line(text))
