"""Which batches have to be undone together, because they changed the same files."""

from __future__ import annotations

from pathlib import Path

from wizard.engine.actions.registry import EXECUTORS
from wizard.state.journal import Batch


def with_dependents(active: list[Batch], tasks: set[int]) -> list[Batch]:
    """The batches of *tasks*, and all later ones that changed the same files, transitively."""
    found = [batch for batch in active if batch.task in tasks]
    for batch in found:  # grows during the loop
        paths = _changed_paths(batch)
        for other in active[active.index(batch) + 1 :]:
            if other not in found and any(_overlap(one, two) for one in paths for two in _changed_paths(other)):
                found += [each for each in active if each.task == other.task and each not in found]
    return found


def _changed_paths(batch: Batch) -> set[str]:
    """The files and folders whose content *batch* changed."""
    found: set[str] = set()
    for journaled in batch.actions:
        if executor := EXECUTORS.get(journaled.action["kind"]):
            found |= executor.changed_paths(journaled.action)
    return found


def _overlap(one: str, two: str) -> bool:
    return Path(one).is_relative_to(two) or Path(two).is_relative_to(one)
