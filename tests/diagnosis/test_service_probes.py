"""Hints about services: each only for the service that failed, and only if it can be about that failure."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.base.errors import DeploymentError, ServiceError, StepError
from wizard.diagnosis.cause import of_error
from wizard.diagnosis.probe import ProbeContext
from wizard.diagnosis.probes import PROBES
from wizard.diagnosis.relevance import AT_SERVICES, applies
from wizard.targets.railway.railway_error import RailwayError

REFUSED = ServiceError(
    "Sentry refused the request", 'HTTP 401: "Invalid token"', "Create one.", service="Sentry", status=401
)
LIMITED = RailwayError("limited", "Railway limits the rate of requests", "HTTP 429", status=429)
SILENT = ServiceError("UptimeRobot did not respond", "DNS knows no address of it", service="UptimeRobot")
TAKEN = RailwayError("taken", 'Railway has a project "Tea Shop" already', "it is not linked to this folder")
MISSING = RailwayError(
    "missing", "npm could not install the railway command", "getaddrinfo ENOTFOUND registry.npmjs.org"
)
UNDECIDED = RailwayError("plan", "`railway add` failed: Railway's plan does not allow it", '"limit exceeded"')


def hints(exception, target="railway"):
    """The probes that confirm or rule out something about *exception*, each with its result."""
    sandbox = SimpleNamespace(name="local" if target == "local" else "other", target=None, active_target=None)
    context = ProbeContext(SimpleNamespace(), sandbox, str(exception), None, exception)
    results = {name: PROBES[name](context) for name in sorted(AT_SERVICES)}
    return {name: (result.confirmed, result.seen) for name, result in results.items() if result}


@pytest.mark.parametrize(
    ("exception", "expected"),
    [
        (REFUSED, {"login": (True, 'Sentry refused the request: HTTP 401: "Invalid token"')}),
        (LIMITED, {"patience": (True, "Railway limits the rate of requests: HTTP 429")}),
        (SILENT, {"connection": (True, "UptimeRobot did not respond: DNS knows no address of it")}),
        (TAKEN, {"name": (True, 'Railway has a project "Tea Shop" already: it is not linked to this folder')}),
        (MISSING, {"railway_cli": (
            True, "npm could not install the railway command: getaddrinfo ENOTFOUND registry.npmjs.org",
        )}),
        (UNDECIDED, {}),
        (StepError("The fixture can't be loaded"), {}),
        (None, {}),
    ],
)  # fmt: skip
def test_a_hint_is_given_only_for_the_failure_that_it_is_about(exception, expected):
    assert hints(exception) == expected


def test_no_hint_about_the_site_is_given_if_a_service_refused():
    assert all(applies(probe, REFUSED) for probe in AT_SERVICES)
    assert not any(applies(probe, REFUSED) for probe in PROBES if probe not in AT_SERVICES)
    assert all(applies(probe, StepError("The view raised KeyError")) for probe in PROBES)


def test_the_cause_is_what_the_service_said_and_what_to_do():
    assert (
        str(of_error(REFUSED, SimpleNamespace())) == 'Sentry refused the request: HTTP 401: "Invalid token". Create one'
    )


def test_the_cause_of_a_failed_deployment_has_the_page_with_its_log(tmp_path):
    project = SimpleNamespace(root=tmp_path, top=tmp_path)
    error = DeploymentError(
        "The deployment failed in its health check at Railway", "status 400: GET /health/ 400", "Read its log at https://x.",
        summary="The deployment failed in its health check at Railway (FAILED): status 400",
    )  # fmt: skip
    cause = of_error(error, project)
    assert str(cause) == (
        "The deployment failed in its health check at Railway (FAILED): status 400. Read its log at https://x"
    )
