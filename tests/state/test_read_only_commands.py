"""Read-only commands write nothing, recover nothing, and respect the lock."""

from __future__ import annotations

import os
import re

import pytest

from tests.state.untrusted import READING, golive, on, whole
from wizard.state import signing, state_file
from wizard.state.journal import Journal
from wizard.state.lock import Lock, copy_lock


def test_the_copy_in_the_cache_has_its_own_lock(shop, python):
    """The lock in .golive/ may be deleted, but another run may still use the copy in the cache."""
    with Lock(copy_lock(shop)):
        for words in (("--auto", "--only", "2"), ("plan", "2"), ("check",)):
            result = golive(*on(shop, python, words))
            assert result.returncode == 4, result.stderr
            assert "Another run of Golive is working on this project" in result.stderr


def test_reading_commands_write_nothing(shop, python):
    before = whole(shop)
    for words in READING:
        result = golive(*on(shop, python, words))
        assert "Traceback" not in result.stderr, result.stderr
        assert whole(shop) == before, words
    assert not signing.key_file().exists() or signing.key_file().stat().st_mode & 0o777 == 0o600


def test_reading_commands_recover_nothing(shop, python):
    """A run was killed between two changes. The unfinished change stays until a run that may write."""
    folder = shop / "half"
    journal = Journal(state_file.prepare(shop))
    action = {"kind": "MakeDirectory", "path": os.path.relpath(folder, shop.parent), "existed": False}
    journal.append("begin", batch="b", task=4, index=0, temporary=False, top="..", action=action)
    folder.mkdir()
    for words in (("check",), ("doctor",), ("status",), ("--dry-run", "--only", "2")):
        result = golive(*on(shop, python, words))
        assert folder.is_dir(), words
        assert [batch.interrupted for batch in journal.batches()] == [True]
    assert "Task 4 was interrupted and is half done" in result.stderr
    assert golive("waive", "2.1", "because", "--project", shop).returncode == 0
    assert not folder.exists()


def test_undo_with_dry_run_changes_nothing(fixed_shop):
    shop = fixed_shop
    before = whole(shop)
    result = golive("undo", "2", "--dry-run", "--project", shop)
    assert result.returncode == 0
    assert "task 2: restore backend/election_cart/settings.py" in result.stdout
    assert whole(shop) == before
    assert golive("undo", "2", "--project", shop).stdout == "Undid 1 plan.\n"


@pytest.mark.parametrize("line", [
    "forget --dry-run", "launch --dry-run", "confirm 2.1 x --dry-run", "check --dry-run", "status --auto",
    "undo 2 --target local", "report --trust", "plan 2 --port 1", "undo 2 --dry",
])  # fmt: skip
def test_an_unsupported_option_is_a_usage_error(shop, line):
    before = whole(shop)
    result = golive(*line.split(), "--project", shop)
    assert result.returncode == 2
    assert re.fullmatch(r"golive: golive \w+ has no option --.*\. See `golive \w+ --help`\.\n", result.stderr)
    assert whole(shop) == before
