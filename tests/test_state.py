"""The state survives what happens to files, and refuses what it doesn't know."""

import pytest

from wizard import state
from wizard.errors import LockedError, StateError
from wizard.evidence import Status, shown
from wizard.journal import Journal
from wizard.lock import Lock


def test_a_newer_state_is_refused_untouched(tmp_path):
    path = state.prepare(tmp_path) / "state.json"
    path.write_text('{"version": 9}')
    with pytest.raises(StateError, match="newer Golive"):
        state.load(tmp_path)
    assert path.read_text() == '{"version": 9}'


def test_a_truncated_state_is_rebuilt_from_the_journal(tmp_path):
    folder = state.prepare(tmp_path)
    Journal(folder).append("evidence", task=2, evidence=shown("2.1", True, "settings", "a", "b").as_record())
    (folder / "state.json").write_text('{"version": 1, "ite')
    (folder / "journal.jsonl").open("a").write('{"kind": "evid')
    assert state.load(tmp_path).status("2.1") is Status.DONE


def test_one_run_at_a_time(tmp_path):
    with Lock(tmp_path), pytest.raises(LockedError, match="Another run"), Lock(tmp_path):
        raise AssertionError("the second lock must not be taken")
