"""Distribute the tests over workers so that the longest begin first and tests of one file share their fixtures.

xdist gives each worker an equal number of consecutive tests. A worker that has finished takes some from another's end.
`durations.json` has the seconds of files and of long tests. To record them again, on a machine that does nothing else:

    GOLIVE_TESTS_DURATIONS=tests/durations.json ./dev test
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

RECORDED = Path(__file__).with_name("durations.json")
VARIABLE = "GOLIVE_TESTS_DURATIONS"
SHORT = 1.0
"""Seconds; files that take less are not recorded."""
LONG = 20.0
"""Seconds from which a test is recorded by itself. Tests of its file may then run beside it."""


def arrange(names: Sequence[str], seconds: Mapping[str, float], workers: int) -> list[int]:
    """Return the order of the tests with the ids *names*, as their indexes.

    *seconds* has the time of files and of tests with a time of their own.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        file = name.partition("::")[0]
        groups[name if name in seconds else file].append(index)
    sizes = [(len(names) + number) // workers for number in range(workers)]
    queues: list[list[int]] = [[] for _ in sizes]
    busy, rest = [0.0] * workers, []
    for key in sorted(groups, key=lambda key: -seconds.get(key, 0)):
        shortest = min(range(workers), key=busy.__getitem__)
        if key in seconds and len(queues[shortest]) + len(groups[key]) <= sizes[shortest]:
            queues[shortest] += groups[key]
            busy[shortest] += seconds[key]
        else:
            rest += groups[key]
    for queue, size in zip(queues, sizes, strict=True):
        missing = size - len(queue)
        queue.extend(rest[:missing])
        del rest[:missing]
    return [index for queue in queues for index in queue]


def recorded() -> dict[str, float]:
    return json.loads(RECORDED.read_text()) if RECORDED.exists() else {}


class Recorder:
    """Writes the durations of a run to the file that the variable names."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        alone = report.when == "call" and report.duration >= LONG  # what a fixture takes is shared by its file
        self.seconds[report.nodeid if alone else report.nodeid.partition("::")[0]] += report.duration

    def pytest_sessionfinish(self) -> None:
        kept = {name: round(duration, 1) for name, duration in sorted(self.seconds.items()) if duration >= SHORT}
        Path(os.environ[VARIABLE]).write_text(json.dumps(kept, indent=1) + "\n")
