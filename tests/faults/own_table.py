"""Print a table of faults that have a project of their own."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from tests.faults.fault import CONTROL, Fault
from tests.faults.outcome import planted
from tests.faults.sample import Sample


def print_table(
    faults: Sequence[Fault], task: int, finished: Callable[[Path], Sample], names: Sequence[str], folder: Path | None
) -> int:
    """Print a row for each of *faults* that has one of *names*, planted into the project that *finished* returns.

    Only *task* is checked. The project is kept in *folder*, if given. Returns the exit code.
    """
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="golive-faults-") as temporary:
        place = (folder or Path(temporary)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o755)  # PostgreSQL's own user must get in
        sample = finished(place)
        for fault in [CONTROL, *faults]:
            if fault is CONTROL or not names or any(fnmatch(fault.name, name) for name in names):
                began = time.perf_counter()
                outcome = planted(fault, sample, [task])
                wrong += not outcome.holds
                seconds, drifted = time.perf_counter() - began, " ".join(sorted(outcome.drifted))
                sys.stdout.write(f"{fault.name:47} {drifted:25} {seconds:4.0f} s  {outcome.verdict}\n")
                for item, evidence in outcome.drifted.items() if not outcome.holds else ():
                    sys.stdout.write(f"    {item}: {evidence['showed']} ({evidence.get('where', '')})\n")
                for error in outcome.errors if not outcome.holds else ():
                    sys.stdout.write(f"    {error}\n")
                sys.stdout.flush()
    return 1 if wrong else 0
