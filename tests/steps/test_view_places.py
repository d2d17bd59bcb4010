"""The place of a view names its line, also where a decorator hides it from the agent, and never a line of None."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from steps.shared.view_functions import place_of
from tests.steps.fakes import FakeProject, url


@pytest.mark.parametrize(
    ("line", "view", "place"),
    [
        (7, "shop.views.Search", "views.py:7"),
        (None, "shop.views.Search", "views.py:2"),
        (None, "shop.views.x", "views.py"),
    ],
)
def test_a_view_without_a_line_is_looked_for(tmp_path, line, view, place):
    (tmp_path / "views.py").write_text("@hides\nclass Search(View):\n    pass\n")
    project = FakeProject(tmp_path, copy=SimpleNamespace(at=lambda path: path, back=lambda path: path))
    row = replace(url("search/", view=view, file="views.py"), line=line)
    assert place_of(project, row) == place
