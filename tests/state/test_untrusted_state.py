"""A state that the user did not write, or that has links or special files, is refused."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.state.untrusted import READING, WRITING, golive, on, whole
from wizard.base import files, git
from wizard.base.errors import StateError, StepError
from wizard.state import state_file


def checksummed(record):
    """A line as version 2 wrote it: valid, but not signed."""
    body = json.dumps(record).encode()
    return body[:-1] + f', "sum": "{zlib.crc32(body):08x}"}}\n'.encode()


@pytest.fixture
def victim(shop):
    """A folder next to the repository with a precious file."""
    folder = shop.parents[1] / "victim" / "docs"
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("ten years")
    return folder


def shipped(shop, victim, *, tracked):
    """A journal with open records that would delete the victim's folder, and write a file next to it."""
    backups = shop / ".golive" / "backups"
    backups.mkdir(parents=True)
    content = b"ssh-rsa attacker"
    (backups / files.digest(content)).write_bytes(content)
    up = "../victim"
    actions = (
        {"kind": "MakeDirectory", "path": f"{up}/docs", "existed": False},
        {"kind": "WriteFile", "path": f"{up}/authorized_keys", "before": files.digest(content), "after": None,
         "mode": 0o600, "made": [], "secret": False},
        {"kind": "RunCommand", "argv": ["x"], "outputs": [{"path": f"{up}/docs", "existed": False, "files": {}}]},
    )  # fmt: skip
    lines = [
        checksummed({"kind": "begin", "batch": str(number), "task": 2, "index": 0, "temporary": True, "action": action})
        for number, action in enumerate(actions)
    ]
    (shop / ".golive" / "journal.jsonl").write_bytes(b"".join(lines))
    if tracked:
        subprocess.run(["git", "add", "--force", ".golive"], cwd=shop, check=True)
        subprocess.run(["git", "commit", "--quiet", "-m", "A present"], cwd=shop, check=True)


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "in an archive"])
def test_a_state_of_someone_else_is_refused_in_one_line_and_never_used(shop, python, victim, tracked):
    shipped(shop, victim, tracked=tracked)
    before, outside = whole(shop), whole(victim.parent)
    for words in (*READING, *WRITING):
        result = golive(*on(shop, python, words))
        assert result.returncode == 5 or words == ("doctor",), (words, result.stdout, result.stderr)
        output = result.stdout if words == ("doctor",) else result.stderr
        reason = "is tracked by git" if tracked else "is not signed by you on this machine"
        [line] = [line for line in output.splitlines() if reason in line]
        assert str(shop / ".golive") in line
        assert "Traceback" not in result.stderr
    assert whole(victim.parent) == outside
    assert whole(shop) == before, "nothing was written in the project either"


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "in an archive"])
def test_adopt_refuses_a_state_with_paths_outside_of_the_repository(shop, victim, tracked):
    shipped(shop, victim, tracked=tracked)
    outside = whole(victim.parent)
    result = golive("adopt", "--project", shop)
    assert result.returncode == 5
    assert ("names a path outside of the repository" in result.stderr) is not tracked
    assert whole(victim.parent) == outside


def test_a_committed_state_is_refused_with_the_command_that_fixes_it(fixed_shop):
    shop = fixed_shop
    subprocess.run(["git", "add", "--force", ".golive"], cwd=shop, check=True)
    result = golive("status", "--project", shop)
    assert (result.returncode, "git rm -r --cached .golive" in result.stderr) == (5, True)
    subprocess.run(["git", "rm", "-r", "--quiet", "--cached", ".golive"], cwd=shop, check=True)
    assert golive("undo", "2", "--yes", "--project", shop).returncode == 0


@pytest.mark.parametrize("name", ["", "state.json", "journal.jsonl", "backups", "runs", "lock", ".gitignore"])
def test_a_state_behind_a_link_is_refused(shop, python, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if name:
        state_file.prepare(shop)
        target = elsewhere / "target"
        target.mkdir() if name in {"backups", "runs"} else target.write_text("")
        (shop / ".golive" / name).unlink(missing_ok=True)
        (shop / ".golive" / name).symlink_to(target)
    else:
        (shop / ".golive").symlink_to(elsewhere)
    before = whole(elsewhere)
    for words in (("status",), ("undo", "2", "--yes"), *([] if name else [("plan", "2"), WRITING[0]])):
        result = golive(*on(shop, python, words))
        assert "is a link to" in result.stdout + result.stderr, words
    assert whole(elsewhere) == before


def fifo(path):
    os.mkfifo(path)


def listening(path):
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    server.bind(path.name)
    os.chdir(here)
    server.close()


@pytest.mark.parametrize("make", [fifo, listening])
@pytest.mark.parametrize("name", ["state.json", "journal.jsonl", "lock"])
def test_a_special_file_in_the_state_is_refused_without_blocking(shop, name, make):
    state_file.prepare(shop)
    make(shop / ".golive" / name)
    result = golive("status", "--project", shop)
    assert result.returncode == 5
    assert f"{name} is neither a regular file nor a folder" in result.stderr


@pytest.mark.parametrize("form", ["version 4", "split", "worktree"])
def test_a_tracked_state_is_found_in_every_index_format(shop, tmp_path, form):
    state_file.prepare(shop)
    (shop / ".golive" / "state.json").write_text("{}")
    subprocess.run(["git", "add", "--force", ".golive"], cwd=shop, check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", "x"], cwd=shop, check=True)
    if form == "version 4":
        subprocess.run(["git", "update-index", "--index-version", "4"], cwd=shop, check=True)
    elif form == "split":
        subprocess.run(["git", "update-index", "--split-index"], cwd=shop, check=True)
    else:
        subprocess.run(["git", "worktree", "add", "--quiet", tmp_path / "tree"], cwd=shop, check=True)
        shop = tmp_path / "tree" / shop.name
    with pytest.raises(StateError, match="is tracked by git"):
        state_file.load(shop)


def test_a_git_index_that_is_a_pipe_does_not_block(shop, monkeypatch):
    state_file.prepare(shop)
    index = shop.parent / ".git" / "index"
    index.unlink()
    os.mkfifo(index)
    monkeypatch.setattr(git, "LIMIT", 0.5)
    with pytest.raises((StateError, StepError), match=r"git ls-files gave no answer|can't be checked"):
        state_file.load(shop)
