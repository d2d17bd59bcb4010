"""What was done and why it counts, as Markdown, HTML, JSON, SARIF or JUnit; from the state alone, nothing is run."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from wizard import __version__
from wizard.base import files
from wizard.base.errors import EditError, UsageError
from wizard.base.git import Git
from wizard.base.secrets import redact
from wizard.base.status_symbols import SIGNS
from wizard.base.terminal import harmless
from wizard.checklist.evidence import Evidence, Status, now
from wizard.checklist.model import Checklist, Item, Task
from wizard.engine.changes import Change, changes
from wizard.reporting.go_live import due, standings
from wizard.reporting.go_live import lines as launch_lines
from wizard.state.state_file import State

FORMATS = ("md", "html", "json", "sarif", "junit")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem } td { padding: .3rem .6rem; vertical-align: top }
tr { border-top: 1px solid #ddd } small { color: #666 } .failed, .drifted { color: #b00020 } .done { color: #1b6e2e }
""".strip()


MARKUP = re.compile(r"[\\`*_\[\]<>|~&#@]|:(?=//)|(?<=www)\.|^[-+]", re.IGNORECASE)
"""What Markdown, and GitHub's kind of it, takes for markup, an entity or an address; some only where a line begins."""
NUMBERED = re.compile(r"^(\d{1,9})([.)])")


def render(form: str, root: Path, checklist: Checklist, state: State) -> str:
    """The report in one of FORMATS."""
    if form in {"sarif", "junit"}:
        from wizard.reporting import ci_formats

        return (ci_formats.sarif if form == "sarif" else ci_formats.junit)(root, checklist, state)
    return {"md": _markdown, "html": _html, "json": _json}[form](root, checklist, state)


def _summary(checklist: Checklist, state: State) -> str:
    statuses = [state.status(item.id) for _, item in checklist.items()]
    counted = [f"{statuses.count(status)} {status}" for status in Status if status in statuses]
    return f"{len(statuses)} items: {', '.join(counted)}"


def shown(item: Item, state: State) -> tuple[Status, str, str]:
    """An item's status, its evidence in a line, and when that was seen."""
    evidence = state.evidence.get(item.id)
    if evidence is None:
        return Status.OPEN, "nothing is known yet", ""
    told = f"{evidence.ran}: {evidence.showed}" if evidence.ran else evidence.showed
    return evidence.status, one_line(told), one_line(evidence.at)


def one_line(text: str) -> str:
    """*text* as one line that can be shown: without secrets, line ends, and what steers or deceives its reader."""
    return " ".join(redact(harmless(text)).split())


def _took(task: Task, state: State) -> str:
    """The estimate, and what the work really took."""
    spent = state.spent.get(str(task.number))
    return f"{task.minutes} min planned" + (f", {spent:.0f} s taken" if spent is not None else "")


def _changes(root: Path) -> list[Change]:
    git = Git.of(root)
    return list(changes(root, git.top if git else root))


def _tasks(checklist: Checklist) -> list[tuple[str, list[Task]]]:
    return [
        (f"Day {day.number}: {day.title}", [task for session in day.sessions for task in session.tasks])
        for day in checklist.days
    ]


def _markdown(root: Path, checklist: Checklist, state: State) -> str:
    title = _plain(f"{checklist.title}: {root.name}")
    lines = [f"# {title}", "", f"{_summary(checklist, state)}. Golive {__version__}, {now()}."]
    for day, tasks in _tasks(checklist):
        lines += ["", f"## {_plain(day)}"]
        for task in tasks:
            lines += [
                "",
                f"### {task.number}. {_plain(task.title)} ({state.task_status(task)}; {_took(task, state)})",
                "",
            ]
            for item in task.items:
                status, told, at = shown(item, state)
                when = f" ({_plain(at)})" if at else ""
                box = "x" if status is Status.DONE else " "
                word = "" if status is Status.DONE else f" **{status}**"
                lines.append(f"- [{box}] {_plain(f'{item.id} {item.text}')}{word}: {_plain(told)}{when}")
    lines += ["", "## Go live", "", *(f"- {_plain(each)}" for each in launch_lines(checklist, state))]
    lines += ["", "## Changes"]
    for change in _changes(root):
        lines += ["", f"Task {change.task}, {_plain(change.name)}" + ("" if change.diff else ": values are not shown")]
        if change.diff:
            lines += ["", *(f"    {each}" for each in redact(harmless(change.diff)).splitlines())]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """*text* as one line of which Markdown takes nothing for markup, and nothing for a link."""
    return NUMBERED.sub(r"\1\\\2", MARKUP.sub(r"\\\g<0>", one_line(text)))


def _html(root: Path, checklist: Checklist, state: State) -> str:
    title = _text(f"{checklist.title}: {root.name}")
    parts = [
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>\n{STYLE}\n</style></head><body>\n<h1>{title}</h1>",
        f"<p>{_summary(checklist, state)}. Golive {__version__}, {now()}.</p>",
    ]
    for day, tasks in _tasks(checklist):
        parts.append(f"<h2>{_text(day)}</h2>")
        for task in tasks:
            head = f"{task.number}. {_text(task.title)} <small>{_took(task, state)}</small>"
            parts.append(f"<h3>{head}</h3>\n<table>")
            for item in task.items:
                status, told, at = shown(item, state)
                cells = f"<td class={status}>{SIGNS[status]} {status}</td><td>{_text(f'{item.id} {item.text}')}"
                parts.append(f"<tr>{cells}<br><small>{_text(told)} {_text(at)}</small></td></tr>")
            parts.append("</table>")
    parts.append("<h2>Go live</h2>\n<ul>")
    parts += [f"<li>{_text(each)}</li>" for each in launch_lines(checklist, state)]
    parts.append("</ul>\n<h2>Changes</h2>")
    for change in _changes(root):
        diff = html.escape(redact(harmless(change.diff)))
        told = f"<pre>{diff}</pre>" if diff else "values are not shown"
        parts.append(f"<details><summary>Task {change.task}, {_text(change.name)}</summary>{told}</details>")
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _text(text: str) -> str:
    """*text* as one line of HTML's text."""
    return html.escape(one_line(text))


def _json(root: Path, checklist: Checklist, state: State) -> str:
    tasks = [
        {
            "number": task.number,
            "title": task.title,
            "status": state.task_status(task),
            "minutes": task.minutes,
            "seconds": state.spent.get(str(task.number)),
            "items": [
                {"id": item.id, "text": item.text, "status": state.status(item.id)}
                | ({"evidence": state.evidence[item.id].as_record()} if item.id in state.evidence else {})
                for item in task.items
            ],
        }
        for task in checklist.tasks.values()
    ]
    lists = [
        {
            "list": each.id,
            "due": due(each, state),
            "items": [
                {"id": found.item.id, "status": found.status, "by": redact(found.told)}
                for found in standings(each, state)
            ],
        }
        for each in checklist.go_live
    ]
    made = [{"task": change.task, "file": change.name, "diff": change.diff} for change in _changes(root)]
    whole = {"v": 1, "project": str(root), "at": now(), "tasks": tasks, "go_live": lists, "changes": made}
    return harmless(json.dumps(whole, indent=1, ensure_ascii=False)) + "\n"


def ticked(path: Path) -> list[Evidence]:
    """The evidence in a report in JSON.

    Raises:
        UsageError: it can't be read, or is no such report.
    """
    try:
        content = files.read(path)
        if content is None:
            raise UsageError(f"The report {path} can't be read", "there is no such file", "Check --ticked.")
        tasks = json.loads(content)["tasks"]
        found = [item["evidence"] for task in tasks for item in task["items"] if "evidence" in item]
        return [_evidence(each) for each in found]
    except EditError as error:
        raise UsageError(f"The report {error.what}", error.why, "Check --ticked.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = "Make one with `golive report --format json`."
        raise UsageError(f"{path} is no report of Golive", f"{type(error).__name__}: {error}", hint) from error


def _evidence(record: Any) -> Evidence:
    """The evidence that somebody's report has for an item; TypeError where a part of it is no text."""
    if wrong := [value for value in record.values() if not isinstance(value, str)]:
        raise TypeError(f"evidence that is no text: {str(wrong[0])[:80]}")
    return Evidence.from_record(record)
