"""The evidence that flows give an item, and when the item stays open."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared.journey_evidence import collect_evidence, run_all
from tests.steps.fakes import FakeSandbox, url
from wizard.base.errors import BlockedError, NotYetError
from wizard.checklist.evidence import Status
from wizard.site.journey_runner import Exchange, Outcome
from wizard.site.journeys import Journey, JourneyStep


def flow(item, path="/", name="tea"):
    return Journey(name, item, "A visitor orders tea", (JourneyStep("get", path, "visitor"),), "golive.yaml:3")


def outcome(item, wrong="", **given):
    return Outcome(flow(item, **given), [Exchange("GET /", 200, 0.1, "", wrong)])


class Target(SimpleNamespace):
    def __init__(self, *flows, **given):
        defaults = {
            "may_write": True,
            "real": False,
            "payment_skip_reason": "",
            "journey_outcomes": None,
            "config": SimpleNamespace(journeys=flows),
            "project": SimpleNamespace(urls=[], root=Path("/shop"), display_path=lambda path: path.name),
        }
        super().__init__(**{**defaults, **given})


NO_URLS = SimpleNamespace(urls=[])


def collected(item, outcomes, *flows, **given):
    return list(collect_evidence(FakeSandbox(project=NO_URLS, target=Target(*flows, **given)), item, outcomes))


@pytest.mark.parametrize(("wrong", "status"), [("", Status.REHEARSED), ("expected 201", Status.FAILED)])
def test_the_flows_of_an_item_are_its_evidence(wrong, status):
    [evidence] = collected("21.1", {"21.1": [outcome("21.1"), outcome("21.1", wrong)]})
    assert (evidence.status, evidence.ran) == (status, "flow tea, tea")
    assert wrong in evidence.showed


def test_a_flow_that_failed_because_of_another_one_says_nothing():
    failed = outcome("21.1", "expected 201")
    failed.follows = "A visitor signs up"
    with pytest.raises(BlockedError, match="the flow 'A visitor signs up' failed before it"):
        collected("21.1", {"21.1": [failed]})


def test_a_flow_of_a_related_item_proves_an_item_without_its_own():
    [evidence] = collected("18.7", {"21.15": [outcome("21.15")]})
    assert (evidence.item, evidence.status) == ("18.7", Status.REHEARSED)


@pytest.mark.parametrize(
    ("attributes", "showed"),
    [
        ({}, ['no journey proves it and no flow has item: "21.1". Add one to golive.yaml']),
        ({"may_write": False}, []),
        ({"payment_skip_reason": "no test keys"}, ["no test keys"]),
        ({"payment_skip_reason": "no test keys", "may_write": False}, ["no test keys"]),
    ],
    ids=["no flow", "read only", "left out", "left out, read only"],
)
def test_an_item_without_a_result_stays_open(attributes, showed):
    flows = (
        [flow("21.1", "/pay/{razorpay}")] if "payment_skip_reason" in attributes else [flow("21.2", "/pay/{razorpay}")]
    )
    found = collected("21.1", {}, *flows, **attributes)
    assert [evidence.showed for evidence in found] == showed
    assert all(evidence.status is Status.OPEN for evidence in found)


def test_evidence_of_a_checkout_on_a_real_site_states_that_no_card_was_used():
    [evidence] = collected("21.1", {"21.1": [outcome("21.1", path="/pay/{razorpay}")]}, real=True)
    assert evidence.showed.endswith(". Golive signed the last checkout step with the test keys, without a card")


class Unpaid(Target):
    @property
    def checkout_url(self):
        raise NotYetError("The checkout has no test keys yet")

    def load_seed(self):
        self.seeded = True

    def ensure_superuser(self, wanted):
        return {"failed": "no database"}


def test_flows_that_pay_are_left_out_without_test_keys():
    project = SimpleNamespace(inspect_settings=dict)
    target = Unpaid(flow("21.1", "/pay/{razorpay}"), project=project)
    assert run_all(FakeSandbox(project=NO_URLS, target=target), SimpleNamespace(host="shop.example")) == {}
    assert target.seeded and target.payment_skip_reason == "The checkout has no test keys yet"


def test_flows_run_once_on_a_real_site_and_never_in_a_read_only_check():
    earlier = {"21.1": [outcome("21.1")]}
    assert run_all(FakeSandbox(project=NO_URLS, target=Target(journey_outcomes=earlier)), None) is earlier
    assert run_all(FakeSandbox(project=NO_URLS, target=Target(flow("21.1"), may_write=False)), None) == {}


def test_a_failed_flow_names_the_view_that_answered_otherwise():
    view = url("teas/<int:pk>/", view="shop.views.tea", file="shop/views.py", line=7)
    places = {"root": Path("/shop"), "display_path": lambda path: path.name, "urls": [view]}
    copy = SimpleNamespace(at=lambda path: path, back=lambda path: path)
    failed = Outcome(flow("21.1"), [Exchange("GET /teas/3/?size=2", 500, 0.1, "", "expected 200")])
    for urls, place in (([view], "views.py:7"), ([], "golive.yaml:3")):
        project = SimpleNamespace(**{**places, "urls": urls}, copy=copy)
        [evidence] = collected("21.1", {"21.1": [failed]}, project=project)
        assert (evidence.where, evidence.expected) == (place, "the answers that flow tea expects")
