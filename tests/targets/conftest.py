"""Test doubles for all services, and a small project to deploy to them."""

from __future__ import annotations

import pytest
from doubles.internet import Internet

from tests.targets.railway_project import SmallProject
from wizard.targets.railway import polling


@pytest.fixture
def internet(tmp_path):
    (tmp_path / "net").mkdir()
    doubles = Internet(tmp_path / "net")
    yield doubles
    doubles.close()


@pytest.fixture
def small(internet, tmp_path, python, monkeypatch, capsys):
    monkeypatch.setattr(polling, "PAUSES", (0.1,))  # the test double builds within a second
    folder = tmp_path / "small-shop"
    folder.mkdir()
    return SmallProject(internet, folder, python, monkeypatch, capsys)
