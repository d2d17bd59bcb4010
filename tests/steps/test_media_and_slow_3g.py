"""Task 22 apart from response times: an image at Cloudinary, and the site over slow 3G."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from steps import t22_performance as t22
from tests.steps.deployed import Media, Site, make_sandbox, slow_site
from wizard.targets.local.edge import SLOW_3G

STEP = t22.Performance(None)


@pytest.mark.parametrize(
    ("media", "status", "showed"),
    [
        (Media(), "rehearsed", "200 image/png, 3 bytes, deleted"),
        (Media(status=404), "failed", "404 image/png, 3 bytes, deleted"),
        (Media(deletes=False), "failed", "200 image/png, 3 bytes, NOT deleted"),
    ],
)
def test_an_image_is_uploaded_delivered_and_deleted(media, status, showed):
    evidence = STEP._image(make_sandbox(cloudinary=media))
    assert (evidence.status.value, evidence.showed) == (status, showed)
    assert len(media.kept) == (not media.deletes)


def test_the_image_is_deleted_even_if_its_delivery_raises():
    media = Media()

    def fail(url):
        raise OSError("cut")

    media.fetch_delivered = fail
    with pytest.raises(OSError, match="cut"):
        STEP._image(make_sandbox(cloudinary=media))
    assert media.kept == []


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(SLOW_3G.latency + 0.5, "rehearsed"), (t22.SLOW_3G_LIMIT, "failed"), (SLOW_3G.latency / 2, "failed")],
)
def test_a_page_over_slow_3g_takes_more_than_its_latency_and_less_than_the_limit(monkeypatch, seconds, status):
    monkeypatch.setattr(t22, "list_addresses", lambda project: ["/", "/cart/", "/login/", "/help/"])
    monkeypatch.setattr(t22, "_milliseconds", lambda site, path, headers=None: seconds * 1000)
    pages = {"/cart/": "a large page", "/login/": "", "/help/": "a page"}
    site = Site({path: httpx.Response(200, text=text) for path, text in pages.items()})
    evidence = STEP._slow_3g(None, make_sandbox(throttled_site=lambda shape: slow_site(site)), site)
    assert evidence.status.value == status
    assert evidence.showed == f"/cart/ in {seconds:.1f} s, /help/ in {seconds:.1f} s", "the two largest that respond"


@pytest.mark.parametrize(
    ("flow", "uses_cloudinary", "may_write", "proof"),
    [
        (False, True, True, "an upload"),
        (False, True, False, "nothing"),
        (False, False, True, "not applicable"),
        (True, True, True, "the flows"),
    ],
)
def test_an_image_is_uploaded_only_if_no_flow_uploads_one(monkeypatch, flow, uses_cloudinary, may_write, proof):
    from_flows = []

    def collect(sandbox, item, outcomes, journeys=None):
        from_flows.append(item)
        return iter(())

    monkeypatch.setattr(t22, "list_addresses", lambda project: [])
    monkeypatch.setattr(t22.journey_evidence, "run_all", lambda sandbox, site: {"22.3": []} if flow else {})
    monkeypatch.setattr(t22.journey_evidence, "collect_evidence", collect)
    monkeypatch.setattr(t22.derived_journeys, "explore", lambda project, sandbox, site: None)
    monkeypatch.setattr(t22, "_milliseconds", lambda site, path, headers=None: 3000.0)
    site = Site({"/health/": 200})
    sandbox = make_sandbox(
        site=site,
        may_write=may_write,
        cloudinary=Media(),
        settings_variables=lambda pattern: ["CLOUDINARY_URL"] if uses_cloudinary else [],
        throttled_site=lambda shape: slow_site(site),
    )
    project = SimpleNamespace(value=lambda name: ["shop"])
    items = {evidence.item: evidence.status.value for evidence in STEP.verify(project, sandbox, None)}
    proofs = {"rehearsed": "an upload", "not-applicable": "not applicable"}
    found = proofs[items["22.3"]] if "22.3" in items else "the flows" if "22.3" in from_flows else "nothing"
    assert found == proof
    assert {"22.1", "22.4"} <= set(items)
