"""A task without a step of its own: a note confirms each item."""

from __future__ import annotations

from types import SimpleNamespace

from steps.manual import Manual
from tests.steps.deployed import by_item
from wizard.checklist.answers import Answers
from wizard.checklist.model import Item


def test_an_item_is_done_with_a_note_and_open_without_one():
    step = Manual(SimpleNamespace(items=(Item("25.1", "Tell the team"), Item("25.2", "Tell the customers"))))
    found = by_item(step.verify(None, None, Answers({"done.25.1": "sent to 312 people"})))
    assert found == {"25.1": ("done", "sent to 312 people"), "25.2": ("open", "needs your confirmation")}
