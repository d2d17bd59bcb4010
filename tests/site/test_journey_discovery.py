"""Flows drafted from a project's addresses: whole, readable by the runner, and not more than was seen."""

from __future__ import annotations

from wizard.project.detection import detect
from wizard.site.journey_discovery import draft_journeys
from wizard.site.journeys import ProjectConfig


def test_the_sample_is_drafted(shop, python):
    found = detect(shop, python=python)
    try:
        text = draft_journeys(found)
    finally:
        found.close()
    (shop / "golive.yaml").write_text(text)
    flows = {flow.item: flow.steps[0] for flow in ProjectConfig.of(shop).journeys}
    assert (flows["21.1"].method, flows["21.1"].path) == ("post", "/api/auth/signup/")
    assert flows["21.2"].json == {"username": "{name}", "password": "{password}"}
    assert flows["21.3"].path == "/api/auth/logout/"
    assert flows["21.5"].path == "/api/packages/"
    assert flows["21.7"].path == "/api/packages/1/"
    assert flows["21.13"].path == "/api/orders/create/"
    assert "21.19" not in flows, "what has no address of its kind is left out"
