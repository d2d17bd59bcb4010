"""Open the engine on a project, for the guided session and for commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from wizard.base.terminal import harmless
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.engine import recovery
from wizard.engine.events import Emit
from wizard.engine.remembered_python import remember_python, remembered_python
from wizard.engine.runner import Engine
from wizard.engine.start_options import StartOptions
from wizard.project import trust
from wizard.project.detection import detect, locate
from wizard.state import lock


@contextmanager
def open_engine(
    start: StartOptions, answers: Answers, emit: Emit, *, reading: bool = False, recover: bool = True
) -> Iterator[Engine]:
    """Open the engine on the project at *start*: trust, lock and recovery.

    *reading*: write nothing but the copy in the user's cache, and recover nothing. Without *recover* the state is
    written, but the unfinished changes of a killed run stay as they are.

    Raises:
        NotTrusted: the user has not agreed to run the project's code.
    """
    place = locate(start.folder, start.manage)
    python = start.python or remembered_python(place.root)
    trust.require(place, python, _warn)
    with ExitStack() as held:
        if reading:  # first, since the paths of the project's copy depend on it
            held.enter_context(lock.reading(place.root))
        project = detect(
            start.folder, manage=start.manage, python=python, settings_module=start.settings, reading=reading
        )
        # Closing the project removes files that only the holder of the lock may remove.
        died = not reading and held.enter_context(lock.locked(project.root))
        held.enter_context(closing(project))
        engine = Engine(project, loader.load(project.root), answers, emit, start.target, reading=reading)
        if start.python and not reading:
            remember_python(engine.sandbox.facts, project.root, project.python.path)
        if recover and not reading:
            engine.recover(died=died)
        else:
            recovery.report_interrupted(engine.records)
        try:
            yield engine
        finally:
            engine.sandbox.close()


def _warn(line: str) -> None:
    sys.stderr.write(f"{harmless(line)}\n")
