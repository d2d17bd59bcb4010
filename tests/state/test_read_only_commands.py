"""Read-only commands write nothing, recover nothing, and respect the lock."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.state.untrusted import READING, WRITING, golive, on, whole
from wizard.base import files, process
from wizard.state import signing, state_file
from wizard.state.journal import Journal
from wizard.state.lock import Lock, copy_lock, reading


def test_the_copy_in_the_cache_has_its_own_lock(shop, python):
    """The lock in .golive/ may be deleted, but another run may still use the copy in the cache."""
    with Lock(copy_lock(shop)):
        result = golive(*on(shop, python, ("--auto", "--only", "2")))
        assert result.returncode == 4, result.stderr
        assert "Another run of Golive is working on this project" in result.stderr


@pytest.fixture
def locked_shop(fixed_shop):
    """A project with ticked items, on which a session works."""
    with Lock(copy_lock(fixed_shop)), Lock(state_file.prepare(fixed_shop) / "lock"):
        yield fixed_shop


@pytest.mark.parametrize("words", [*READING, ("journeys",), ("launch",), ("undo", "2", "--dry-run")], ids=" ".join)
def test_reading_commands_work_while_a_session_is_open(locked_shop, python, words):
    own = files.copies_folder(locked_shop)
    own.mkdir(parents=True, exist_ok=True)  # an earlier run may have left it for this path
    child = subprocess.Popen(["sleep", "60"], env=process.marked(dict(os.environ), locked_shop))
    before = whole(locked_shop)
    try:
        result = golive(*on(locked_shop, python, words))
        assert child.poll() is None, "the session's processes are not the command's"
    finally:
        child.kill()
        child.wait()
    assert result.returncode in {0, 1} and "Another run of Golive is working" not in result.stdout, result.stderr
    assert "Traceback" not in result.stderr
    assert own.is_dir() and whole(locked_shop) == before
    recorded = "so these results are not recorded" in result.stderr
    assert recorded == (words == ("check",))


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_what_changes_needs_the_lock(locked_shop, python, words):
    before = whole(locked_shop)
    assert golive(*on(locked_shop, python, words)).returncode == 4
    assert whole(locked_shop) == before


def test_several_commands_read_a_project_at_the_same_time(shop):
    with reading(shop), reading(shop):
        assert files.copies_folder(shop).name.endswith("-2")
    with reading(shop):
        assert files.copies_folder(shop).name.endswith("-1")
    assert "-" not in files.copies_folder(shop).name


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
    assert golive("undo", "2", "--yes", "--project", shop).stdout == "Undid 1 plan.\n"


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
