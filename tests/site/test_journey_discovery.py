"""Journeys drafted from a project's URLs: complete, valid for the journey reader, and only for URLs that exist."""

from __future__ import annotations

from wizard.project.detection import detect
from wizard.site.journey_discovery import draft_journeys
from wizard.site.journey_reader import read_config


def test_the_sample_project_gets_a_draft_for_each_url_that_matches(shop, python):
    found = detect(shop, python=python)
    try:
        text = draft_journeys(found)
    finally:
        found.close()
    (shop / "golive.yaml").write_text(text)
    flows = {flow.item: flow.steps[0] for flow in read_config(shop).journeys}
    assert (flows["21.1"].method, flows["21.1"].path) == ("post", "/api/auth/signup/")
    assert flows["21.2"].json == {"username": "{name}", "password": "{password}"}
    assert flows["21.3"].path == "/api/auth/logout/"
    assert flows["21.5"].path == "/api/packages/"
    assert flows["21.7"].path == "/api/packages/1/"
    assert flows["21.13"].path == "/api/orders/create/"
    assert "21.19" not in flows, "no URL of the project matches this item"
