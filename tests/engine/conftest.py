from __future__ import annotations

import pytest

from tests.engine.repository import Repository


@pytest.fixture
def repo(tmp_path):
    return Repository(tmp_path / "shop")
