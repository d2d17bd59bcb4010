"""Keeping the UI responsive while the engine's thread works: a key press must not wait for output or the collector."""

from __future__ import annotations

import gc
import sys
from time import monotonic, sleep

SWITCH_INTERVAL = 0.0005
"""Seconds between thread switches, so that the UI stays responsive while a program floods the log."""
INPUT_PRIORITY, OUTPUT_DELAY = 0.3, 0.001
"""For this many seconds after a key press, the engine's thread waits this many seconds before each line of output."""
COLLECT_CHECK = 1.0
"""Seconds between two looks whether garbage should be collected now."""
COLLECT_EVERY, COLLECT_AT_LATEST = 4.0, 30.0
"""Seconds after a collection when the next is due, and when it no longer waits for a long pause of the user."""
LONG_PAUSE, SHORT_PAUSE = 2.0, 0.5
"""Seconds without input: garbage that is due is collected in a long pause, garbage that is overdue in a short one."""
GC_THRESHOLDS = (20_000, 50, 1_000_000)
"""So high that Python itself collects young objects only: a full collection takes longer than a key press may."""


def configure_interpreter() -> None:
    """Set Python's thread switching and garbage collection for a guided session."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.set_threshold(*GC_THRESHOLDS)


class InputPriority:
    """Gives key presses priority over the engine's thread and the garbage collector."""

    def __init__(self) -> None:
        self.last_input = self._last_collection = monotonic()
        self._frozen = False

    def record_input(self) -> None:
        self.last_input = monotonic()

    def yield_to_input(self) -> None:
        """Called by the engine's thread before each line of output."""
        if monotonic() - self.last_input < INPUT_PRIORITY:
            sleep(OUTPUT_DELAY)

    def collect_garbage(self) -> None:
        """Collect garbage if it is time to, in a pause of the user's input."""
        now = monotonic()
        pause, since = now - self.last_input, now - self._last_collection
        if (since >= COLLECT_EVERY and pause >= LONG_PAUSE) or (since >= COLLECT_AT_LATEST and pause >= SHORT_PAUSE):
            self._last_collection = now
            forget_closed_screens()
            gc.collect()
            if not self._frozen:
                gc.freeze()  # modules loaded so far are never garbage
                self._frozen = True


def forget_closed_screens() -> None:
    """Let go of the widgets of closed screens, and of all lines that they have drawn.

    Textual caches colours with `functools.lru_cache` on a method of the object that holds a widget's drawn lines. So
    this cache keeps a thousand such objects in memory. It is no part of Textual's API: a later version may lack it.
    """
    lines_of_widgets = getattr(sys.modules.get("textual._styles_cache"), "StylesCache", None)
    clear = getattr(getattr(lines_of_widgets, "get_inner_outer", None), "cache_clear", None)
    if clear:
        clear()
