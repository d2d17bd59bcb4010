"""Keeping the UI responsive while the engine's thread works: a key press must not wait for output or the collector."""

from __future__ import annotations

import gc
import sys
from time import monotonic, sleep

SWITCH_INTERVAL = 0.0005
"""Seconds between thread switches, so that the UI stays responsive while a program floods the log."""
INPUT_PRIORITY, OUTPUT_DELAY = 0.3, 0.001
"""For this many seconds after a key press, the engine's thread waits this many seconds before each line of output."""
COLLECT_EVERY = 10.0
"""Seconds between garbage collections. One is skipped if there was input in the last half of that time."""
GC_THRESHOLDS = (20_000, 50, 1_000_000)
"""So high that Python itself collects young objects only: a full collection takes longer than a key press may."""


def configure_interpreter() -> None:
    """Set Python's thread switching and garbage collection for a guided session."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.set_threshold(*GC_THRESHOLDS)


class InputPriority:
    """Gives key presses priority over the engine's thread and the garbage collector."""

    def __init__(self) -> None:
        self.last_input = monotonic()
        self._frozen = False

    def record_input(self) -> None:
        self.last_input = monotonic()

    def yield_to_input(self) -> None:
        """Called by the engine's thread before each line of output."""
        if monotonic() - self.last_input < INPUT_PRIORITY:
            sleep(OUTPUT_DELAY)

    def collect_garbage(self) -> None:
        """Collect garbage unless the user is typing."""
        if monotonic() - self.last_input > COLLECT_EVERY / 2:
            gc.collect()
            if not self._frozen:
                gc.freeze()  # modules and screens loaded so far are never garbage
                self._frozen = True
