"""Probes of services that refused a request. Each asks the service again, because such failures often pass."""

from __future__ import annotations

import re

from wizard.base.errors import ServiceError, StepError
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.targets.railway.command import RailwayError
from wizard.targets.railway.target import Railway


def _railway(context: ProbeContext) -> Railway | None:
    """The Railway target; None in a rehearsal, to which hints about Railway do not apply."""
    if context.sandbox.name != "railway":
        return None
    target = context.sandbox.target
    assert isinstance(target, Railway)
    return target


@probe
def railway_cli(context: ProbeContext) -> ProbeResult | None:
    railway = _railway(context)
    if railway is None:
        return None
    try:
        version = railway.cli.version()
    except RailwayError as error:
        return confirmed(f"{error.what}: {error.why}")
    return ruled_out(f"railway {'.'.join(map(str, version))} is installed")


@probe
def login(context: ProbeContext) -> ProbeResult | None:
    """Whether each service still accepts its token or login."""
    railway = _railway(context)
    if railway is None:
        return None
    accounts = []
    for ask in (railway.railway_project.whoami, railway.sentry_account, railway.uptimerobot_account):
        try:
            accounts.append(ask())
        except ServiceError as error:
            if error.status in {401, 403}:
                return confirmed(f"{error.what}: {error.why}")
            return not_checked(str(error))
        except StepError as error:
            return confirmed(str(error))
    return ruled_out("; ".join(account for account in accounts if account))


@probe
def name(context: ProbeContext) -> ProbeResult | None:
    railway = _railway(context)
    if railway is None:
        return None
    if taken := re.search(r"(Railway has a project \S+ already|project name \S+ is taken)", context.error):
        return confirmed(taken[1])
    if railway.facts.get("railway.project"):
        return ruled_out(f"the project {railway.railway_project.name} is yours")
    return ruled_out(f"no other project is called {railway.railway_project.name}")


@probe
def patience(context: ProbeContext) -> ProbeResult:
    if limit := re.search(r"\w+ limits the rate of requests[^.]*", context.error):
        return confirmed(limit[0])
    return ruled_out("no service reported a rate limit")


@probe
def connection(context: ProbeContext) -> ProbeResult | None:
    if failure := re.search(r"[^.;]*(gave no answer|did not respond|lost the connection)[^.]*", context.error):
        return confirmed(failure[0].strip())
    return None if _railway(context) is None else ruled_out("every service answered")


@probe
def platform_database(context: ProbeContext) -> ProbeResult | None:
    railway = _railway(context)
    if railway is None:
        return None
    try:
        database = railway.railway_project.database_id
        if not database:
            return not_checked("there is no PostgreSQL at Railway yet")
        status = railway.railway_project.deployment_status(database)
    except ServiceError as error:
        return not_checked(str(error))
    finding = f"its deployment is {status}" if status else "it has no deployment yet"
    return ruled_out(finding) if status in {"SUCCESS", "SLEEPING"} else confirmed(finding)
