"""Whether the limit is counted at the public address, where Golive is one client only, and not the first to log in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps import t20_security_testing as t20

EXACT = [200] * 5 + [429]
SPOILED = [200] * 3 + [429] * 3  # somebody logged in twice in this window
ACROSS = [200] * 6  # the window ended in between


@pytest.mark.parametrize(
    ("tries", "holds", "pauses"),
    [
        ([EXACT], True, 0),
        ([ACROSS, EXACT], True, 1),
        ([SPOILED, ACROSS, EXACT], True, 2),
        ([ACROSS, ACROSS, ACROSS], False, 2),
    ],
)
def test_another_window_is_tried_where_one_tells_nothing(monkeypatch, tries, holds, pauses):
    answers, paused = iter([status for each in tries for status in each]), []
    monkeypatch.setattr(t20.process, "pause", paused.append)
    login = SimpleNamespace(url=SimpleNamespace(path="/login/"), mutation=False)
    monkeypatch.setattr(t20, "find", lambda project, kind: [login])
    site = SimpleNamespace(
        public=True,
        form=lambda path, client: {},
        post=lambda path, **more: SimpleNamespace(status_code=next(answers)),
    )
    target = SimpleNamespace(production=SimpleNamespace(acting=True), seen=lambda item, ok, *told: (item, ok))
    seen = dict(t20.SecurityTesting(None)._limits(None, target, site, 5))
    assert seen["20.10"] is holds
    assert paused == [t20.WINDOW] * pauses
