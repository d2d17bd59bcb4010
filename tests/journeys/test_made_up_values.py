"""An error of the site about a value that Golive made up in the database says nothing against the site."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.journeys.context import Context, Contradiction
from wizard.journeys.result import Verdict
from wizard.project.inputs import Surface


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("ValueError: Missing staticfiles manifest entry for 'Golive photo url d4edfeed'", Verdict.OPEN),
        ("django.core.exceptions.FieldError: no file Golive name 0011aabb", Verdict.OPEN),
        ("ValueError: could not convert 'Zoë Ångström d4edfeed'", Verdict.BROKEN),
        ("INFO shop: created Golive name d4edfeed", Verdict.BROKEN),
        ("KeyError: 'total'", Verdict.BROKEN),
    ],
)
def test_an_error_about_a_made_up_value_leaves_the_journey_open(line, verdict):
    printed = ["ValueError: an earlier one about 'Golive photo url d4edfeed'"]
    visitor = SimpleNamespace(begin=lambda: None, requests=[])
    context = Context(Surface(), {"first": visitor}, {}, read_log=lambda: printed)

    def body(_):
        printed.append(f"  {line}  ")
        raise Contradiction("GET / got 500", "an answer without an error of the site")

    found = context.run("list", "A visitor sees the list", "list", "shop.Item", "first", body)
    assert found.verdict is verdict
    assert (line in found.why) is (verdict is Verdict.OPEN)
