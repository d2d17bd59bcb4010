"""Settings with paths outside of the project: Golive creates nothing there, and moves the paths into the project."""

from __future__ import annotations

import shutil

import pytest

from tests.cli_runner import golive, with_uv
from tests.conftest import fresh
from wizard.project.detection import detect


@pytest.fixture
def shop(python, tmp_path):
    return fresh(tmp_path / "shop", python)


@pytest.fixture
def outside(shop, tmp_path):
    """A shop whose settings lead to a folder that isn't there."""
    folder = tmp_path / "srv"
    settings = shop / "election_cart" / "settings.py"
    lines = f"""
STATIC_ROOT = "{folder}/static"
MEDIA_ROOT = "{folder}/media"
LOGGING = {{"version": 1, "handlers": {{"file": {{"class": "logging.FileHandler", "filename": "{folder}/log/shop.log",
           "delay": True}}}}, "root": {{"handlers": ["file"], "level": "INFO"}}}}
"""
    settings.write_text(settings.read_text() + lines)
    return folder


def test_static_files_are_collected_inside_the_project_and_undo_removes_them(shop, outside):
    settings = shop / "election_cart" / "settings.py"
    before = settings.read_bytes()
    result = golive("--auto", "--no-commit", "--only", "2,4,8-9", shop, env=with_uv())
    assert result.returncode in {0, 3}, result.stderr[-3000:]
    assert f"STATIC_ROOT was {outside}/static. It moves into the project" in result.stderr
    assert f"MEDIA_ROOT is {outside}/media, outside of the project" in result.stderr
    assert f"LOGGING is {outside}/log/shop.log, outside of the project" in result.stderr
    assert not outside.exists(), "nothing was created outside, not even by the settings that task 4 adds"
    assert (shop / "staticfiles" / "staticfiles.json").is_file()
    for exists, expected in ((False, "logging.StreamHandler"), (True, "logging.FileHandler")):
        if exists:
            (outside / "log").mkdir(parents=True)
        found = detect(shop)
        assert found.value("LOGGING")["handlers"]["file"]["class"] == expected, "no folder: log to the console"
        found.close()
    shutil.rmtree(outside)
    assert golive("undo", "2,4,8-9", "--yes", "--project", shop).returncode == 0
    assert settings.read_bytes() == before
    assert not (shop / "staticfiles").exists()
    assert not outside.exists()
