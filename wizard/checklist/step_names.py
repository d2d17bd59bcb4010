"""The valid values of the key `step` of a checklist task."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from wizard.base.errors import ChecklistError
from wizard.checklist import plugins

MANUAL = "manual"
"""The step of a task that names none: you confirm its items by hand."""
FORMER_MANUAL = "by_hand"
"""The former name of `manual`. Overlays that use it still work."""


def step_names() -> tuple[str, ...]:
    """The names of Golive's steps and of the steps of other packages. No step is imported.

    Raises:
        ChecklistError: a package provides a step with the name of one of Golive's.
    """
    spec = importlib.util.find_spec("steps")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    modules = {path.stem for folder in folders for path in Path(folder).glob("*.py")}
    own = {name for name in modules if name == MANUAL or re.match(r"t\d\d_", name)}
    from_packages = plugins.steps()
    for name in (own | {FORMER_MANUAL}) & from_packages.keys():
        package = from_packages[name].package
        raise ChecklistError(f"The package {package} provides the step {name}", "Golive has one with that name",
                             f"Uninstall {package} from Golive's environment.")  # fmt: skip
    return tuple(sorted({*own, *from_packages}))
