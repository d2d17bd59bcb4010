"""A problem that a check found: what was expected, what was found, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.checklist.evidence import Evidence, shown, waiting

MOST_NAMED = 4
"""The maximum number of problems that one evidence names."""


@dataclass(frozen=True)
class Problem:
    """What was *found* instead of what was *expected*, and *where*: a file and line, as `settings.py:45`.

    *optional*: it can be meant, so that you may confirm the item instead of changing it.
    """

    found: str
    expected: str = ""
    where: str = ""
    optional: bool = False


def evidence(item: str, kind: str, ran: str, problems: Sequence[Problem], good: str, *, about: str = "") -> Evidence:
    """Evidence for *item*, which shows *good* if there are no *problems*. Open if all of them are optional.

    *about* is put before the description of the problems.
    """
    if not problems:
        return shown(item, True, kind, ran, good)
    problems = sorted(problems, key=lambda problem: problem.optional)
    first, showed = problems[0], about + describe(problems)
    if first.optional:
        todo = f"{showed}. Expected {first.expected}. Change it, or confirm the item if it is meant"
        return waiting(item, ran, todo)
    return shown(item, False, kind, ran, showed, expected=first.expected, where=first.where)


def describe(problems: Sequence[Problem]) -> str:
    """The problems in words, the first with what was expected of the others."""
    parts = [_with_place(problem) for problem in problems[:MOST_NAMED]]
    more = len(problems) - MOST_NAMED
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")


def _with_place(problem: Problem) -> str:
    return problem.found + (f" ({problem.where})" if problem.where and problem.where not in problem.found else "")
