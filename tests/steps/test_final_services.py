"""Task 24 on the services: images, events and the monitor, each by its own record."""

from __future__ import annotations

import pytest

from steps import t24_final_checks as t24
from tests.steps.deployed import Media, Robot, Sentry, by_item, make_sandbox, observe

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
    return by_item(STEP.verify(None, make_sandbox(**{**target, **changes}), None))


def test_each_service_proves_its_item():
    evidence = verify()
    assert {item: status for item, (status, _) in evidence.items()} == {f"24.{n}": "rehearsed" for n in range(1, 6)}
    assert evidence["24.3"][1] == "2 images, newest cup"
    assert evidence["24.4"][1] == "1 events, all of them caused by tests"


@pytest.mark.parametrize(
    ("changes", "item", "status", "showed"),
    [
        ({"run_log_status": lambda: observe(False, "Traceback")}, "24.1", "failed", "Traceback"),
        ({"cloudinary": Media()}, "24.3", "failed", "no images"),
        ({"settings_variables": lambda pattern: []}, "24.3", "not-applicable", "the project does not use Cloudinary"),
        ({"sentry": Sentry([t24.RAISED, "KeyError: 'tea'"])}, "24.4", "failed", "KeyError: 'tea'"),
        ({"robot": Robot("DOWN")}, "24.5", "failed", "DOWN"),
        ({"backup_restore_status": lambda: observe(showed="restored")}, "first-week.5", "rehearsed", "restored"),
    ],
)
def test_a_problem_at_a_service_affects_only_its_own_item(changes, item, status, showed):
    evidence = verify(**changes)
    assert evidence[item] == (status, showed)
    assert [each for each, (other, _) in evidence.items() if other == "failed"] == [item] * (status == "failed")
