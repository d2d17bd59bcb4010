"""Fixtures for reports about hostile texts."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def empty_project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "manage.py").write_text("")
    return root
