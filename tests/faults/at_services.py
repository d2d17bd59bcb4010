"""Plant failures of Railway, Sentry, UptimeRobot and the network between, for the duration of a run of Golive."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from doubles.internet import Internet

from tests.cli_runner import golive
from tests.faults.broken_server import BrokenServer

Plant = Callable[[Internet], Mapping[str, str] | None]
"""Plants a failure into the doubles. Returns variables for Golive that differ from the usual ones."""
Around = Callable[[Path], AbstractContextManager[Mapping[str, str]]]


def at_services(plant: Plant, *, before: str = "", accounts: bool = False) -> Around:
    """Doubles of all services, with the failure of *plant*.

    *before* are tasks that run first, without the failure. *accounts*: with accounts at Sentry and UptimeRobot.
    """

    @contextmanager
    def around(root: Path) -> Iterator[Mapping[str, str]]:
        with tempfile.TemporaryDirectory(prefix="golive-net-") as folder:
            Path(folder).chmod(0o755)  # PostgreSQL's own user must get in
            internet = Internet(Path(folder))
            internet.cloud.python = str(root / "venv" / "bin" / "python")
            try:
                usual = variables(internet, accounts=accounts)
                if before:
                    arguments = ("--auto", "--json", "--no-commit", "--only", before, "--target", "railway")
                    golive(*arguments, project=root, env=usual)
                yield {**usual, **(plant(internet) or {})}
            finally:
                internet.close()

    return around


def variables(internet: Internet, *, accounts: bool = False) -> dict[str, str]:
    """The variables with which Golive uses the doubles."""
    more = {"GOLIVE_COSTS": "yes", "RAILWAY_API_TOKEN": internet.cloud.api_token}
    if accounts:
        more |= {"SENTRY_AUTH_TOKEN": internet.sentry.token, "UPTIMEROBOT_API_KEY": internet.robot.key}
    environment: dict[str, str] = internet.environment(**more)
    # The doubles have a home of their own, without the key that signs the sample and the cache of its packages.
    for name, folder in (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache")):
        environment.setdefault(name, str(Path.home() / folder))
    return environment


def npm_that_prints(output: str) -> Plant:
    """No `railway` command, and an npm that fails with *output*. The user agrees to the installation."""

    def plant(internet: Internet) -> Mapping[str, str]:
        (internet.bin / "railway").unlink()
        (internet.folder / "npm.txt").write_text(output + "\n")
        npm = internet.bin / "npm"
        npm.write_text(f"#!/bin/sh\ncat {internet.folder}/npm.txt >&2\nexit 1\n")
        npm.chmod(0o755)
        return {"GOLIVE_RAILWAY_INSTALL": "yes"}

    return plant


def without_programs(*names: str) -> Plant:
    """A PATH that lacks the programs *names*. The user agrees to the installation of `railway`."""

    def plant(internet: Internet) -> Mapping[str, str]:
        (internet.bin / "railway").unlink()
        programs = internet.folder / "programs"
        programs.mkdir()
        for folder in os.environ["PATH"].split(os.pathsep):
            for path in Path(folder).iterdir() if Path(folder).is_dir() else ():
                if path.name not in names and not (programs / path.name).is_symlink():
                    (programs / path.name).symlink_to(path)
        return {"GOLIVE_RAILWAY_INSTALL": "yes", "PATH": str(programs)}

    return plant


def broken(variable: str, path: str = "", **server: Any) -> Around:
    """A server that breaks the protocol, in place of the service whose address *variable* has."""

    def plant(internet: Internet) -> Mapping[str, str]:
        replaced = BrokenServer(**server)
        internet.close, close = lambda: (replaced.close(), close()), internet.close
        return {variable: replaced.url + path}

    return at_services(plant, accounts=True)
