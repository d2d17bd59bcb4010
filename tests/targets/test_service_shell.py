"""Files that are copied to a volume by a command in the service, which runs here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from wizard.base.errors import NotYetError
from wizard.project.file_storages import RowFile
from wizard.targets.railway.service_shell import ServiceShell, below, copy_command


@pytest.fixture
def volume():
    """A folder on another device than the root, as a mounted volume is."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield folder
    shutil.rmtree(folder)


def run_here(command, stdin):
    done = subprocess.run(["sh", "-c", command], stdin=stdin, capture_output=True, check=False, text=True)
    if done.returncode:
        raise NotYetError("A command can't run", done.stderr)
    return done.stdout


def states(folder, files, *, compare=False, run=run_here):
    shell = SimpleNamespace(run_in_service=run)
    wanted = {
        RowFile("", "", "", name, len(text), hashlib.sha256(text.encode()).hexdigest(), "", ""): (name, path)
        for name, (text, path) in files.items()
    }
    return [each.state for each in ServiceShell.copy_to_volume(shell, str(folder), wanted, compare=compare)]


def given(tmp_path, **texts):
    """A file of this machine for each of *texts*, by the name it has on the volume."""
    found = {}
    for number, text in texts.items():
        (tmp_path / number).write_text(text)
        found[f"media/of {number}/it's.txt"] = text, tmp_path / number
    return found


def test_files_are_copied_once_compared_and_never_replaced(tmp_path, volume):
    files = given(tmp_path, a="one", b="two", c="")
    assert states(volume, files, compare=True) == ["missing"] * 3
    assert not list(volume.rglob("*.txt"))
    assert states(volume, files) == ["copied"] * 3
    assert (volume / "media/of a/it's.txt").read_text() == "one"
    assert states(volume, files) == ["same"] * 3
    (volume / "media/of b/it's.txt").write_text("of a visitor")
    assert states(volume, files) == states(volume, files, compare=True) == ["same", "other", "same"]
    assert (volume / "media/of b/it's.txt").read_text() == "of a visitor"


def test_nothing_is_written_where_no_volume_is_mounted(tmp_path):
    with pytest.raises(NotYetError, match="no volume is mounted at /usr"):
        states("/usr", given(tmp_path, a="one"))
    assert not Path("/usr/media").exists()


def test_an_output_that_lacks_a_file_is_refused(tmp_path, volume):
    with pytest.raises(NotYetError, match="did not report each file"):
        states(volume, given(tmp_path, a="one"), run=lambda command, stdin: "[true, '']\nWelcome\n[]")


def test_the_command_for_people_unpacks_into_the_folder_on_the_volume(tmp_path):
    (tmp_path / "my media").mkdir()
    (tmp_path / "my media/a.txt").write_text("one")
    command = copy_command("web", str(tmp_path / "my media"), str(tmp_path / "data/media"))
    assert command.count("railway ssh --service web -- ") == 1
    subprocess.run(["sh", "-c", command.replace("railway ssh --service web --", "sh -c")], check=True)
    assert (tmp_path / "data/media/a.txt").read_text() == "one"
    assert below("/data", "/data/media", "papers/a.txt") == "media/papers/a.txt"
