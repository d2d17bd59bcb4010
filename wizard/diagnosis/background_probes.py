"""Probes of workers, schedules and Redis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from wizard.base.secrets import redact
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.project import process_lines, queue_names, redis_variables
from wizard.project.hosts import is_local

APPLICATION = re.compile(r"\bcelery\b.*?\s(?:-A|--app)[= ]\s*(?P<name>[\w.]+)")
SEVERAL = re.compile(r"&&|;|\|\||&(?!&)")
KEEPS_SIGNALS = re.compile(r"\bexec\b|\btrap\b")
"""What lets a shell pass SIGTERM on to the program that it has started."""
ADDRESS = re.compile(r"^(rediss?|valkeys?)://", re.IGNORECASE)


@probe
def worker_command(context: ProbeContext) -> ProbeResult | None:
    project = context.project
    found = process_lines.lines(project)
    if not found:
        return not_checked("the Procfile has no process besides `web`")
    for line in found:
        match = APPLICATION.search(line.command)
        if match is None:
            continue
        place = project.root.joinpath(*match["name"].split(":")[0].split("."))
        parent = place.parent.with_suffix(".py")
        if not (place.is_dir() or place.with_suffix(".py").is_file() or parent.is_file()):
            return confirmed(f"{line.where}: {line.name} names the application {match['name']}, which does not exist")
    return ruled_out("; ".join(f"{line.name}: {redact(line.command)}" for line in found))


@probe
def worker_signal(context: ProbeContext) -> ProbeResult | None:
    for line in process_lines.lines(context.project):
        if SEVERAL.search(line.command) and not KEEPS_SIGNALS.search(line.command):
            what = "a shell runs several commands and keeps SIGTERM from the last one"
            return confirmed(f"{line.where}: {line.name}: {what}")
    return ruled_out("each process gets its signals itself")


@probe
def worker_queues(context: ProbeContext) -> ProbeResult | None:
    project, lines = context.project, process_lines.lines(context.project)
    for library, pattern in queue_names.WORKERS.items():
        own = [line for line in lines if pattern.search(line.command)]
        left = queue_names.without_worker(project, library, own) if own else {}
        for queue, where in left.items():
            return confirmed(f"{where} puts work into the queue {queue}, and no line of the Procfile takes it out")
    return ruled_out("the workers take work from each queue that the code names")


@probe
def schedule_lines(context: ProbeContext) -> ProbeResult | None:
    found = [line for line in process_lines.lines(context.project) if line.is_scheduler]
    if len(found) > 1:
        names = ", ".join(line.name for line in found)
        return confirmed(f"{found[1].where}: {names} each run the schedule, so its work is done {len(found)} times")
    return ruled_out(f"one process runs the schedule: {found[0].name}" if found else "no process runs a schedule")


@probe
def redis_address(context: ProbeContext) -> ProbeResult | None:
    project = context.project
    local = [name for name, url in _addresses(project.values) if is_local(url)]
    if not local:
        return ruled_out("no setting names a Redis server on the service's own machine")
    variables = redis_variables.find(project)
    if not variables:
        return confirmed(f"{local[0]} names a Redis server on the service's own machine{project.set_by(local[0])}")
    target = context.sandbox.active_target
    described = target.redis_description() if target else ""
    return ruled_out(f"{', '.join(variables)} replace the local address" + (f": {described}" if described else ""))


def _addresses(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The settings with an address of Redis, however deep, and that address without its password."""
    for name, value in values.items():
        for text in _texts(value):
            if name.isupper() and ADDRESS.match(text):
                yield name, f"http://{urlsplit(text).hostname or 'localhost'}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
