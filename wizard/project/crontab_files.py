"""Management commands on a schedule in a project's crontab files, or in the line for a crontab that its README has.

Source: crontab(5). A line of the system's crontab names a user between the schedule and the command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from wizard.base import files
from wizard.project.project import Project

NICKNAMES = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
FILE = re.compile(r"(?:^|/)(?:cron\.d/[\w-]+|(?:[\w-]+[.-])?crontab(?:\.(?!py$)\w+)?|[\w-]+\.cron)$", re.I)
README = re.compile(r"^readme(?:\.\w+)?$", re.I)
LINE = re.compile(
    rf"(?P<schedule>(?:{'|'.join(NICKNAMES)})"
    r"|(?<!\S)(?:[\d*][\d*/,-]*[ \t]+){3}(?:[\d*]|[a-z]{3}\b)[\w*/,-]*[ \t]+(?:[\d*]|[a-z]{3}\b)[\w*/,-]*)"
    r"[ \t]+[^#\n]*?manage\.py[\"']?[ \t]+(?P<command>[a-z][\w-]*(?:[ \t]+[\w./:=@%+,-]+)*)",
    re.I,
)
"""A schedule, and the management command with its plain arguments: neither quotes nor redirections."""
OF_DJANGO = {"clearsessions", "remove_stale_contenttypes"}


def find(project: Project) -> Iterator[tuple[str, str, str, str]]:
    """Label, schedule, arguments of manage.py and place of each line."""
    known, seen = list(project.copy.known()), set[str]()
    own = OF_DJANGO | set(_commands(known))
    for path in sorted(known):
        name = path.relative_to(project.top).as_posix() if path.is_relative_to(project.top) else path.name
        is_crontab = bool(FILE.search(name))
        if not is_crontab and not README.match(name):
            continue
        for number, line in enumerate(files.text(path).splitlines(), 1):
            found = None if is_crontab and line.lstrip().startswith("#") else LINE.search(line.replace("`", " "))
            if found is None:
                continue
            label = found["command"].split()[0]
            # A README may show what another project does, or repeat the crontab.
            if label not in seen and (is_crontab or label in own):
                seen.add(label)
                yield label, found["schedule"], found["command"], f"{project.display_path(path)}:{number}"


def _commands(known: Iterable[Path]) -> Iterator[str]:
    """The names of the project's own management commands."""
    for path in known:
        if path.suffix == ".py" and path.parts[-3:-1] == ("management", "commands"):
            yield path.stem
