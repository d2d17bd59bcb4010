"""Every fault at every call that writes: the files are then as before or as after, and the next run completes the work.

./dev crashtest            all points and faults of all scenarios
python -m tests.crash.matrix STEP    only every STEPth point
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.crash.disk import CUT, FAULTS, SIGNALS, Disk
from tests.crash.scenarios import SCENARIOS, Scenario
from wizard.base.errors import GoliveError
from wizard.project.trust import trust

REPORTED, UNREPORTED, READABLE, INTERRUPTED = 3, 4, 5, 130
"""Exit codes: a GoliveError, another error, a secret that others could read, and Ctrl-C."""


def attempt(folder: Path, disk: Disk, kind: type[Scenario]) -> int:
    """Run `go` in another process, on *disk*. Return its exit status, negative for a signal."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = UNREPORTED
    try:  # the process must end here, whatever happens
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the parent may have other handlers
        for number in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        run = kind(folder)
        disk.install()
        code = _go(run)
        if disk.wide:
            code = READABLE
        if not disk.at:
            Path(f"{folder}.calls").write_text("\n".join(disk.names))
    finally:
        os._exit(code)


def _go(run: Scenario) -> int:
    try:
        run.go()
    except GoliveError:
        with suppress(GoliveError):  # the disk may still be full; the next run recovers
            run.recover()
        return REPORTED
    except KeyboardInterrupt:  # as main() does
        return INTERRUPTED
    return 0


class Trial:
    """One scenario: the allowed contents of its folder by the active tasks, and the final contents."""

    def __init__(self, base: Path, kind: type[Scenario]) -> None:
        self.kind, self.fresh, self.work = kind, base / kind.__name__ / "fresh", base / kind.__name__ / "work"
        self.fresh.mkdir(parents=True)
        kind.make(self.fresh)
        kind.prepare(self.fresh)
        self.expected = {}
        for tasks in kind.outcomes:
            self.renew()
            self.expected[tasks] = kind(self.work).expected_contents(tasks)
        self.renew()
        if status := attempt(self.work, Disk(self.work), kind):
            sys.exit(f"the run of {kind.__name__} without a fault ended with {status}")
        self.final, self.names = kind(self.work).contents(), Path(f"{self.work}.calls").read_text().split("\n")

    def renew(self) -> None:
        for folder in (self.work, Path(f"{self.work}.after"), Path(f"{self.work}.git")):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.fresh, self.work, symlinks=True)
        if Path(f"{self.fresh}.git").is_dir():
            shutil.copytree(f"{self.fresh}.git", f"{self.work}.git")
            (self.work / ".git").write_text(f"gitdir: {self.work}.git\n")

    def problem(self, point: int, fault: str) -> str:
        """The problem after *fault* at call number *point*; empty for none."""
        self.renew()
        status = attempt(self.work, Disk(self.work, point, fault), self.kind)
        if status in {UNREPORTED, READABLE}:
            return "an unexpected error" if status == UNREPORTED else "a secret was readable by others"
        if fault in SIGNALS and status >= 0 and status != INTERRUPTED:
            return f"the process ended with {status} after a signal"
        if status == CUT:
            shutil.rmtree(self.work)
            Path(f"{self.work}.after").rename(self.work)
        try:
            run = self.kind(self.work)
            run.recover()
            tasks = tuple(sorted(batch.task for batch in run.active()))
            if tasks not in self.expected or run.contents() != self.expected[tasks]:
                return f"the project does not match the journal, which has tasks {tasks}"
            run.go()
        except (GoliveError, OSError, subprocess.CalledProcessError) as error:
            return f"the next run fails: {error}"
        return "" if run.contents() == self.final else "the next run ends with other contents"


def main(step: int = 1) -> int:
    """Print the number of tries, and each point at which something was lost. Return 1 if there is any."""
    began, failures, tried, calls = time.monotonic(), [], Counter(), 0
    with tempfile.TemporaryDirectory(prefix="golive-crash-") as base:
        os.environ["XDG_CONFIG_HOME"] = str(Path(base) / "configuration")
        trust(Path(base))
        for kind in SCENARIOS:
            trial = Trial(Path(base), kind)
            calls += len(trial.names)
            for point in range(1, len(trial.names) + 1, step * kind.cost):
                name = trial.names[point - 1]
                for fault in kind.faults:
                    if (fault == "torn" and name != "write") or (name == "start" and fault not in SIGNALS):
                        continue
                    tried[fault] += 1
                    if problem := trial.problem(point, fault):
                        failures.append(f"{kind.__name__}, call {point} ({name}), {fault}: {problem}")
    for line in failures:
        print(line)
    counts = ", ".join(f"{fault} {tried[fault]}" for fault in FAULTS)
    took = time.monotonic() - began
    print(f"{calls} calls that write, {tried.total()} faults ({counts}), {len(failures)} lost, {took:.0f} s")
    return min(len(failures), 1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
