"""Commands that a project wants to run on a schedule by a cron daemon, which a container does not have.

Source: the documentation and the source of django-crontab and django-cron; Dokku's documentation of app.json; Railway's
documentation of cron jobs.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.project.own_modules import apps_of_packages
from wizard.project.project import Project
from wizard.project.start_sources import find as find_start

SHORTEST = 5
"""The fewest minutes between two runs at a platform."""
NICKNAMES = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
FIELD = re.compile(r"(?:\*|[\dA-Za-z]+(?:-[\dA-Za-z]+)?)(?:/\d+)?(?:,(?:\*|[\dA-Za-z]+(?:-[\dA-Za-z]+)?)(?:/\d+)?)*")
CALL_COMMAND = "django.core.management.call_command"
LONGEST_NAME = 32


@dataclass(frozen=True)
class CronJob:
    """A command with its schedule.

    Arguments:
        name: the name of its service, as `cron-clearsessions`.
        schedule: five fields, in UTC.
        command: a shell command. It ends.
        where: the file and line that ask for it.
        problem: why a platform can't run it on this schedule. Empty if it can.
    """

    name: str
    schedule: str
    command: str
    where: str
    problem: str = ""


def find(project: Project) -> list[CronJob]:
    """Return the commands that the project's settings and files put on a schedule, each with a name of its own."""
    found = list[CronJob]()
    for label, schedule, command, where in (*_django_crontab(project), *_django_cron(project), *_app_json(project)):
        written = NICKNAMES.get(schedule.strip().lower(), " ".join(schedule.split()))
        name = _free_name(label, {each.name for each in found})
        found.append(CronJob(name, written, command, where, problem_of(written)))
    return found


def problem_of(schedule: str) -> str:
    """Why a platform refuses *schedule*. Empty if it does not."""
    fields = schedule.split()
    if len(fields) != 5 or not all(FIELD.fullmatch(field) for field in fields):
        return f"{schedule!r} is not a schedule of five fields"
    try:
        minutes, hours = _values(fields[0], 60), _values(fields[1], 24)
    except ValueError:
        return f"{schedule!r} has a value that no minute or hour has"
    gaps = [later - earlier for earlier, later in pairwise(minutes)]
    if any((hour + 1) % 24 in hours for hour in hours):
        gaps.append(60 - minutes[-1] + minutes[0])
    if gaps and min(gaps) < SHORTEST:
        return f"{schedule!r} runs more often than every {SHORTEST} minutes"
    return ""


def _values(field: str, count: int) -> list[int]:
    """The minutes or hours in a *field* of a schedule, sorted.

    Raises:
        ValueError: one of them is not below *count*.
    """
    found = set[int]()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("0", "", str(count - 1)) if span == "*" else span.partition("-")
        end = int(last) if last else count - 1 if step else int(first)
        found.update(range(int(first), end + 1, max(int(step or 1), 1)))
    if not found or max(found) >= count:
        raise ValueError(field)
    return sorted(found)


# ---- where they are


def _manage(project: Project) -> str:
    """`python manage.py`, from the folder in which the platform starts the service."""
    folder = find_start(project.root, project.top).folder
    nested = project.root.relative_to(folder) if project.root.is_relative_to(folder) else Path()
    return f"python {(nested / 'manage.py').as_posix()}"


def _django_crontab(project: Project) -> Iterator[tuple[str, str, str, str]]:
    """Label, schedule, command and place of each entry of CRONJOBS."""
    if "django_crontab" not in apps_of_packages(project):
        return
    where = project.origin("CRONJOBS") or "CRONJOBS"
    for entry in project.value("CRONJOBS") or []:
        if isinstance(entry, list | tuple) and len(entry) > 1 and all(isinstance(each, str) for each in entry[:2]):
            arguments = entry[2] if len(entry) > 2 and isinstance(entry[2], list | tuple) else []
            options = entry[3] if len(entry) > 3 and isinstance(entry[3], dict) else {}
            label, command = _call(entry[1], list(arguments), options)
            yield label, entry[0], f"{_manage(project)} {command}", where


def _call(path: str, arguments: list[Any], options: dict[str, Any]) -> tuple[str, str]:
    """A label, and what manage.py has to run to call the function at *path*."""
    if path == CALL_COMMAND and arguments and not options:
        return str(arguments[0]), shlex.join(map(str, arguments))
    module, _, function = path.rpartition(".")
    given = ", ".join([*map(repr, arguments), *(f"{name}={value!r}" for name, value in options.items())])
    return function, f"shell -c {shlex.quote(f'from {module} import {function}; {function}({given})')}"


def _django_cron(project: Project) -> Iterator[tuple[str, str, str, str]]:
    """The command that runs what is due of CRON_CLASSES. Its own documentation runs it every 5 minutes."""
    if "django_cron" in apps_of_packages(project) and project.value("CRON_CLASSES"):
        where = project.origin("CRON_CLASSES") or "CRON_CLASSES"
        yield "runcrons", f"*/{SHORTEST} * * * *", f"{_manage(project)} runcrons", where


def _app_json(project: Project) -> Iterator[tuple[str, str, str, str]]:
    """The entries of `cron` in app.json, as Dokku runs them."""
    path = find_start(project.root, project.top).folder / "app.json"
    try:
        content = json.loads(files.read(path) or b"null") if files.is_file(path) else None
    except ValueError:
        return
    entries = content.get("cron") if isinstance(content, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("command"), str) and isinstance(entry.get("schedule"), str):
            words = [word for word in entry["command"].split() if re.fullmatch(r"[a-z][\w-]*", word)]
            label = next((word for word in words if word not in {"python", "python3", "exec"}), "command")
            yield label, entry["schedule"], entry["command"], project.display_path(path)


def _free_name(label: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", f"cron-{label}".lower()).strip("-")[:LONGEST_NAME].rstrip("-")
    name, count = base, 2
    while name in taken:
        ending = f"-{count}"
        name, count = base[: LONGEST_NAME - len(ending)] + ending, count + 1
    return name
