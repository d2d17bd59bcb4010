"""The summary at the end of `golive --auto`: done, rehearsed, failed, open and uncommitted, with what to do next."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.status_symbols import SIGNS
from wizard.base.wording import duration, plural
from wizard.checklist.evidence import BAD, Status
from wizard.checklist.model import Item, Task
from wizard.engine.events import Drifted, Event, NotChecked, Planned, TaskFailed
from wizard.engine.records import Records
from wizard.engine.uncommitted import uncommitted
from wizard.plan.actions import Assist
from wizard.reporting.event_text import failure_lines
from wizard.reporting.item_text import one_line
from wizard.reporting.open_items import command_for, items_with, name_tasks, open_items, reason, run_again

LONGEST = 300
"""The most characters of a cause or a reason."""
MESSAGE = "Prepare for production with Golive"


@dataclass
class RunNotes:
    """What the events of a run say that the state does not: failures, and changes that only the user can make."""

    failed: dict[int, TaskFailed] = field(default_factory=dict)
    assists: dict[str, Assist] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        match event:
            case TaskFailed():
                self.failed[event.task.number] = event
            case Planned():
                self.assists |= {each.item: each for each in event.plan.actions if isinstance(each, Assist)}


def lines(records: Records, tasks: Sequence[Task], notes: RunNotes, options: str, seconds: float) -> Iterator[str]:
    """The summary of a run of *tasks*, which took *seconds*. Commands get *options*, which choose the project."""
    yield "Summary"
    for status, label, more in (
        (Status.DONE, "Done", ""),
        (Status.REHEARSED, "Rehearsed", ", proven on this machine only"),
        (Status.WAIVED, "Skipped", ""),
    ):
        having = items_with(records.state, tasks, {status})
        if having:
            where = name_tasks(task.number for task, _ in having)
            yield f"  {SIGNS[status]} {label}: {plural(len(having), 'item')}{more} ({where})"
    yield from _failed(records, tasks, notes, options)
    for entry in open_items(records.state, tasks, apart=notes.assists):
        if entry.reason:
            yield f"  {SIGNS[Status.OPEN]} Open: {len(entry.items)} items ({entry.where}): {_short(entry.reason)}"
            yield f"      Then: {_command(entry.command, options)}"
            continue
        failed = entry.tasks[0].number in notes.failed
        for item in entry.items:
            told = failed and item.id not in records.state.evidence and item.id not in notes.assists
            if records.state.status(item.id) is Status.OPEN and not told:
                yield from _open(records, entry.tasks[0], item, notes, options)
    yield from _uncommitted(records)
    yield f"  Time: {duration(seconds)}"


def of_check(
    checked: Set[str], drifted: Iterable[Drifted], errors: Iterable[NotChecked], options: str, seconds: float
) -> str:
    """The summary of `golive check` for the items *checked*: how many still hold, and how to repair the others."""
    changed = {event.item.id for event in drifted}
    left = {item.id for event in errors for item in event.items}
    hold = len(checked - changed - left)
    result = f"{hold} still hold{'s' * (hold == 1)}" if changed or left else "all still hold"
    more = (f", {len(changed)} drifted" if changed else "") + (f", {len(left)} not checked" if left else "")
    text = f"Checked {plural(len(checked), 'item')} in {duration(seconds)}: {result}{more}."
    if changed:
        text += f"\nTo repair them: {_command(run_again({int(item.partition('.')[0]) for item in changed}), options)}"
    return text


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _command(words: str, options: str) -> str:
    return f"golive {words}{f' {options}' if options else ''}"


def _failed(records: Records, tasks: Sequence[Task], notes: RunNotes, options: str) -> Iterator[str]:
    """The failed tasks: the cause, then the confirmed fix, then the command that tries again."""
    bad = {task.number for task, _ in items_with(records.state, tasks, BAD)}
    for task in tasks:
        event = notes.failed.get(task.number)
        if event is None and task.number not in bad:
            continue
        items = [item for _, item in items_with(records.state, [task], BAD)]
        causes = [f"{item.id} {records.state.evidence[item.id].result(item.text)}" for item in items]
        cause = failure_lines(event)[0] if event else "; ".join(causes)
        yield f"  {SIGNS[Status.FAILED]} Failed: task {task.number}, {task.title}: {_short(cause)}"
        fix = next((each.hint.fix for each in event.diagnoses if each.confirmed and each.related), "") if event else ""
        if fix:
            yield f"      Fix: {_short(fix)}"
        yield f"      Then: {_command(run_again([task.number]), options)}"


def _open(records: Records, task: Task, item: Item, notes: RunNotes, options: str) -> Iterator[str]:
    """An open item: why, and the one command or action for it."""
    evidence = records.state.evidence.get(item.id)
    assist = notes.assists.get(item.id)
    why = assist.why if assist else reason(item, records.state)
    yield f"  {SIGNS[Status.OPEN]} Open: {item.id} {_short(f'{item.text}: {why}')}"
    if assist and "\n" not in assist.snippet.strip():
        yield f"      Do, {_short(assist.where)}: {_short(assist.snippet)}"
    elif assist:
        yield f"      Do, {_short(assist.where)}: what `{_command(f'plan {task.number}', options)}` shows"
    else:
        yield f"      Then: {_command(command_for(task, item, evidence), options)}"


def _uncommitted(records: Records) -> Iterator[str]:
    """The files that Golive changed and that are not committed as they are, with the command that commits them."""
    changed = uncommitted(records)
    git = records.undoing.git
    if not changed:
        return
    if git is None:
        yield f"  Not in git: {plural(len(changed), 'changed file')}. Run `git init` and commit them."
        return
    here = Path.cwd()
    inside = here == git.top or git.top in here.parents
    paths = [os.path.relpath(path, here if inside else git.top) for path in changed]
    program = "git" if inside else f"git -C {shlex.quote(str(git.top))}"
    word = "it" if len(paths) == 1 else "them"
    yield f"  Uncommitted: {plural(len(paths), 'file')} that Golive changed. To commit {word}:"
    yield f'      {program} add -- {shlex.join(paths)} && {program} commit -m "{MESSAGE}"'
