"""A sample of `./dev fuzz` in each test run: no input causes a traceback, a hang, or unbounded memory."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.inputs import FUZZED

SAMPLE = 60
LONGEST = 10_000
"""Milliseconds that one input may take."""


@pytest.mark.parametrize("fuzzed", FUZZED, ids=lambda fuzzed: fuzzed.name)
def test_any_input_ends_in_a_result_or_a_golive_error(fuzzed):
    @settings(max_examples=SAMPLE, deadline=LONGEST, suppress_health_check=list(HealthCheck), database=None)
    @given(fuzzed.inputs)
    def tried(value):
        fuzzed.run(value)

    tried()
