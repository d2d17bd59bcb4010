"""Task 24 on the services: images, events and the monitor, each by its own record."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from steps import t24_final_checks as t24
from tests.steps.deployed import HOST, Media, Robot, Sentry, Site, by_item, make_sandbox, observe
from tests.steps.fakes import FakeProject, url
from wizard.site.journey_reader import read_config

PROJECT = SimpleNamespace(urls=[], origin=lambda name: "", root=Path("/nowhere"))
STEP = t24.FinalChecks(None)


def verify(**changes):
    robot = changes.pop("robot", Robot())
    target = {
        "run_log_status": lambda: observe(showed="no errors"),
        "data_status": lambda: observe(showed="shop.Tea 3"),
        "backup_restore_status": lambda: None,
        "settings_variables": lambda pattern: ["CLOUDINARY_URL"],
        "cloudinary": Media(["tea", "cup"]),
        "sentry": Sentry([t24.RAISED]),
        "uptimerobot": robot,
        "health_monitor": lambda: robot.state,
    }
    return by_item(STEP.verify(PROJECT, make_sandbox(site=changes.pop("site", Site()), **{**target, **changes}), None))


def test_each_service_proves_its_item():
    evidence = verify()
    assert {item: status for item, (status, _) in evidence.items()} == {f"24.{n}": "rehearsed" for n in range(1, 6)}
    assert evidence["24.3"][1] == "2 images, newest cup"
    assert evidence["24.4"][1] == "1 events, all of them caused by tests"


@pytest.mark.parametrize(
    ("changes", "item", "status", "showed"),
    [
        ({"run_log_status": lambda: observe(False, "Traceback")}, "24.1", "failed", "Traceback"),
        (
            {"cloudinary": Media()},
            "24.3",
            "open",
            "no image was uploaded yet. Upload one on the site, or add a flow with `files` to golive.yaml",
        ),
        ({"settings_variables": lambda pattern: []}, "24.3", "not-applicable", "the project does not use Cloudinary"),
        ({"sentry": Sentry([t24.RAISED, "KeyError: 'tea'"])}, "24.4", "failed", "KeyError: 'tea'"),
        ({"robot": Robot("DOWN")}, "24.5", "failed", f"GET https://{HOST}/health/: DOWN: 502 Bad Gateway"),
        (
            {"robot": Robot("PAUSED")},
            "24.5",
            "failed",
            f"GET https://{HOST}/health/: PAUSED, so it sends no alert. "
            "Resume it at https://dashboard.uptimerobot.com/monitors/1",
        ),
        ({"backup_restore_status": lambda: observe(showed="restored")}, "first-week.5", "rehearsed", "restored"),
    ],
)
def test_a_problem_at_a_service_affects_only_its_own_item(changes, item, status, showed):
    evidence = verify(**changes)
    assert evidence[item] == (status, showed)
    assert [each for each, (other, _) in evidence.items() if other == "failed"] == [item] * (status == "failed")


RAISES = url("errors/raise/")
EVENT = {"eventID": "1", "title": "KeyError: 'tea'", "tags": [{"key": "url", "value": f"https://{HOST}/errors/raise/"}]}


class Collector(Sentry):
    """Has one event of a URL that raises."""

    def events(self):
        return [EVENT]


@pytest.mark.parametrize(
    ("text", "says"),
    [("version: 1\n", "/errors/raise/: see 18.6"), ("version: 1\nskip_urls: [/errors/raise/]\n", "/errors/raise/")],
    ids=["reported by 18.6", "skipped in golive.yaml"],
)
def test_a_url_that_raises_is_reported_once(tmp_path, text, says):
    (tmp_path / "golive.yaml").write_text(text)
    project = FakeProject(tmp_path, urls=[RAISES])
    logs = []

    def run_log_status(known=()):
        logs.append(known)
        return observe(bool(known), "no error" if known else "KeyError: 'tea'")

    sandbox = make_sandbox(
        site=Site({"/errors/raise/": 500}), sentry=Collector(), run_log_status=run_log_status,
        config=read_config(tmp_path),
    )  # fmt: skip
    reported = partial(t24._reported_paths, project, sandbox)
    [log] = STEP._log(sandbox, reported)
    [events] = STEP._events(sandbox, reported)
    assert (log.status.value, events.status.value) == ("rehearsed", "rehearsed")
    assert logs == [(), ["/errors/raise/"]]
    assert says in log.showed and says in events.showed


@pytest.mark.parametrize(("kept", "status"), [([], "failed"), (["poster"], "rehearsed")])
def test_an_upload_must_arrive_at_the_media_service(monkeypatch, kept, status):
    """The service is new: the flows upload first. A site that stores files elsewhere fails."""
    journey = SimpleNamespace(steps=[SimpleNamespace(files={"file": None})])
    media = Media()

    def run_all(sandbox, site):
        media.kept += kept
        return {"21.15": [SimpleNamespace(holds=True, journey=journey)]}

    monkeypatch.setattr(t24.journey_evidence, "run_all", run_all)
    sandbox = make_sandbox(
        site=Site(), cloudinary=media, settings_variables=lambda pattern: ["CLOUDINARY_URL"],
        config=SimpleNamespace(journeys=[journey]),
    )  # fmt: skip
    [evidence] = STEP._images(PROJECT, sandbox)
    assert evidence.status.value == status
    assert status == "rehearsed" or evidence.showed == "no images after an upload"
