"""An error in one part of a verification does not end the parts that do not depend on it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared.parts import Parts
from steps.t24_final_checks import FinalChecks
from tests.steps.deployed import Media, Robot, Sentry, make_sandbox
from wizard.base.errors import CommandError, NotYetError, Stopped
from wizard.checklist.evidence import shown

FAILED = NotYetError("The deployment failed in task 17", "no module celery")


def part(item, error=None):
    yield shown(item, True, "command", "asked", "fine")
    if error:
        raise error


def collected(*given):
    """The items with evidence, and the error at the end."""
    parts, items = Parts(), []
    try:
        for each in given:
            items += [evidence.item for evidence in parts.of(each)]
        parts.finish()
    except (CommandError, NotYetError) as error:
        return items, error
    return items, None


def test_every_part_is_checked_and_the_failure_is_raised_at_the_end():
    broken = CommandError("psql failed")
    assert collected(part("1"), part("2")) == (["1", "2"], None)
    assert collected(part("1", FAILED), part("2", broken), part("3")) == (["1", "2", "3"], broken)
    assert collected(part("1", FAILED), part("2")) == (["1", "2"], FAILED)


def test_a_stop_by_the_user_ends_all_parts():
    parts = Parts()
    with pytest.raises(Stopped):
        list(parts.of(part("1", Stopped("Stopped"))))


def test_a_failed_deployment_costs_only_the_final_checks_that_need_it():
    def waits():
        raise FAILED

    failure = SimpleNamespace(as_waiting=lambda: FAILED)
    sandbox = make_sandbox(
        failure=failure, run_log_status=waits, data_status=waits, cloudinary=Media(["one"]), sentry=Sentry(),
        uptimerobot=Robot(), settings_variables=lambda pattern: ["CLOUDINARY_URL"],
    )  # fmt: skip
    found = []
    with pytest.raises(NotYetError, match="failed in task 17"):
        for evidence in FinalChecks(None).verify(None, sandbox, None):
            found.append((evidence.item, evidence.status.value))
    assert found == [("24.3", "rehearsed"), ("24.4", "rehearsed")]
