"""`golive grade URL`: grade the security headers of an address, and say what costs points and which task mends it."""

from __future__ import annotations

import argparse
import json

from wizard.checklist import loader
from wizard.checklist.model import Task
from wizard.cli.output import say
from wizard.services import header_grades
from wizard.site.graded_visit import Graded, grade_address

BELOW = 1
"""The exit code for a grade below `--least`."""


def run(options: argparse.Namespace) -> int:
    graded = grade_address(options.url)
    if options.json:
        say(json.dumps(as_record(graded), ensure_ascii=False))
    else:
        for line in describe(graded, loader.load().tasks):
            say(line)
    return BELOW if options.least and graded.grade.is_below(options.least) else 0


def describe(graded: Graded, tasks: dict[int, Task]) -> list[str]:
    """The grades in one line, then what costs points, the worst first."""
    grade, (letter, missing, warnings) = graded.grade, graded.six
    lines = [
        f"{graded.url}: {grade.letter} with {grade.score} points ({header_grades.RULES}), "
        f"{letter} by the six headers of securityheaders.com"
    ]
    for test in grade.costs():
        task = f"task {test.task}, {tasks[test.task].title}"
        lines.append(f"  {test.points:>3} {test.name}: expected {test.expected}, found {test.outcome} ({task})")
    for name in missing:
        number = header_grades.task_of(name)
        lines.append(f"  missing header: {name} (task {number}, {tasks[number].title})")
    lines += [f"  warning: {warning}" for warning in warnings]
    return [*lines, *(f"  note: {remark}" for remark in graded.remarks)]


def as_record(graded: Graded) -> dict[str, object]:
    """The grades for programs."""
    letter, missing, warnings = graded.six
    tests = [
        {"name": test.name, "points": test.points, "found": test.outcome, "expected": test.expected, "task": test.task}
        for test in sorted(graded.grade.tests, key=lambda test: test.points)
    ]
    return {
        "v": 1,
        "url": graded.url,
        "rules": header_grades.RULES,
        "grade": graded.grade.letter,
        "score": graded.grade.score,
        "tests": tests,
        "six_headers": {"grade": letter, "missing": missing, "warnings": warnings},
        "remarks": list(graded.remarks),
    }
