"""A sample of `./dev fuzz` in each run: no traceback, no hang, bounded memory, whatever is read."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.inputs import FUZZED

SAMPLE = 60
LONGEST = 10_000
"""Milliseconds for one input."""


@pytest.mark.parametrize("fuzzed", FUZZED, ids=lambda fuzzed: fuzzed.name)
def test_whatever_is_read_ends_in_a_result_or_a_told_error(fuzzed):
    @settings(max_examples=SAMPLE, deadline=LONGEST, suppress_health_check=list(HealthCheck), database=None)
    @given(fuzzed.inputs)
    def tried(given):
        fuzzed.tried(given)

    tried()
