"""Drift, and errors that ended a check, as text."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.engine.events import Drifted, NotChecked


def line(event: Drifted | NotChecked) -> str:
    return drift_line(event) if isinstance(event, Drifted) else not_checked_line(event)


def drift_line(event: Drifted) -> str:
    """A drift in one line: `drifted 2.3: expected …, found … (templates/404.html); templates/404.html was deleted`."""
    where = f" ({event.where})" if event.where and event.where not in event.found else ""
    changed = "".join(f"; {change}" for change in event.changed)
    return " ".join(f"drifted {event.item.id}: expected {event.expected}, found {event.found}{where}{changed}".split())


def drift_block(event: Drifted) -> str:
    """A drift as a block of labelled lines."""
    changed = "; ".join(map(str, event.changed))
    fields = {"expected": event.expected, "found": event.found, "where": event.where, "changed": changed}
    lines = [f"   {f'{name}:':9} {' '.join(text.split())}" for name, text in fields.items() if text]
    return "\n".join([f"drifted {event.item.id}", *lines])


def not_checked_line(event: NotChecked) -> str:
    """The tasks that an error left unchecked, the error, and what to do: `not checked 3, 5-7: …`."""
    sentence = f"{event.what}: {event.why}" if event.why and event.why not in event.what else event.what
    if event.where and event.where not in sentence:
        sentence = f"{event.where}: {sentence}"
    hint = f". {event.hint}" if event.hint else ""
    tasks = numbers(task.number for task in event.tasks)
    return " ".join(f"not checked {tasks}: {sentence.rstrip('.')}{hint}".split())


def numbers(tasks: Iterable[int]) -> str:
    """Task numbers with ranges: `1-3, 7`."""
    runs: list[list[int]] = []
    for number in sorted(tasks):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
