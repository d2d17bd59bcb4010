"""The folder in which processes of a rehearsal read which hosts they may reach, and record which others they wanted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError
from wizard.project.agent.egress import CONFIGURATION, FOLDER, RECORDS
from wizard.project.interpreter import CHECKS
from wizard.targets.local.refusing_proxy import RefusingProxy
from wizard.targets.site_traffic import WantedHost

NAME = "traffic"
"""The name of the folder of the deployed service. The agent's interpreter knows the one of checks."""


@dataclass(frozen=True)
class Attempt:
    """A connection that was refused.

    Arguments:
        process: the kind of process, such as `gunicorn`.
        place: the line of the project that asked, as in `shop/views.py:12`. Empty if it is not known.
    """

    host: str
    port: int
    process: str
    place: str


class Traffic:
    """Configures the guard of a rehearsal's processes in *folder*, and reads their records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_service(cls, work: Path) -> Traffic:
        """The folder for the deployed service of a project whose working folder is *work*."""
        return cls(work / NAME)

    @classmethod
    def of_checks(cls, work: Path) -> Traffic:
        """The folder for the processes of checks, which use a scratch database."""
        return cls(work / CHECKS)

    def configure(self, **values: Any) -> None:
        """Set values for processes that start from now on.

        `allowed` are host names, `mail` and `proxy` are ports, `services` maps names of services to their URLs here.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / CONFIGURATION
        known = json.loads(files.read(path) or b"{}")
        files.write(path, json.dumps({**known, **values}).encode())

    def variables(self) -> dict[str, str]:
        """Return the variable by which a process finds the folder."""
        return {FOLDER: str(self.folder)} if self.folder.is_dir() else {}

    def record(self, host: str, port: int, process: str, place: str = "") -> None:
        """Record an attempt that another process than the project's own Python noticed."""
        line = json.dumps({"host": host, "port": port, "process": process, "place": place}) + "\n"
        descriptor = os.open(self.folder / RECORDS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line)

    def refuse_programs(self) -> RefusingProxy:
        """Give the programs that a guarded process starts a proxy that refuses and records. Stop it at the end."""
        proxy = RefusingProxy(lambda host, port: self.record(host, port, "a program"))
        self.configure(proxy=proxy.port)
        return proxy

    def attempts(self) -> list[Attempt]:
        """Return all attempts, each once, in the order in which they were made."""
        try:
            content = files.read(self.folder / RECORDS) or b""
        except EditError:  # the project's own code replaced the file
            return []
        return list(dict.fromkeys(_attempts(content)))


def wanted(attempts: Sequence[Attempt]) -> list[WantedHost]:
    """Return the hosts of *attempts*, each once, with the line that asked first where that is known."""
    found: dict[tuple[str, int], str] = {}
    for each in (*(each for each in attempts if each.place), *attempts):
        found.setdefault((each.host, each.port), each.place or each.process)
    order = list(dict.fromkeys((each.host, each.port) for each in attempts))
    return [WantedHost(host, port, found[host, port]) for host, port in order]


def unguarded(environment: Mapping[str, str]) -> dict[str, str]:
    """Return *environment* for a process that may reach all hosts, such as pip."""
    return {name: value for name, value in environment.items() if name != FOLDER}


def _attempts(content: bytes) -> Iterator[Attempt]:
    for line in content.decode("utf-8", "replace").splitlines():
        try:
            record = json.loads(line)
            yield Attempt(str(record["host"])[:253], int(record["port"]), str(record["process"]), str(record["place"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # the project's own code wrote it
