"""Steps and targets of other packages, found by their entry points in the groups `golive.steps` and `golive.targets`.

Finding them does not import them. Golive imports a step when it works on the step's task, and a target when it is
chosen. A package can add tasks with a `golive.yaml` next to its module, in the same format as a project's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wizard.base.errors import UsageError

STEPS, TARGETS = "golive.steps", "golive.targets"


@dataclass(frozen=True)
class Plugin:
    """One entry point: its *group*, its *name*, its *value* (`module:attribute`) and the *package* that provides it."""

    group: str
    name: str
    value: str
    package: str

    def load(self) -> Any:
        """Import the class of the step or target.

        Raises:
            UsageError: the import failed.
        """
        from importlib.metadata import EntryPoint

        try:
            return EntryPoint(self.name, self.value, self.group).load()
        except (ImportError, AttributeError, SyntaxError) as error:
            kind = "step" if self.group == STEPS else "target"
            raise UsageError(
                f"The {kind} {self.name} of the package {self.package} can't be loaded",
                f"{type(error).__name__}: {error}",
                f"Upgrade {self.package}, or uninstall it from Golive's environment.",
            ) from error


@cache
def installed() -> tuple[Plugin, ...]:
    """All installed plug-ins: steps, then targets, each sorted by name.

    Raises:
        UsageError: two packages offer the same name.
    """
    if not _any():
        return ()
    from importlib.metadata import entry_points

    found: dict[tuple[str, str], Plugin] = {}
    for group in (STEPS, TARGETS):
        entries = [(each.name, each.dist.name if each.dist else "", each.value) for each in entry_points(group=group)]
        for name, package, value in sorted(entries):
            plugin = Plugin(group, name, value, package)
            first = found.setdefault((group, name), plugin)
            if first.package != package:
                both = f"{first.package} and {package}"
                raise UsageError(f"{both} both offer {name} to {group}", "", "Uninstall one of them.")
    return tuple(found.values())


def _any() -> bool:
    """Whether any package has an entry point of Golive's. Reading these small files takes 4 ms, where
    `importlib.metadata` takes 33 ms, as long as the rest of the start."""
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for name in [each.name for each in entries if each.name.endswith(".dist-info")]:
                with suppress(OSError):
                    if b"[golive." in Path(folder, name, "entry_points.txt").read_bytes():
                        return True
    return False


def steps() -> dict[str, Plugin]:
    """The steps, by the name that a checklist uses."""
    return {each.name: each for each in installed() if each.group == STEPS}


def targets() -> dict[str, Plugin]:
    """The targets, by the name that `--target` takes."""
    return {each.name: each for each in installed() if each.group == TARGETS}


def overlays() -> Iterator[Path]:
    """The paths of the packages' checklists, at most one for each package."""
    if not (found := installed()):
        return
    from importlib.util import find_spec

    seen: set[Path] = set()
    for each in found:
        spec = find_spec(each.value.partition(":")[0].partition(".")[0])
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(folder) / "golive.yaml"
            if path.is_file() and path not in seen:
                seen.add(path)
                yield path
