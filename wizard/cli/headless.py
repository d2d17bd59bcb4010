"""The front end without a terminal: progress on stderr, results on stdout, an exit code."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TextIO

from wizard.base.errors import UsageError
from wizard.base.status_symbols import SIGNS
from wizard.base.terminal import harmless
from wizard.checklist import loader
from wizard.checklist.model import Checklist, Task
from wizard.cli.start_options import start_options
from wizard.engine.start_options import StartOptions
from wizard.reporting import go_live
from wizard.state import state_file

OF_THE_STATE = {"undo", "forget", "launch", "confirm", "waive", "adopt"}
"""Commands that need the state and the files alone: neither Django, nor an interpreter, nor trust."""


def say(text: str = "", stream: TextIO | None = None) -> None:
    """A line, or several, without what could steer a terminal."""
    # One write: lines of the rehearsal come from a thread of their own.
    (stream or sys.stdout).write(harmless(text) + "\n")


def main(options: argparse.Namespace, words: list[str]) -> int:
    if options.name == "status":
        return _status(_root(Path(options.project)), as_json=options.json)
    if options.name == "report":
        from wizard.reporting import report

        root = _root(Path(options.project))
        say(report.render(options.format or "md", root, loader.load(root), _state(root)).rstrip("\n"))
        return 0
    if options.name == "doctor":
        return _doctor(start_options(options))
    if options.name in {"confirm", "waive"} and len(words) < 2:
        raise UsageError(
            f"golive {options.name} needs an item, and what you saw or why",
            "",
            f'For example: golive {options.name} 11.1 "signed up as shop@example.com"',
        )
    if options.name in {"plan", "undo"} and len(words) != 1:
        raise UsageError(
            f"golive {options.name} needs the number of a task", "", f"For example: golive {options.name} 2"
        )
    if options.name in OF_THE_STATE:
        from wizard.cli import state_commands

        return state_commands.run(options, words)
    from wizard.cli.session import run

    return run(options, words, start_options(options))


def numbers(text: str, known: dict[int, Task]) -> list[int]:
    """`1-3,7` → [1, 2, 3, 7].

    Raises:
        UsageError: it is something else, or names no task.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise UsageError(f"{part!r} is no task number", f"in {text!r}", "Write numbers and ranges: 1-10,16")
        found += range(int(first), int(last or first) + 1)
    if unknown := [number for number in found if number not in known]:
        raise UsageError(
            f"There is no task {unknown[0]}", f"in {text!r}", f"Tasks are numbered {min(known)} to {max(known)}."
        )
    return sorted(set(found))


def chosen(options: argparse.Namespace, whole: Checklist) -> list[Task]:
    if options.only:
        return [whole.tasks[number] for number in numbers(options.only, whole.tasks)]
    first = numbers(options.start, whole.tasks)[0] if options.start else 1
    return [task for number, task in sorted(whole.tasks.items()) if number >= first]


def _doctor(begin: StartOptions) -> int:
    from wizard.cli import doctor

    sick = False
    for found in doctor.examine(begin):
        sick = sick or (found.needed and not found.good)
        say(f"{'✔' if found.good else '✘' if found.needed else '·'} {found.name}: {found.told}")
    return 1 if sick else 0


def _root(folder: Path) -> Path:
    """The project whose state is asked for; its state is read, never written."""
    from wizard.state.location import find

    return find(folder)


def _state(root: Path) -> state_file.State:
    return state_file.load(root, read_only=True)


def _status(root: Path, *, as_json: bool) -> int:
    whole, now = loader.load(root), _state(root)
    if as_json:
        items = {item.id: now.status(item.id).value for _, item in whole.items()}
        say(json.dumps({"v": 1, "project": str(root), "position": now.position, "items": items}))
        return 0
    for task in whole.tasks.values():
        status = now.task_status(task)
        say(f"{SIGNS[status]} {task.number:>2} {task.title:<40} {now.settled_count(task)}/{len(task.items)}  {status}")
    for each in whole.go_live:
        found = go_live.standings(each, now)
        settled = sum(standing.status in state_file.SETTLED for standing in found)
        say(f"   {each.title:<43} {settled}/{len(found)}  {go_live.due(each, now)}")
    return 0
