"""Open the engine on a project: what the guided session and the commands have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from wizard.base.terminal import harmless
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.engine.events import Emit
from wizard.engine.runner import Engine
from wizard.engine.start import Start
from wizard.project import trust
from wizard.project.detection import detect, locate
from wizard.state.lock import locked


@contextmanager
def open_engine(
    start: Start, answers: Answers, emit: Emit, *, reading: bool = False, recover: bool = True
) -> Iterator[Engine]:
    """Open the engine on the project at *start*: trust, lock and recovery.

    One that is only for *reading* recovers nothing, and writes nothing but the copy in the user's cache. Without
    *recover* it keeps what it sees in the state, and leaves half done what a killed run left so.

    Raises:
        NotTrusted: the person has not agreed to run its code.
    """
    trust.require(locate(start.folder, start.manage), start.python, _warn)
    found = detect(
        start.folder, manage=start.manage, python=start.python, settings_module=start.settings, reading=reading
    )
    # What `close` removes belongs to whoever holds the lock.
    with locked(found.root, reading=reading) as died, closing(found):
        engine = Engine(found, loader.load(found.root), answers, emit, start.target, reading=reading)
        if recover and not reading:
            engine.recover(died=died)
        else:
            engine.records.tell_half_done()
        try:
            yield engine
        finally:
            engine.sandbox.close()


def _warn(line: str) -> None:
    sys.stderr.write(f"{harmless(line)}\n")
