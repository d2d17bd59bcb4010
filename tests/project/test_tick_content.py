"""What the project consists of when an item is ticked."""

from __future__ import annotations

import pytest

from tests.base.special_files import sparse, time_limit
from tests.engine.repository import Repository, git
from wizard.project.tick_content import digest, tick_point

LARGE = 17 << 20


@pytest.fixture
def repo(tmp_path):
    return Repository(tmp_path / "shop")


def test_a_large_file_that_is_committed_is_no_part_of_the_point(repo):
    (repo.top / "video.bin").write_bytes(b"v" * LARGE)
    assert digest(repo.top / "video.bin") == git(repo.top, "hash-object", "video.bin")
    git(repo.top, "add", "video.bin")
    git(repo.top, "commit", "--quiet", "-m", "A video")
    assert tick_point(repo.project).contents.keys().isdisjoint({"file video.bin"})


def test_a_file_that_is_too_large_to_deploy_is_not_read(tmp_path):
    sparse(tmp_path / "disk.img")
    with time_limit(5):
        before = digest(tmp_path / "disk.img")
    (tmp_path / "disk.img").touch()
    assert digest(tmp_path / "disk.img") == before
