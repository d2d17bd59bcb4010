"""The front end without a terminal: progress on stderr, results on stdout, an exit code."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TextIO

from wizard import answers, checklist, state
from wizard.checklist import Checklist, Task
from wizard.errors import ProjectError, UsageError
from wizard.evidence import Status

SIGNS = {"done": "✔", "open": "☐", "failed": "✘", "drifted": "↯", "waived": "–", "rehearsed": "◐"}
DAY_ONE = 10


def say(text: str = "", stream: TextIO | None = None) -> None:
    print(text, file=stream or sys.stdout)


def main(options: argparse.Namespace, words: list[str]) -> int:
    if options.name == "status":
        return _status(Path(options.project).resolve(), as_json=options.json)
    if options.name == "demo":
        from wizard.demo import make

        words = [str(make(Path(words[0]) if words else Path("golive-demo")))]
        options.name, options.auto = "run", True
    if options.name == "run" and len(words) > 1:
        raise UsageError(f"Too many arguments: {' '.join(words)}", "one project at a time", "See golive --help.")
    if options.name == "run" and not options.auto and not options.dry_run:
        raise UsageError("The guided session is not part of this version", "", "Run `golive --auto PROJECT`.")
    start = Path(words[0] if options.name == "run" and words else options.project)
    if options.name in {"plan", "undo"} and len(words) != 1:
        raise UsageError(
            f"golive {options.name} needs the number of a task", "", f"For example: golive {options.name} 2"
        )
    given = answers.read(options.answers) if options.answers else {}
    if options.no_commit:
        given["commit"] = "no"

    from wizard.session import run

    return run(options, words, start, given)


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
    return [task for number, task in sorted(whole.tasks.items()) if first <= number <= max(first, DAY_ONE)]


def _status(root: Path, *, as_json: bool) -> int:
    if not (root / "manage.py").is_file() and not (root / state.FOLDER).is_dir():
        below = sorted(root.glob("*/" + state.FOLDER))
        if len(below) != 1:
            raise ProjectError(
                f"There is no Django project at {root}", "no manage.py is there", "Give it with --project."
            )
        root = below[0].parent
    whole, now = checklist.load(root), state.load(root)
    if as_json:
        items = {item.id: now.status(item.id).value for _, item in whole.items()}
        say(json.dumps({"v": 1, "project": str(root), "position": now.position, "items": items}))
        return 0
    for task in whole.tasks.values():
        statuses = [now.status(item.id) for item in task.items]
        done = sum(status in {Status.DONE, Status.WAIVED} for status in statuses)
        worst = next((s for s in (Status.FAILED, Status.DRIFTED, Status.OPEN) if s in statuses), Status.DONE)
        say(f"{SIGNS[worst]} {task.number:>2} {task.title:<40} {done}/{len(statuses)}  {worst}")
    return 0
