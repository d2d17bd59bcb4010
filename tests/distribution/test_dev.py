"""`./dev` in a fresh clone: it installs with uv, or with pip where uv can't be had, and says how far it is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("uv", path=os.defpath) is not None, reason="uv is installed for all users")

TOP = Path(__file__).parents[2]
LOCK = (
    "one==1.0 \\\n    --hash=sha256:00\n    # via golive\ntwo==2.0 ; sys_platform == 'win32' \\\n    --hash=sha256:11\n"
)
UV_LOCK = "other==1.0 \\\n    --hash=sha256:22\n    # via x\nuv==0.9 \\\n    --hash=sha256:33\n    # via y\nzipp==1.0\n"
PYTHON = """#!/bin/sh
echo "python $*" >>"$CALLS"
case "$*" in
"--version") echo "Python 3.11.9" ;;
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*"--target "*)
    [ -z "$NO_UV" ] || { echo "no uv for this system" && exit 1; }
    for word; do file=$folder folder=$word; [ "$file" != --target ] || target=$word; done
    mkdir -p "$target/bin" && cp "$folder" "$CALLS.uv" && cp "$UV" "$target/bin/uv" ;;
*"-r locks/dev.txt")
    [ -z "$NO_INDEX" ] || { echo "Could not find a version of one" && exit 1; }
    echo "Ignoring two: markers don't match"
    echo "Collecting one==1.0"
    echo "  Downloading one.whl"
    echo "Installing collected packages: one" ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" >>"$CALLS"
case "$*" in *--editable*) exit 0 ;; esac
[ -z "$NO_INDEX" ] || { echo "error: no route to the index" && exit 2; }
echo "Downloading one (2.0MiB)"
echo " Downloaded one"
echo "Prepared 1 package in 8ms"
echo " + one==1.0"
"""


@pytest.fixture
def clone(tmp_path):
    """A clone with small locks, and stand-ins for Python, pip and uv, which record their calls."""
    folder = tmp_path / "clone"
    (folder / "locks").mkdir(parents=True)
    shutil.copy(TOP / "dev", folder)
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "locks/dev.txt").write_text(LOCK)
    (folder / "locks/release.txt").write_text(UV_LOCK)
    for name, text in (("python3", PYTHON), ("uv", UV)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return folder


def dev(clone, **variables):
    """Run a job that does not exist: `./dev` makes the environment, and then shows its usage. Returns output, calls."""
    calls = clone.parent / "calls"
    calls.write_text("")
    environment = {
        "PATH": os.defpath, "PYTHON": str(clone.parent / "python3"), "UV": str(clone.parent / "uv"),
        "CALLS": str(calls), "NO_UV": "", "NO_INDEX": "", **variables,
    }  # fmt: skip
    result = subprocess.run(
        ["sh", "./dev", "no-job"], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    return result, calls.read_text().splitlines()


def test_uv_is_installed_by_its_hash_and_installs_the_packages_once(clone):
    result, calls = dev(clone)
    assert result.returncode == 2 and "usage: ./dev" in result.stderr
    assert (clone.parent / "calls.uv").read_text() == "uv==0.9 \\\n    --hash=sha256:33\n    # via y\n"
    assert [call for call in calls if "--target" in call and "--require-hashes" in call]
    assert [call for call in calls if call.startswith("uv pip install") and "--require-hashes" in call]
    assert "Creating .venv with Python 3.11.9" in result.stderr
    assert "  1 of 1 large packages downloaded\n  Prepared 1 package" in result.stderr
    assert "+ one" not in result.stderr
    assert dev(clone)[1] == [], "the environment is complete"


def test_pip_installs_the_packages_where_uv_can_not_be_had(clone):
    result, calls = dev(clone, NO_UV="1")
    assert result.returncode == 2, result.stderr
    assert not [call for call in calls if call.startswith("uv")]
    assert [call for call in calls if "--require-hashes -r locks/dev.txt" in call]
    assert [call for call in calls if call.endswith("--editable .")]
    assert "  1 of 1 packages downloaded\n  All packages downloaded" in result.stderr, "without that for another system"


def test_a_failed_installation_shows_the_installers_output_and_is_tried_again(clone):
    result, _ = dev(clone, NO_INDEX="1")
    assert result.returncode == 1
    assert "error: no route to the index" in result.stderr
    assert "Could not find a version of one" in result.stderr, "pip was tried after uv"
    assert "usage" not in result.stderr
    assert dev(clone)[0].returncode == 2
