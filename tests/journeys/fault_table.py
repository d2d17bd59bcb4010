"""Run the journeys of each sample project, unchanged and with each of its faults, and print what they noticed."""

from __future__ import annotations

import dataclasses
import os
import secrets
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatch
from multiprocessing import get_context
from pathlib import Path

from tests.conftest import installer, make_environment
from tests.journeys import planted
from tests.journeys.planted import Planted
from tests.journeys.sites import started
from wizard.journeys.result import JourneyResult, Verdict
from wizard.project.trust import trust
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries

ENOUGH = 95
"""The percentage of faults that must be noticed."""
NO_SERVER = "there is no PostgreSQL on this machine"


def unchanged(root: Path) -> None:
    """The edit of the controls."""


CONTROL = Planted("no fault", unchanged, ())


@dataclass
class Outcome:
    """What the journeys of one row showed.

    Arguments:
        broken: the broken journeys.
        open: the names of the open ones.
        error: why the row could not be carried to its end.
        alarms: the names of journeys that are broken on the unchanged project. They notice no fault.
    """

    fault: Planted
    broken: list[JourneyResult] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    count: int = 0
    seconds: float = 0.0
    error: str = ""
    alarms: frozenset[str] = frozenset()

    @property
    def is_control(self) -> bool:
        return self.fault.name == CONTROL.name

    @property
    def naming(self) -> list[JourneyResult]:
        """The broken journeys that name the fault."""
        return [each for each in self.new if each.kind in self.fault.kinds and _says(each, self.fault.words)]

    @property
    def new(self) -> list[JourneyResult]:
        """The journeys that the fault broke."""
        return [each for each in self.broken if each.name not in self.alarms]

    @property
    def verdict(self) -> str:
        if self.error:
            return f"ERROR {self.error}"
        if self.is_control:
            return f"FALSE ALARM {self.broken[0].title}: {self.broken[0].why}" if self.broken else "ok"
        if self.naming:
            return "ok"
        return f"OTHERWISE {self.new[0].title}: {self.new[0].why}" if self.new else "NOT NOTICED"

    @property
    def holds(self) -> bool:
        return self.verdict == "ok"


def _says(result: JourneyResult, words: Sequence[str]) -> bool:
    sent = " ".join(each.request for each in result.requests)
    text = " ".join((result.title, result.subject, result.why, result.expected, result.where, sent)).lower()
    return not words or any(word.lower() in text for word in words)


def outcome_of(fault: Planted, python: str, database: str = "") -> Outcome:
    """Run all journeys of the fault's project with the fault planted."""
    outcome, began = Outcome(fault), time.perf_counter()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="golive-journeys-", ignore_cleanup_errors=True) as folder,
            started(fault.project, Path(folder), python, fault, database) as running,
        ):
            results = running.explore()
    except Exception:  # noqa: BLE001 - the other rows must still run
        outcome.error = " | ".join(traceback.format_exc().strip().splitlines()[-3:])
    else:
        outcome.count = len(results)
        outcome.broken = [each for each in results if each.verdict is Verdict.BROKEN]
        outcome.open = [f"{each.title}: {each.why}" for each in results if each.verdict is Verdict.OPEN]
    outcome.seconds = time.perf_counter() - began
    return outcome


def controls() -> list[Planted]:
    """The rows of the unchanged projects."""
    return [Planted(CONTROL.name, CONTROL.edit, (), project=name) for name in planted.names()]


def chosen(patterns: Sequence[str], projects: Sequence[str]) -> list[Planted]:
    """The controls, and the faults whose name matches one of *patterns*, of all projects or of *projects*."""
    rows = [*controls(), *planted.collect()]
    return [
        each for each in rows
        if (not projects or each.project in projects)
        and (not patterns or each.name == CONTROL.name or any(fnmatch(each.name, pattern) for pattern in patterns))
    ]  # fmt: skip


def environment(folder: Path) -> str:
    """Return an interpreter with what all projects need, made in *folder* if it is missing."""
    python = folder / "environment" / "bin" / "python"
    done = folder / "environment" / "installed"
    wanted = planted.REQUIREMENTS.read_text()
    if not done.exists() or done.read_text() != wanted:
        make_environment(sys.executable, folder / "environment")
        subprocess.run([*installer(python), "-r", str(planted.REQUIREMENTS)], check=True)
        done.write_text(wanted)
    return str(python)


def run_all(faults: Sequence[Planted], folder: Path, workers: int) -> Iterator[Outcome]:
    """The outcomes as they come, those of the unchanged projects first.

    Faults of PostgreSQL run only where there is a server.
    """
    python = environment(folder)
    trust(Path(tempfile.gettempdir()))
    with ExitStack() as stack:
        binaries = find_binaries()
        server = None
        if binaries is not None and any(fault.postgres for fault in faults):
            server = Postgres(folder, binaries)
            stack.callback(server.stop)
            server.start()
        pool = stack.enter_context(ProcessPoolExecutor(workers, mp_context=get_context("spawn")))
        alarms: dict[str, frozenset[str]] = {}
        for rows in ([each for each in faults if each.name == CONTROL.name], faults):
            futures = []
            for fault in rows:
                if rows is faults and fault.name == CONTROL.name:
                    continue
                if fault.postgres and server is None:
                    yield Outcome(fault, error=NO_SERVER)
                    continue
                futures.append(pool.submit(_row, fault.project, fault.name, python, _database(fault, server)))
            for each in as_completed(futures):
                outcome = each.result()
                if outcome.is_control:
                    alarms[outcome.fault.project] = frozenset(result.name for result in outcome.broken)
                else:
                    outcome.alarms = alarms.get(outcome.fault.project, frozenset())
                yield outcome


def _database(fault: Planted, server: Postgres | None) -> str:
    """The URL of an empty database on *server*, for a fault that needs PostgreSQL."""
    if server is None or not fault.postgres:
        return ""
    name = f"journeys_{secrets.token_hex(4)}"
    server.make_database(name)
    return server.url(database=name)


def _row(project: str, name: str, python: str, database: str) -> Outcome:
    """The outcome of one row, in a process of its own: the functions of faults can't be sent to it."""
    [fault] = [each for each in (*controls(), *planted.collect()) if (each.project, each.name) == (project, name)]
    outcome = outcome_of(fault, python, database)
    outcome.fault = dataclasses.replace(fault, edit=unchanged)
    return outcome


def print_row(outcome: Outcome, *, verbose: bool) -> None:
    fault = outcome.fault
    naming = outcome.naming
    said = f"  {naming[0].kind}: {naming[0].why[:110]}" if outcome.holds and naming else ""
    postgres = " (PostgreSQL)" if fault.postgres else ""
    row = f"{fault.project:10} {fault.name + postgres:58} {outcome.seconds:4.0f} s  {outcome.verdict[:300]}{said}\n"
    for each in outcome.broken if verbose or outcome.is_control else ():
        row += f"    {each.kind} {each.subject} ({each.visitor}): {each.title}: {each.why}; expected {each.expected}\n"
    for each in outcome.open if verbose or outcome.is_control else ():
        row += f"    open: {each}\n"
    sys.stdout.write(row)
    sys.stdout.flush()


def summary(outcomes: Sequence[Outcome]) -> tuple[str, bool]:
    """The last line, and whether enough faults are noticed and no unchanged project has a broken journey."""
    faults = [each for each in outcomes if not each.is_control and each.error != NO_SERVER]
    untried = sum(each.error == NO_SERVER for each in outcomes)
    noticed = sum(each.holds for each in faults)
    alarms = sum(not each.holds for each in outcomes if each.is_control)
    share = 100 * noticed / len(faults) if faults else 100.0
    line = (
        f"{noticed} of {len(faults)} faults noticed ({share:.0f}%), {untried} need PostgreSQL; "
        f"{alarms} of {sum(each.is_control for each in outcomes)} unchanged projects with a false alarm"
    )
    return line, share >= ENOUGH and not alarms


def main(patterns: Sequence[str], projects: Sequence[str], folder: Path | None, workers: int, *, verbose: bool) -> int:
    faults = chosen(patterns, projects)
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="golive-journeys-")))
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o755)  # PostgreSQL's own user must get in
        os.environ["XDG_CONFIG_HOME"] = str(place.resolve() / "configuration")
        count = sum(fault.name != CONTROL.name for fault in faults)
        sys.stdout.write(f"{count} faults in {len({fault.project for fault in faults})} projects\n")
        outcomes = []
        for outcome in run_all(faults, place.resolve(), workers):
            outcomes.append(outcome)
            print_row(outcome, verbose=verbose)
    line, enough = summary(outcomes)
    sys.stdout.write(line + "\n")
    return 0 if enough else 1
