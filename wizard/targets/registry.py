"""Where production can be, by the name that `--target` gives it: Golive's own two, and those of other packages.

Light: the command line looks a name up here before anything is started.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from wizard.base.errors import UsageError
from wizard.checklist import plugins
from wizard.project.platform import RAILWAY, Platform

if TYPE_CHECKING:
    from wizard.targets.base import Target

BUILT_IN = {"local": "wizard.targets.local.rehearsal:Rehearsal", "railway": "wizard.targets.railway.target:Railway"}


def names() -> tuple[str, ...]:
    """The targets there are, the rehearsal first."""
    return (*BUILT_IN, *(name for name in plugins.targets() if name not in BUILT_IN))


def require_known(name: str) -> None:
    """See that there is a target *name*.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise UsageError(f"There is no target {name}", "", f"Targets are {', '.join(names())}.")


def platform_of(name: str) -> Platform:
    """The platform that the target *name* runs on. Golive's own targets are not imported to find out.

    Raises:
        UsageError: a package's target can't be loaded, or is no target.
    """
    return RAILWAY if name in BUILT_IN else target_class(name).platform


def target_class(name: str) -> type[Target]:
    """The class of the target *name*.

    Raises:
        UsageError: a package's can't be loaded, or is no target.
    """
    from wizard.targets.base import Target

    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        own: type[Target] = getattr(importlib.import_module(module), attribute)
        return own
    brought = plugins.targets()[name]
    found = brought.load()
    if not (isinstance(found, type) and issubclass(found, Target)):
        raise UsageError(f"{brought.value} is no target", f"{brought.package} offers it as {name}",
                         "It should be a class that extends wizard.targets.external_services.Beside.")  # fmt: skip
    return found
