"""Task 6: a break with a timer in a guided session, skipped in an unattended run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.t06_coffee_break import CoffeeBreak
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.plan.actions import Wait

BREAK = SimpleNamespace(minutes=15)


@pytest.mark.parametrize(
    ("answers", "actions", "remarks"),
    [
        (Answers(present=True), (Wait(15),), ()),
        (Answers(present=False), (), ("An unattended run takes no break.",)),
        (Answers({"break": "20 minutes"}, present=True), (), ("The break is over.",)),
    ],
    ids=["guided", "unattended", "taken"],
)
def test_a_break_is_a_timer_only_in_a_guided_session(answers, actions, remarks):
    plan = CoffeeBreak(BREAK).plan(None, None, answers)
    assert (plan.actions, plan.remarks) == (actions, remarks)


@pytest.mark.parametrize(("break_answers", "kind"), [({}, "skipped"), ({"break": "20 minutes"}, "note")])
def test_the_break_is_done_or_skipped(break_answers, kind):
    [evidence] = CoffeeBreak(BREAK).verify(None, None, Answers(break_answers))
    assert (evidence.item, evidence.status, evidence.kind) == ("6.1", Status.DONE, kind)
