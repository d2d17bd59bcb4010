from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.base.special_files import KINDS


@pytest.fixture(params=KINDS, ids=lambda make: make.__name__)
def special(request, tmp_path):
    """Creates one kind of special file with `create`. `message` is expected in the error."""

    def create(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        request.param(path)
        return path

    return SimpleNamespace(create=create, message=KINDS[request.param], make=request.param)
