"""A sample for the faults and failures that are planted in every run of the tests."""

from __future__ import annotations

import pytest

from tests.conftest import copied
from tests.faults.sample import Sample


@pytest.fixture(scope="session")
def rehearsed_sample(rehearsed, tmp_path_factory):
    """The sample after tasks 1 to 16, which other tests use too, to plant faults into."""
    return Sample(copied(rehearsed, tmp_path_factory.mktemp("faults") / "shop"))
