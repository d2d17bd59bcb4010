"""The pauses between requests while Golive waits for Railway."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

PAUSES = (2.0, 3.0, 5.0, 5.0, 8.0, 15.0)
"""Pauses in seconds; the last one repeats. An account on the Free plan may send 100 requests an hour.

Source: Railway's documentation of its public API.
"""


def pauses(longest: float = 15.0) -> Iterator[float]:
    """Yield seconds to wait before each next request, at most *longest*."""
    for pause in itertools.chain(PAUSES, itertools.repeat(PAUSES[-1])):
        yield min(pause, longest)
