"""The commands undo, forget, launch, confirm, waive and adopt.

They run no code of the project. So they need neither trust nor an interpreter, nor settings that load.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wizard.base.errors import StateError, UsageError
from wizard.base.git import Git
from wizard.base.secrets import redact
from wizard.checklist.evidence import Status
from wizard.cli.headless import numbers, say
from wizard.engine import undo
from wizard.engine.events import Event
from wizard.engine.forget import forget
from wizard.engine.records import Records
from wizard.engine.recovery import opened
from wizard.reporting import event_text, go_live
from wizard.state import state_file
from wizard.state.location import find
from wizard.state.lock import Lock, copy_lock
from wizard.state.state_folder import folder_of


def run(options: argparse.Namespace, words: list[str]) -> int:
    """Carry out one of these commands; returns its exit code."""
    folder = Path(options.project)
    if options.manage:
        folder = folder / options.manage
        folder = folder.parent if folder.is_file() else folder
    if options.name == "adopt":
        return _adopt(find(folder))
    if options.dry_run:
        return _show_undo(options, words, find(folder))
    with opened(folder, _tell) as records:
        match options.name:
            case "undo":
                return _undo(options, words, records)
            case "forget":
                return _forget(records)
            case "launch":
                say(f"live since {records.launch()}")
                for line in go_live.lines(records.checklist, records.state):
                    say(redact(line))
                return 0
            case _:
                status = Status.DONE if options.name == "confirm" else Status.WAIVED
                return _note(records, words[0], " ".join(words[1:]), status)


def _tell(event: Event) -> None:
    if line := event_text.line(event):
        say(redact(line), sys.stderr)


def _undo(options: argparse.Namespace, words: list[str], records: Records) -> int:
    wanted = numbers(words[0], records.checklist.tasks)
    _same_environment(options.python, records, wanted)
    undone = records.undo(wanted, revert=options.revert)
    say(f"{undone.plans} plans undone")
    for line in undone.left:
        say(redact(f"note: {line}"), sys.stderr)
    return 0


def _same_environment(given: str | None, records: Records, tasks: list[int]) -> None:
    """Check that --python, if given, names the environment that the packages were installed into.

    Raises:
        UsageError: --python names another interpreter.
    """
    if not given:
        return
    asked = Path(given).expanduser().absolute()
    for batch in records.undoing.batches_of(tasks):
        for step in batch.actions:
            environment = step.action.get("environment")
            python = records.top / environment["python"] if environment else asked
            if asked not in {python, python.parent, python.parent.parent}:
                raise UsageError(
                    f"--python names {given}",
                    f"the packages of task {batch.task} were installed into {python}, and are removed only there",
                    "Omit --python: the journal records the environment.",
                )


def _show_undo(options: argparse.Namespace, words: list[str], root: Path) -> int:
    """Show what an undo would change. Nothing is changed or recovered."""
    from wizard.checklist import loader

    records = Records(root, Git.of(root), loader.load(root), _tell, reading=True)
    batches = records.undoing.batches_of(numbers(words[0], records.checklist.tasks))
    records.undoing.check(batches, revert=options.revert)
    for line in undo.describe(batches) or ["nothing to undo"]:
        say(redact(line))
    return 0


def _forget(records: Records) -> int:
    gone = forget(records.root, records.top, records.journal)
    say(f"{gone.backups} backups with secrets and {gone.logs} logs removed")
    if gone.tasks:
        say(f"what they were for can't be undone any more: tasks {', '.join(map(str, gone.tasks))}")
    return 0


def _note(records: Records, name: str, text: str, status: Status) -> int:
    """Confirm or waive an item. One that Golive verifies itself can be waived, but not confirmed."""
    known = {item.id: (task, item) for task, item in records.checklist.items()}
    last = records.checklist.tasks[max(records.checklist.tasks)]
    known |= {item.id: (last, item) for each in records.checklist.go_live for item in each.items}
    if name not in known:
        raise UsageError(f"There is no item {name}", "", "`golive report` lists them all.")
    task, item = known[name]
    if status is Status.DONE and item.way == "auto":
        hint = f"Run `golive --auto --only {task.number}`, or waive it."
        raise UsageError(f"{name} is verified by Golive", "a word is no evidence for it", hint)
    records.note(task, item, status, text)
    say(f"{name} {item.text}: {status}")
    return 0


def _adopt(root: Path) -> int:
    from wizard.engine.adopt import adopt

    git = Git.of(root)
    if not folder_of(root).is_dir():
        raise StateError(f"There is no state in {folder_of(root)}", "nothing was begun there", "Run `golive --auto`.")
    with Lock(copy_lock(root)), Lock(state_file.prepare(root) / "lock"):
        adopted = adopt(root, git.top if git else root)
    say(f"Adopted {folder_of(root)}: {adopted.items} items")
    if adopted.left:
        tasks = ", ".join(map(str, adopted.left))
        say(f"Tasks {tasks} had been interrupted. Their changes were kept as they are.")
    say("Run `golive check` to verify every ticked box again.")
    return 0
