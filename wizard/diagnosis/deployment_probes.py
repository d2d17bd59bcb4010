"""Probes of later deployments and of backups."""

from __future__ import annotations

import re

from wizard.base.errors import NotYetError
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.project import previous_version
from wizard.project.start_sources import find
from wizard.targets.local import backup
from wizard.targets.local.postgres_programs import find_binaries, incomplete_installations
from wizard.targets.local.rollover import SHORTEST_END, seconds_of

RESTORE = re.compile(r"does not restore: .*?((?:relation|function|operator|type) .{1,80} does not exist)")
"""What the evidence of task 29 says about a rule that can't be restored."""


@probe
def new_migrations(context: ProbeContext) -> ProbeResult:
    project = context.project
    previous = previous_version.find(project.git, "", "")
    if previous is None:
        return not_checked("without a git commit Golive can't tell which migrations are new")
    found = previous_version.new_migrations(project, previous)
    if not found:
        return ruled_out(f"none is new since {previous.title}")
    return confirmed(f"new since {previous.title}: {', '.join(project.display_path(path) for path in found)}")


@probe
def lock_timeout(context: ProbeContext) -> ProbeResult:
    project = context.project
    if "lock_timeout" in find(project.root, project.top).everything():
        return ruled_out("the start command sets lock_timeout")
    if project.settings.mentions("lock_timeout"):
        return ruled_out("the settings set lock_timeout")
    return confirmed("neither the settings nor the start command set lock_timeout, so a migration waits for ever")


@probe
def draining(context: ProbeContext) -> ProbeResult | None:
    project = context.project
    variable = project.platform.draining_variable
    if not variable:
        return None
    seconds = seconds_of(project.env_values(project.production_env).get(variable, ""))
    if not seconds:
        return confirmed(f"{variable} has no value, so {project.platform.title} kills the previous version at once")
    if seconds < SHORTEST_END:
        return confirmed(f"{variable} is {seconds}, so requests that take longer are cut off")
    return ruled_out(f"the previous version has {seconds} s to end")


@probe
def postgres_programs(context: ProbeContext) -> ProbeResult:
    folder = find_binaries()
    if folder is None:
        return confirmed(incomplete_installations() or "there is no PostgreSQL on this machine")
    return ruled_out(f"{folder} has PostgreSQL {backup.version(folder)}")


@probe
def database_access(context: ProbeContext) -> ProbeResult | None:
    target = context.sandbox.active_target
    if target is None or not target.real:
        return None
    try:
        with target.backup_origin() as origin:
            return ruled_out(f"{origin.description} can be reached")
    except NotYetError as error:
        return confirmed(f"{error.what}: {error.why}")


@probe
def search_path(context: ProbeContext) -> ProbeResult:
    if found := RESTORE.search(context.error):
        return confirmed(f"{found[1]}: pg_restore works with an empty search path")
    return ruled_out("no rule of the database failed for a name that it did not find")
