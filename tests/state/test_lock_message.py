"""The error about a locked project says since when, for people."""

from __future__ import annotations

import json

import pytest

from wizard.base.errors import LockedError
from wizard.state.lock import Lock


@pytest.mark.parametrize(
    ("record", "began"),
    [
        ({"pid": 77, "since": "2020-01-01T00:00:00+00:00"}, r"process 77 began \d+ days ago"),
        ({"pid": 77}, "process 77 began just now"),
        ({"pid": 77, "since": "yesterday"}, "process 77 began just now"),
    ],
)
def test_the_time_is_not_a_timestamp(tmp_path, record, began):
    path = tmp_path / "lock"
    with Lock(path):
        path.write_text(json.dumps(record))
        with pytest.raises(LockedError, match=rf"{began}\. Close it"), Lock(path):
            pass
