"""Copies, fingerprints and commands on a project with special and oversized files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import cli_runner
from tests.base.special_files import device, fifo, listener, loop, sparse, time_limit
from wizard.base import git
from wizard.base.errors import EditError, ProjectError, StepError
from wizard.base.git import Git
from wizard.diagnosis import rate_limit_probes
from wizard.project import release_copy
from wizard.project.detection import locate

TOP = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path):
    """A folder with a regular file, links, and all kinds of special files."""
    folder = tmp_path / "tree"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "views.py").write_text("limit(\n")
    (folder / "inside.py").symlink_to("app/views.py")
    (tmp_path / "outside.txt").write_text("a secret of this machine")
    (folder / "outside.txt").symlink_to(tmp_path / "outside.txt")
    for make in (fifo, listener, device, sparse, loop):
        make(folder / f"{make.__name__}.py")
    return folder


def copied(top, git=None):
    copy = release_copy.ReleaseCopy(top, git, top.parent / "copy")
    with time_limit(20):
        copy.sync()
    found = sorted(str(path.relative_to(copy.folder)) for path in copy.folder.rglob("*") if not path.is_dir())
    return copy, found


@pytest.mark.parametrize("with_git", [False, True])
def test_a_copy_has_the_deployed_files_and_reports_those_left_out(tree, with_git):
    if with_git:
        subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    copy, found = copied(tree, Git(tree) if with_git else None)
    assert found == ["app/views.py", "inside.py"]
    left_out = {path.name: why for path, why in copy.left_out.items()}
    assert "too large to deploy: 1,099,511,627,776 bytes" in left_out.pop("sparse.py")
    assert "leads out of the project" in left_out.pop("outside.txt")
    assert set(left_out) <= {"device.py"}
    assert not copy.sync(), "nothing has changed"
    (tree / "app" / "views.py").write_text("limit(1\n")
    assert copy.sync()
    assert (copy.folder / "app" / "views.py").read_text() == "limit(1\n"


def test_a_copy_larger_than_the_disk_is_not_started(tree):
    with time_limit(), pytest.raises(EditError, match="can't be copied") as raised:
        release_copy.export(sorted(tree.iterdir()), tree, tree.parent / "exported")
    assert "1,099,511," in raised.value.why
    assert not list((tree.parent / "exported").iterdir())


def test_a_folder_that_became_a_link_out_of_the_tree_is_not_followed(tree):
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    subprocess.run(["git", "add", "app"], cwd=tree, check=True)
    elsewhere = tree.parent / "elsewhere"
    (tree / "app").rename(elsewhere)
    (tree / "app").symlink_to(elsewhere)
    copy, found = copied(tree, Git(tree))
    assert not [name for name in found if "views" in name and "inside" not in name]
    assert [path.name for path, why in copy.left_out.items() if "views" in path.name and "leads out" in why]


def test_a_fingerprint_skips_special_files_and_detects_changes(tree):
    fifo(tree / ".env")
    with time_limit(20):
        fingerprints = [release_copy.fingerprint(tree, None, tree / "no-environment")]
        os.utime(tree / "sparse.py", ns=(1, 1))
        fingerprints.append(release_copy.fingerprint(tree, None, tree / "no-environment"))
        (tree / "app" / "views.py").write_text("other")
        fingerprints.append(release_copy.fingerprint(tree, None, tree / "no-environment"))
        (tree.parent / "outside.txt").write_text("a change outside")
        fingerprints.append(release_copy.fingerprint(tree, None, tree / "no-environment"))
    assert len(set(fingerprints)) == 3
    assert fingerprints[2] == fingerprints[3]


def test_only_regular_python_files_are_searched(tree):
    (tree / "sparse.py").unlink()
    with time_limit():
        assert list(rate_limit_probes._limited_views(SimpleNamespace(root=tree, display_path=str))) == []


def golive(shop, python, *words):
    return cli_runner.golive(*words, python=python, project=shop, timeout=60)


@pytest.mark.parametrize("make", [fifo, device, sparse], ids=lambda make: make.__name__)
def test_a_special_env_file_is_refused_before_the_settings_block_on_it(shop, python, make):
    make(shop / ".env")
    result = golive(shop, python, "plan", "2")
    assert result.returncode == 1, result.stderr
    assert f"{shop / '.env'} " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_project_with_special_files_works_and_they_are_reported(shop, python):
    for make in (fifo, device, sparse, listener):
        make(shop / f"{make.__name__}.py")
        make(shop / "templates" / f"{make.__name__}.txt")
    result = golive(shop, python, "--auto", "--only", "2")
    assert result.returncode == 0, result.stderr[-2000:]
    assert "sparse.py is too large to deploy" in result.stderr
    assert "templates/device.txt leads out of the project" in result.stderr


def test_a_manage_py_that_is_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "manage.py")
    with pytest.raises(ProjectError, match="There is no Django project"):
        locate(tmp_path)


def test_git_that_blocks_on_a_pipe_is_reported(shop, monkeypatch):
    monkeypatch.setattr(git, "LIMIT", 0.5)
    (shop / ".gitignore").unlink(missing_ok=True)
    os.mkfifo(shop / ".gitignore")
    with pytest.raises(StepError, match=r"git ls-files gave no answer: within 0 s\. Check that each \.gitignore"):
        Git(shop.parent).deployable()
