"""Task 16 pushes on request, as an action of its plan. A check never pushes."""

from __future__ import annotations

import os
import subprocess
from types import SimpleNamespace

import pytest

from steps.t16_procfile import server_command
from tests.cli_runner import golive
from tests.engine import small_shop
from wizard.base.errors import StepError


@pytest.fixture
def shop(tmp_path):
    return small_shop.write(tmp_path / "shop")


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def run(shop, python, *arguments, **environment):
    return golive(*arguments, python=python, project=shop, env={**os.environ, **environment})


def test_the_procfile_is_pushed_only_on_request(shop, python, tmp_path):
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "--bare", "--quiet", str(remote))
    git(shop, "remote", "add", "origin", str(remote))
    git(shop, "push", "--quiet", "--set-upstream", "origin", "HEAD")
    before = git(remote, "rev-parse", git(shop, "symbolic-ref", "HEAD"))

    first = run(shop, python, "--auto", "--only", "16", str(shop))
    assert first.returncode == 3, first.stderr
    assert "committed, not pushed. Run `git push`" in first.stderr
    assert git(remote, "rev-parse", git(shop, "symbolic-ref", "HEAD")) == before

    checked = run(shop, python, "check", GOLIVE_PUSH="yes")
    assert checked.returncode == 0, checked.stderr + checked.stdout
    assert git(remote, "rev-parse", git(shop, "symbolic-ref", "HEAD")) == before, "a check pushes nothing"

    second = run(shop, python, "--auto", "--only", "16", str(shop), GOLIVE_PUSH="yes")
    assert second.returncode == 0, second.stderr
    assert "committed and pushed" in second.stderr
    assert git(remote, "rev-parse", git(shop, "symbolic-ref", "HEAD")) == git(shop, "rev-parse", "HEAD")


def test_a_project_without_wsgi_or_asgi_is_refused(tmp_path):
    with pytest.raises(StepError, match=r"nothing to serve.*Add a wsgi\.py"):
        server_command(SimpleNamespace(value=lambda name: None, root=tmp_path))
