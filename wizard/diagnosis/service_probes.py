"""Probes of services that refused a request.

Each applies only to the service that failed, and only to what failed there: a hint about the network is no help if the
service answered, and one about a token is none if it did not.
"""

from __future__ import annotations

import re

from wizard.base.errors import ServiceError, StepError
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.targets.external_services import ExternalServices
from wizard.targets.railway.railway_error import RailwayError
from wizard.targets.railway.target import Railway

INSTALLATION = {"missing", "old"}
DATABASE = re.compile(r"postgres|database", re.I)


def _failed(context: ProbeContext) -> ServiceError | None:
    """The error of a service that ended the task; None if something else did."""
    return context.exception if isinstance(context.exception, ServiceError) else None


def _kind(context: ProbeContext) -> str:
    """The kind of Railway's error; empty if Railway did not fail."""
    return context.exception.kind if isinstance(context.exception, RailwayError) else ""


def _railway(context: ProbeContext) -> Railway | None:
    """The Railway target; None in a rehearsal, to which hints about Railway do not apply."""
    if context.sandbox.name != "railway":
        return None
    target = context.sandbox.target
    assert isinstance(target, Railway)
    return target


def _said(error: ServiceError) -> str:
    return f"{error.what}: {error.why}" if error.why else error.what


@probe
def railway_cli(context: ProbeContext) -> ProbeResult | None:
    failed, kind = _failed(context), _kind(context)
    if failed is None or not kind:
        return None
    if kind in INSTALLATION:
        return confirmed(_said(failed))
    railway = _railway(context)
    if railway is None or kind not in {"refused", "network"} or "`railway" not in failed.what:
        return None  # the command did its part
    return ruled_out(f"railway {'.'.join(map(str, railway.cli.version()))} is installed")


@probe
def login(context: ProbeContext) -> ProbeResult | None:
    """Whether the service that failed still accepts its token or login."""
    failed = _failed(context)
    if failed is None or not failed.status or _kind(context) in {"taken", "limited"}:
        return None
    if failed.status in {401, 403}:
        return confirmed(_said(failed))
    target = context.sandbox.target
    if not isinstance(target, ExternalServices):
        return None
    ask = {"Sentry": target.sentry_account, "UptimeRobot": target.uptimerobot_account}.get(failed.service)
    if ask is None:
        return None
    try:
        account = ask()
    except ServiceError as error:
        return confirmed(_said(error)) if error.status in {401, 403} else None
    except StepError as error:
        return confirmed(str(error))
    return ruled_out(f"{failed.service}: {account}") if account else None


@probe
def name(context: ProbeContext) -> ProbeResult | None:
    failed = _failed(context)
    taken = failed is not None and (_kind(context) == "taken" or failed.status == 409)
    return confirmed(_said(failed)) if failed and taken else None


@probe
def patience(context: ProbeContext) -> ProbeResult | None:
    failed = _failed(context)
    return confirmed(_said(failed)) if failed and failed.status == 429 else None


@probe
def connection(context: ProbeContext) -> ProbeResult | None:
    failed = _failed(context)
    if failed is None or failed.status or (kind := _kind(context)) not in {"", "network"}:
        return None  # the service answered
    no_response = kind == "network" or "did not respond" in failed.what
    return confirmed(_said(failed)) if no_response else None


@probe
def platform_database(context: ProbeContext) -> ProbeResult | None:
    railway = _railway(context)
    if railway is None or (_kind(context) != "database" and not _is_about_database(context)):
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


def _is_about_database(context: ProbeContext) -> bool:
    """Whether a deployment failed because of its database."""
    return _failed(context) is None and bool(DATABASE.search(context.cause.error if context.cause else ""))
