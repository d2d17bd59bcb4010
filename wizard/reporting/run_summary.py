"""The summary at the end of `golive --auto`: done, rehearsed, failed, open and uncommitted, with what to do next."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.status_symbols import SIGNS
from wizard.base.wording import plural
from wizard.checklist.evidence import BAD, Status
from wizard.checklist.model import Item, Task
from wizard.engine.events import Drifted, Event, NotChecked, Planned, TaskFailed
from wizard.engine.records import Records
from wizard.engine.uncommitted import uncommitted
from wizard.plan.actions import Assist
from wizard.reporting.drift_text import numbers
from wizard.reporting.event_text import failure_lines
from wizard.reporting.item_text import one_line
from wizard.reporting.open_items import command_for, items_with

LONGEST = 300
"""The most characters of a cause or a reason."""
ALIKE = 3
"""So many open items with the same reason, such as a deployment that failed, share an entry."""
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
            where = _tasks({task.number for task, _ in having})
            yield f"  {SIGNS[status]} {label}: {plural(len(having), 'item')}{more} ({where})"
    yield from _failed(records, tasks, notes, options)
    for found in _by_reason(records, tasks, notes).values():
        if len(found) >= ALIKE:
            yield from _open_alike(records, found, options)
        else:
            for task, item in found:
                yield from _open(records, task, item, notes, options)
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
        text += f"\nTo repair them: {_run_again({int(item.partition('.')[0]) for item in changed}, options)}"
    return text


def duration(seconds: float) -> str:
    """`3 s`, `2 min 14 s`, `1 h 3 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _command(words: str, options: str) -> str:
    return f"golive {words}{f' {options}' if options else ''}"


def _tasks(where: Set[int]) -> str:
    """`task 4`, `tasks 2-3, 7`."""
    return f"{'task' if len(where) == 1 else 'tasks'} {numbers(where)}"


def _run_again(where: Set[int], options: str) -> str:
    """The command that runs the tasks *where*."""
    return _command(f"--auto --only {numbers(where).replace(' ', '')}", options)


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
        fix = next((each.hint.fix for each in event.diagnoses if each.confirmed), "") if event else ""
        if fix:
            yield f"      Fix: {_short(fix)}"
        yield f"      Then: {_run_again({task.number}, options)}"


def _open(records: Records, task: Task, item: Item, notes: RunNotes, options: str) -> Iterator[str]:
    """An open item: why, and the one command or action for it."""
    evidence = records.state.evidence.get(item.id)
    assist = notes.assists.get(item.id)
    why = assist.why if assist else evidence.showed if evidence else "not checked yet"
    yield f"  {SIGNS[Status.OPEN]} Open: {item.id} {_short(f'{item.text}: {why}')}"
    if assist and "\n" not in assist.snippet.strip():
        yield f"      Do, {_short(assist.where)}: {_short(assist.snippet)}"
    elif assist:
        yield f"      Do, {_short(assist.where)}: what `{_command(f'plan {task.number}', options)}` shows"
    else:
        yield f"      Then: {_command(command_for(task, item, evidence), options)}"


def _by_reason(records: Records, tasks: Sequence[Task], notes: RunNotes) -> dict[str, list[tuple[Task, Item]]]:
    """The open items by their reason, in the order of the checklist. Those with an action of their own are alone."""
    found: dict[str, list[tuple[Task, Item]]] = {}
    for task, item in items_with(records.state, tasks, {Status.OPEN}):
        evidence = records.state.evidence.get(item.id)
        alike = evidence and item.way == "auto" and item.id not in notes.assists
        found.setdefault(evidence.showed if evidence and alike else item.id, []).append((task, item))
    return found


def _open_alike(records: Records, found: Sequence[tuple[Task, Item]], options: str) -> Iterator[str]:
    """Open items with the same reason: how many, why, and the command that runs their tasks."""
    where = {task.number for task, _ in found}
    why = records.state.evidence[found[0][1].id].showed
    yield f"  {SIGNS[Status.OPEN]} Open: {len(found)} items ({_tasks(where)}): {_short(why)}"
    yield f"      Then: {_run_again(where, options)}"


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
