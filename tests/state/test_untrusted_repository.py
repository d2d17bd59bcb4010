"""An untrusted repository: its git configuration runs nothing, and its links lead nowhere."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.state.untrusted import READING, golive, on
from wizard.base.errors import ProjectError, StateError
from wizard.base.git import Git
from wizard.state import state_file


def traps(shop, ran):
    """Configure every kind of program that a repository can name. Each leaves a trace in *ran* when it runs."""
    program = ran.parent / "trap"
    program.write_text(f"#!/bin/sh\ntouch {ran}/$1\ncat\n")
    program.chmod(0o755)
    hooks = ran.parent / "hooks"
    hooks.mkdir()
    for hook in (
        "pre-commit",
        "post-index-change",
        "post-checkout",
        "reference-transaction",
        "pre-push",
        "post-rewrite",
    ):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {ran}/hook-{hook}\n")
        (hooks / hook).chmod(0o755)
    values = {
        "core.fsmonitor": f"{program} fsmonitor", "core.hooksPath": str(hooks), "core.pager": f"{program} pager",
        "pager.log": f"{program} pager", "pager.show": f"{program} pager", "diff.external": f"{program} diff",
        "filter.trap.clean": f"{program} clean", "filter.trap.smudge": f"{program} smudge",
        "filter.trap.process": f"{program} process", "diff.trap.textconv": f"{program} textconv",
        "diff.trap.command": f"{program} command", "gpg.program": f"{program} gpg", "log.showSignature": "true",
        "core.sshCommand": f"{program} ssh", "core.gitProxy": f"{program} proxy", "core.askPass": f"{program} askpass",
        "core.editor": f"{program} editor", "credential.helper": f"!{program} credential",
        "core.alternateRefsCommand": f"{program} refs", "uploadpack.packObjectsHook": f"{program} pack",
        "protocol.ext.allow": "always", "remote.origin.url": f"ext::{program} ext", "remote.origin.promisor": "true",
        "extensions.partialClone": "origin", "alias.ls-files": f"!{program} alias",
    }  # fmt: skip
    for name, value in values.items():
        subprocess.run(["git", "config", name, value], cwd=shop, check=True)
    (shop / ".gitattributes").write_text("* filter=trap diff=trap\n")


def test_no_program_of_the_repositorys_git_configuration_runs(fixed_shop, python, tmp_path):
    shop = fixed_shop
    ran = tmp_path / "ran"
    ran.mkdir()
    traps(shop, ran)
    for words in (*READING, ("undo", "2", "--yes"), ("forget", "--yes"), ("launch", "--now", "--yes")):
        for path in shop.rglob("*.py"):
            os.utime(path)  # git would read the content again, through its filters
        result = golive(*on(shop, python, words))
        assert "Traceback" not in result.stderr
        assert sorted(path.name for path in ran.iterdir()) == [], words


def test_the_traps_work(shop, tmp_path):
    ran = tmp_path / "ran"
    ran.mkdir()
    traps(shop, ran)
    subprocess.run(["git", "status"], cwd=shop, check=False, capture_output=True)
    subprocess.run(["git", "add", "--all"], cwd=shop, check=False, capture_output=True)
    subprocess.run(["git", "commit", "-m", "x"], cwd=shop, check=False, capture_output=True)
    subprocess.run(["git", "log", "-p", "-1"], cwd=shop, check=False, capture_output=True)
    traces = {path.name for path in ran.iterdir()}
    assert {"fsmonitor", "hook-pre-commit"} <= traces
    assert traces & {"clean", "process"}


def test_a_commit_runs_the_users_hooks_which_the_plan_lists(shop, python, tmp_path):
    hook = shop.parent / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    plan = golive("plan", "16", "--project", shop, "--python", python)
    assert "Commit Procfile" in plan.stdout
    assert "your pre-commit hook runs" in plan.stdout
    assert not (tmp_path / "hooked").exists()
    done = golive("--auto", "--only", "16", "--python", python, shop)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "hooked").exists()


def test_a_working_tree_in_another_folder_is_refused(shop, python, tmp_path):
    """With core.worktree, a private folder of the user would be part of the project."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "private.txt").write_text("private")
    subprocess.run(["git", "config", "core.worktree", str(tmp_path)], cwd=shop, check=True)
    result = golive("plan", "2", "--project", shop, "--python", python)
    assert result.returncode == 5
    assert "has its working tree at" in result.stderr
    assert "git config --unset core.worktree" in result.stderr


@pytest.mark.parametrize("make", ["owner", "syntax", "link"])
def test_a_repository_that_git_cannot_read_is_an_error(shop, make):
    """Otherwise a key in its history would count as "never in git", and a tracked state would be trusted."""
    config = shop.parent / ".git" / "config"
    if make == "syntax":
        config.write_text("[core\n")
    elif make == "owner":
        if os.geteuid():
            pytest.skip("only root can give a file to another user")
        os.chown(shop.parent / ".git", 12345, 12345)
        os.chown(shop.parent, 12345, 12345)
    else:
        (shop.parent / ".git").rename(shop.parent / "gone")
        (shop.parent / ".git").write_text("gitdir: nowhere\n")
    with pytest.raises(ProjectError, match="git can't read the repository") as raised:
        Git.of(shop)
    assert "fatal: " in raised.value.why
    assert make != "owner" or "git config --global --add safe.directory" in raised.value.why, "git's own hint"
    (shop / ".golive").mkdir()
    (shop / ".golive" / "state.json").write_text("{}")
    with pytest.raises(StateError, match=r"can't be checked|is not signed by you"):
        state_file.load(shop)


def test_an_overlay_behind_a_link_out_of_the_repository_is_refused(shop, tmp_path):
    (tmp_path / "private.yaml").write_text("version: 1\nitems: secret\n")
    (shop / "golive.yaml").unlink()
    (shop / "golive.yaml").symlink_to(tmp_path / "private.yaml")
    result = golive("status", "--project", shop)
    assert result.returncode == 2
    assert "golive.yaml is a link out of the repository" in result.stderr
    assert "secret" not in result.stderr
    (shop / "golive.yaml").unlink()
    (shop.parent / "shared.yaml").write_text("version: 1\n")
    (shop / "golive.yaml").symlink_to(shop.parent / "shared.yaml")
    assert golive("status", "--project", shop).returncode == 0, "a link within the repository is allowed"


def test_a_changed_file_that_became_a_link_out_is_not_reported(fixed_shop, tmp_path):
    shop = fixed_shop
    assert "election_cart/settings.py" in golive("report", "--project", shop).stdout
    (tmp_path / "private").write_text("my private words\n")
    settings = shop / "election_cart" / "settings.py"
    settings.unlink()
    settings.symlink_to(tmp_path / "private")
    result = golive("report", "--project", shop)
    assert result.returncode == 0
    assert "my private words" not in result.stdout


@pytest.mark.parametrize("name", ["settings_block", "middleware", "files", "__init__", "t99_none", "os"])
def test_an_unknown_step_name_is_refused(shop, name):
    task = f"day: 3, session: Afternoon, task: 101, title: x, minutes: 1, step: {name}, items: []"
    (shop / "golive.yaml").write_text(f"version: 1\ntasks:\n  - {{{task}}}\n")
    result = golive("status", "--project", shop)
    assert result.returncode == 2
    assert "golive.yaml:3" in result.stderr
    assert f"the unknown step '{name}'" in result.stderr
    assert "settings_block" not in result.stderr.partition("expected")[2]
