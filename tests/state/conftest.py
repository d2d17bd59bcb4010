"""The sample after task 2, which several tests start from."""

from __future__ import annotations

import shutil

import pytest

from tests.cli_runner import golive
from tests.conftest import made_once, sample_in_git


@pytest.fixture(scope="session")
def after_task_2(python, tmp_path_factory):
    """The sample after task 2, made once for all workers."""
    with made_once(tmp_path_factory, "after-task-2") as (folder, missing):
        if missing:
            result = golive("--auto", "--only", "2", sample_in_git(folder), python=python)
            assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def fixed_shop(after_task_2, tmp_path):
    """A copy of the sample after task 2: the folder of its manage.py."""
    return shutil.copytree(after_task_2, tmp_path / "shop", symlinks=True) / "backend"
