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
from wizard.project import crontab_files
from wizard.project.own_modules import apps_of_packages
from wizard.project.project import Project
from wizard.project.start_sources import find as find_start

SHORTEST = 5
"""The fewest minutes between two runs at a platform."""
FIELD = re.compile(r"(?:\*|[\dA-Za-z]+(?:-[\dA-Za-z]+)?)(?:/\d+)?(?:,(?:\*|[\dA-Za-z]+(?:-[\dA-Za-z]+)?)(?:/\d+)?)*")
CALL_COMMAND = "django.core.management.call_command"
LONGEST_NAME = 32
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class Part:
    """A field of a schedule: its lowest and its highest value, and names from the lowest on."""

    title: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()


PARTS = (
    Part("minute", 0, 59), Part("hour", 0, 23), Part("day", 1, 31), Part("month", 1, 12, MONTHS),
    Part("weekday", 0, 7, WEEKDAYS),
)  # fmt: skip


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
    sources = (_django_crontab, _django_cron, _app_json, _crontab_files)
    for label, schedule, command, where in (entry for source in sources for entry in source(project)):
        written = crontab_files.NICKNAMES.get(schedule.strip().lower(), " ".join(schedule.split()))
        name = _free_name(label, {each.name for each in found})
        found.append(CronJob(name, written, command, where, problem_of(written)))
    return found


def problem_of(schedule: str) -> str:
    """Why a platform refuses *schedule*. Empty if it does not."""
    fields = schedule.split()
    if len(fields) != 5 or not all(FIELD.fullmatch(field) for field in fields):
        return f"{schedule!r} is not a schedule of five fields"
    values = list[list[int]]()
    for part, field in zip(PARTS, fields, strict=True):
        try:
            values.append(_values(field, part))
        except ValueError:
            return f"{schedule!r} has the {part.title} {field!r}, which does not exist"
    minutes, hours, days, months, _ = values
    if fields[4] == "*" and all(min(days) > DAYS_OF_MONTHS[month - 1] for month in months):
        return f"{schedule!r} is a date that does not exist, so it never runs"
    gaps = [later - earlier for earlier, later in pairwise(minutes)]
    if any((hour + 1) % 24 in hours for hour in hours):
        gaps.append(60 - minutes[-1] + minutes[0])
    if gaps and min(gaps) < SHORTEST:
        return f"{schedule!r} runs more often than every {SHORTEST} minutes"
    return ""


def _values(field: str, part: Part) -> list[int]:
    """The values in a *field* of a schedule, sorted.

    Raises:
        ValueError: one of them does not exist.
    """
    found = set[int]()
    for each in field.split(","):
        span, _, step = each.partition("/")
        first, _, last = (str(part.lowest), "", str(part.highest)) if span == "*" else span.partition("-")
        start = _number(first, part)
        end = _number(last, part) if last else part.highest if step else start
        found.update(range(start, end + 1, int(step or 1)))
    if not found or min(found) < part.lowest or max(found) > part.highest:
        raise ValueError(field)
    return sorted(found)


def _number(text: str, part: Part) -> int:
    return part.lowest + part.names.index(text.upper()) if text.upper() in part.names else int(text)


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
    lines, line = files.text(path).splitlines(), 1
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("command"), str) and isinstance(entry.get("schedule"), str):
            words = [word for word in entry["command"].split() if re.fullmatch(r"[a-z][\w-]*", word)]
            label = next((word for word in words if word not in {"python", "python3", "exec"}), "command")
            written = json.dumps(entry["command"], ensure_ascii=False)
            line = next((number for number in range(line, len(lines) + 1) if written in lines[number - 1]), line)
            yield label, entry["schedule"], entry["command"], f"{project.display_path(path)}:{line}"


def _crontab_files(project: Project) -> Iterator[tuple[str, str, str, str]]:
    for label, schedule, command, where in crontab_files.find(project):
        yield label, schedule, f"{_manage(project)} {command}", where


def _free_name(label: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", f"cron-{label}".lower()).strip("-")[:LONGEST_NAME].rstrip("-")
    name, count = base, 2
    while name in taken:
        ending = f"-{count}"
        name, count = base[: LONGEST_NAME - len(ending)] + ending, count + 1
    return name
