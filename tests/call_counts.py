"""Count the calls that Golive's functions make, and find those that grow faster than what they work on."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

GOLIVE = tuple(str(Path(__file__).parents[1] / name) for name in ("wizard", "steps"))
SLACK = 1.2
"""By how much a number of calls may exceed what is linear."""
FEW = 150
"""Calls by which two runs on the same project may differ."""

Function = tuple[str, int, str]
"""Its file, line and name."""
Calls = Mapping[tuple[Function, Function], int]
"""How often a function was called, by the function and its caller."""


def calls_during(work: Callable[[], object]) -> Calls:
    """The calls that functions of Golive make during *work*."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return {
        (function, caller): calls
        for function, (*_, callers) in pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
        for caller, (calls, *_) in callers.items()
        if caller[0].startswith(GOLIVE)
    }


def faster_than_linear(sizes: Sequence[int], counts: Sequence[Calls]) -> Iterator[str]:
    """The calls that grow faster than linear, from the *counts* for three *sizes*."""
    (least, less, most), (first, second, last) = sizes, counts
    ratio = (most - least) / (less - least)
    for call, calls in last.items():
        fixed, some = first.get(call, 0), second.get(call, 0)
        if calls - fixed > ratio * SLACK * max(0, some - fixed) + FEW:
            function, caller = (f"{name} ({path}:{line})" for path, line, name in call)
            yield f"{function} by {caller}: {fixed} times at {least}, {some} at {less}, {calls} at {most}"
