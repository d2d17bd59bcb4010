"""The data that the Markdown, HTML and JSON reports share."""

from __future__ import annotations

from pathlib import Path

from wizard.base.git import Git
from wizard.base.secrets import redact
from wizard.base.wording import plural
from wizard.checklist.evidence import Status
from wizard.checklist.model import Checklist, Task
from wizard.engine.changes import Change, changes
from wizard.reporting.open_items import items_with
from wizard.reporting.status_words import WORDS
from wizard.state.state_file import State
from wizard.targets.site_traffic import wanted_hosts


def summary(checklist: Checklist, state: State) -> str:
    """`126 items: 82 rehearsed, 44 done`. Optional days that were begun are counted for themselves."""
    counted = [_counts(checklist.required_tasks, state)]
    begun = [day for day in checklist.begun_days(state.evidence) if day.optional]
    return ". ".join([*counted, *(f"Day {day.number}, {day.title}: {_counts(day.tasks, state)}" for day in begun)])


def _counts(tasks: list[Task], state: State) -> str:
    counts = {status: len(items_with(state, tasks, {status})) for status in Status}
    words = [f"{count} {WORDS[status].lower()}" for status, count in counts.items() if count]
    return f"{plural(sum(counts.values()), 'item')}: {', '.join(words)}"


GRADED = "20.3"
"""The item whose evidence is the grade of the security headers."""


def header_grade(checklist: Checklist, state: State) -> str:
    """The grade of the security headers, as its evidence says; empty if the checklist has no such item."""
    if not any(item.id == GRADED for _, item in checklist.items()):
        return ""
    evidence = state.evidence.get(GRADED)
    if evidence is None:
        return "Security headers: not graded yet (task 20)"
    return f"Security headers: {evidence.result()} ({WORDS[evidence.status]}, item {GRADED})"


NOTHING_OPEN = "Nothing is open."


def tasks_by_day(checklist: Checklist, state: State) -> list[tuple[str, list[Task]]]:
    """The tasks with the title of their day, without optional days that were not begun."""
    return [
        (f"Day {day.number}: {day.title}{' (optional)' * day.optional}", day.tasks)
        for day in checklist.begun_days(state.evidence)
    ]


WANTED = "Hosts that the site could not reach in the rehearsal"
"""The heading of this list."""


def wanted_lines(state: State) -> list[str]:
    """The hosts outside this machine that the rehearsal refused, as in `api.stripe.com:443, from shop/views.py:12`."""
    return [redact(f"{host}, from {host.where}") for host in wanted_hosts(state.facts)]


def recorded_changes(root: Path) -> list[Change]:
    """The changes in the journal of the project at *root*."""
    git = Git.of(root)
    return list(changes(root, git.top if git else root))
