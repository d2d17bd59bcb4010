"""Probes of what a site runs out of: database connections, disk space, and the error service's quota."""

from __future__ import annotations

import re

from wizard.base.secrets import excerpt
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.project.error_reporting import leaves_out_foreign_hosts

TOO_MANY = re.compile(
    r"too many clients|remaining connection slots|too many connections|couldn't get a connection", re.I
)
NO_SPACE = re.compile(r"No space left on device|disk is full|could not extend file|ENOSPC", re.I)
NEARLY_ALL = 0.8
"""The share of the connections from which on the server is close to its limit."""


def _logged(context: ProbeContext, wanted: re.Pattern[str]) -> str | None:
    """The last line of the deployment's log that matches *wanted*; empty if there is none, None without a log."""
    target = context.sandbox.active_target
    if target is None:
        return None
    return next((line for line in reversed(target.log_error_lines()) if wanted.search(line)), "")


@probe
def open_connections(context: ProbeContext) -> ProbeResult:
    """Whether the database server refused connections, or is close to its limit."""
    if line := _logged(context, TOO_MANY):
        return confirmed(f"the deployment's log: {excerpt(line, 200)}")
    target = context.sandbox.active_target
    found, limit = (target.open_connections(), target.connection_limit()) if target else (None, None)
    if found is None or not limit:
        return not_checked("the connections can be counted in the rehearsal with PostgreSQL only")
    showed = f"{found} connections are open, of {limit}"
    return confirmed(showed) if found >= NEARLY_ALL * limit else ruled_out(showed)


@probe
def disk_space(context: ProbeContext) -> ProbeResult:
    """Whether a disk of production is full."""
    if line := _logged(context, NO_SPACE):
        return confirmed(f"the deployment's log: {excerpt(line, 200)}")
    target = context.sandbox.active_target
    disks = [disk for disk in target.disks() if disk.size] if target else []
    if not disks:
        return not_checked("the sizes of disks are known at a platform only")
    full = [disk for disk in disks if disk.is_full]
    return confirmed(", ".join(map(str, full))) if full else ruled_out(", ".join(map(str, disks)))


@probe
def event_filter(context: ProbeContext) -> ProbeResult | None:
    """Whether the settings leave out foreign host names, which scanners send."""
    settings = context.project.settings
    if not settings.mentions("sentry_sdk"):
        return None
    if leaves_out_foreign_hosts(settings):
        return ruled_out("the settings leave out DisallowedHost")
    return confirmed("the settings do not leave out DisallowedHost")
