"""The probes behind the guide for services that turn somebody away; each looks again, since much passes by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.base.errors import ServiceError, StepError
from wizard.targets.railway.command import RailwayError

if TYPE_CHECKING:
    from wizard.diagnosis.probes import ProbeContext
    from wizard.targets.railway.target import Railway

Observation = tuple[bool | None, str]


def _railway(around: ProbeContext) -> Railway | None:
    if around.sandbox.name != "railway":
        return None
    from wizard.targets.railway.target import Railway

    there = around.sandbox.target
    assert isinstance(there, Railway)
    return there


def railway_cli(around: ProbeContext) -> Observation:
    there = _railway(around)
    if there is None:
        return None, "the rehearsal needs no command of Railway"
    try:
        version = there.cli.version()
    except RailwayError as error:
        return True, f"{error.what}: {error.why}"
    return False, f"railway {'.'.join(map(str, version))} is there"


def login(around: ProbeContext) -> Observation:
    """Whether each service that has a token, or a login, still knows who asks."""
    there = _railway(around)
    if there is None:
        return None, "the rehearsal needs no login"
    told = []
    for ask in (there.railway_project.whoami, there.sentry_account, there.uptimerobot_account):
        try:
            told.append(ask())
        except ServiceError as error:
            if error.status in {401, 403}:
                return True, f"{error.what}: {error.why}"
            return None, str(error)
        except StepError as error:
            return True, str(error)
    return False, "; ".join(each for each in told if each)


def name(around: ProbeContext) -> Observation:
    there = _railway(around)
    if there is None:
        return None, "the rehearsal has no name to take"
    if found := re.search(r"(Railway has a project \S+ already|project name \S+ is taken)", around.told):
        return True, found[1]
    project = there.facts.get("railway.project")
    return (
        False,
        f"the project {there.railway_project.name} is ours"
        if project
        else f"no other project is called {there.railway_project.name}",
    )


def patience(around: ProbeContext) -> Observation:
    if found := re.search(r"\w+ limits (?:how often it may be asked|the rate of requests)[^.]*", around.told):
        return True, found[0]
    return False, "nobody asked to wait"


def connection(around: ProbeContext) -> Observation:
    there = _railway(around)
    if found := re.search(r"[^.;]*(gave no answer|did not respond|lost the connection)[^.]*", around.told):
        return True, found[0].strip()
    if there is None:
        return None, "the rehearsal stays on this machine"
    return False, "every service answered"


def platform_database(around: ProbeContext) -> Observation:
    there = _railway(around)
    if there is None:
        return None, "the rehearsal's database is on this machine"
    try:
        if not there.railway_project.database_id:
            return None, "there is no PostgreSQL at Railway yet"
        status = there.railway_project.deployment_status(there.railway_project.database_id)
    except ServiceError as error:
        return None, str(error)
    come = status in {"SUCCESS", "SLEEPING"}
    return not come, f"its deployment is {status or 'not begun'}"
