"""Targets by the name given to `--target`: Golive's own two, and those of installed packages.

The command line looks names up here on every start, so this module imports no target until it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from wizard.base.errors import UsageError
from wizard.checklist import plugins
from wizard.checklist.answers import Question
from wizard.project.platform import RAILWAY, Platform

if TYPE_CHECKING:
    from wizard.targets.base import Target

BUILT_IN = {"local": "wizard.targets.local.rehearsal:Rehearsal", "railway": "wizard.targets.railway.target:Railway"}


def names() -> tuple[str, ...]:
    """Return the names of all targets, the rehearsal first."""
    return (*BUILT_IN, *(name for name in plugins.targets() if name not in BUILT_IN))


def question(current: str) -> Question:
    """The question where to deploy. *current* is the target in use."""
    titles = {"local": "Rehearse on this machine: no account, no costs", "railway": "Deploy to Railway: a public site"}
    labels = tuple(titles.get(name) or f"Deploy to {name}" for name in names())
    why = "You can rehearse first and deploy later: press t on the dashboard."
    return Question("target", "Where do you want to deploy?", current, why, names(), needed=True, labels=labels)


def require_known(name: str) -> None:
    """Check that the target *name* exists.

    Raises:
        UsageError: it does not.
    """
    if name not in names():
        raise UsageError(f"There is no target {name}", "", f"Targets are {', '.join(names())}.")


def platform_of(name: str) -> Platform:
    """Return the platform of the target *name*, without importing Golive's own targets.

    Raises:
        UsageError: a package's target can't be loaded, or is not a target.
    """
    return RAILWAY if name in BUILT_IN else target_class(name).platform


def target_class(name: str) -> type[Target]:
    """Load the class of the target *name*.

    Raises:
        UsageError: a package's target can't be loaded, or is not a target.
    """
    from wizard.targets.base import Target

    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        own: type[Target] = getattr(importlib.import_module(module), attribute)
        return own
    entry = plugins.targets()[name]
    loaded = entry.load()
    if not (isinstance(loaded, type) and issubclass(loaded, Target)):
        raise UsageError(f"{entry.value} is not a target", f"{entry.package} offers it as the target {name}",
                         "It must be a subclass of wizard.api.ExternalServices.")  # fmt: skip
    return loaded
