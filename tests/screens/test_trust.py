"""No code of a project runs before the user trusts its folder; Golive asks once for each folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from screens.welcome import Welcome
from tests.screens.driving import session, text_of, wait_until_idle
from wizard.project.trust import QUESTION, is_trusted, trust


@pytest.fixture
def untrusted(shop, monkeypatch, tmp_path):
    """A project that writes a file whenever its settings, its interpreter or its git hook run."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "untrusting"))
    ran = tmp_path / "ran"
    ran.mkdir()
    settings = shop / "election_cart" / "settings.py"
    settings.write_text(f"open({str(ran / 'settings')!r}, 'w').close()\n" + settings.read_text())
    python = shop / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    real = os.path.realpath(python) if python.exists() else sys.executable
    python.unlink(missing_ok=True)
    python.write_text(f'#!/bin/sh\ntouch {ran}/interpreter\nexec {real} "$@"\n')
    python.chmod(0o755)
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {ran}/git\n")
    hook.chmod(0o755)
    subprocess.run(["git", "config", "core.fsmonitor", str(hook)], cwd=shop, check=True)
    subprocess.run(["git", "status"], cwd=shop, check=True, capture_output=True)
    assert (ran / "git").exists(), "the hook works"
    (ran / "git").unlink()
    return shop, ran


async def test_no_code_runs_before_the_user_agrees(untrusted, python):
    shop, ran = untrusted
    async with session(shop, python) as (app, pilot):
        assert isinstance(app.screen, Welcome)
        assert text_of(app, "#state") == QUESTION
        details = text_of(app, "#findings")
        assert str(shop) in details
        assert "manage.py and its settings (election_cart.settings)" in details
        await pilot.press("r")
        await wait_until_idle(app, pilot)
        assert not list(ran.iterdir())
        assert not (shop / ".golive").exists()
        assert app.engine_session is None
        await pilot.click("#trust")
        await wait_until_idle(app, pilot)
        assert (ran / "settings").exists()
        assert "Django 4.2" in text_of(app, "#findings")
    assert is_trusted(shop)
    async with session(shop, python) as (app, pilot):
        assert app.engine_session is not None, "the folder is trusted from now on"


async def test_enter_declines(untrusted, python):
    shop, ran = untrusted
    async with session(shop, python) as (app, pilot):
        assert app.focused is app.screen.query_one("#leave")
        await pilot.press("enter")
        while not app._exit:
            await pilot.pause()
    assert not list(ran.iterdir())
    assert not is_trusted(shop)


async def test_quitting_declines(untrusted, python):
    shop, ran = untrusted
    async with session(shop, python) as (app, pilot):
        await pilot.press("ctrl+q")
        while not app._exit:
            await pilot.pause()
    assert not list(ran.iterdir())
    assert not is_trusted(shop)


def test_trust_covers_subfolders_only(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    mine, others = tmp_path / "mine", tmp_path / "others"
    for folder in (mine / "shop", others):
        folder.mkdir(parents=True)
    trust(mine)
    assert is_trusted(mine / "shop")
    assert not is_trusted(others)
    assert not is_trusted(tmp_path / "mine-not")
    (mine / "way-out").symlink_to(others)
    assert not is_trusted(mine / "way-out"), "links are resolved"
    assert (tmp_path / "config" / "golive" / "trusted.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("answer", "agreed"), [("", False), ("no", False), ("yes", True)])
def test_the_plain_session_asks_as_well(untrusted, python, answer, agreed):
    shop, ran = untrusted
    command = [sys.executable, "-m", "wizard", "--plain", "--python", python, str(shop)]
    result = subprocess.run(command, input=f"{answer}\nq\n", capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert QUESTION in result.stdout
    assert "- manage.py and its settings (election_cart.settings)" in result.stdout
    assert (ran / "settings").exists() is agreed
    assert (shop / ".golive").exists() is agreed


def test_a_broken_list_of_trusted_folders_trusts_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "golive").mkdir()
    for content in ("", "[]", '{"trusted": 3}', '{"trusted": "/"}', "\0"):
        (tmp_path / "golive" / "trusted.json").write_text(content)
        assert not is_trusted(tmp_path), content
    shutil.rmtree(tmp_path / "golive")
    assert not is_trusted(tmp_path)
