"""Every call that writes, met by every fault: afterwards all is as before or as after, and the next run ends the same.

./dev crashtest            all points and faults of all scenarios, and the figure
python -m tests.crash.matrix STEP    each STEPth point alone
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

TOLD, UNTOLD, WIDE, LEFT = 3, 4, 5, 130
"""Exit codes: an error that a person understands, any other, a secret that others could read, left by the person."""


def attempt(folder: Path, disk: Disk, kind: type[Scenario]) -> int:
    """`go` in a process of its own, on *disk*; returns its exit status, negative for a signal."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = UNTOLD
    try:  # nothing may leave this process but by its exit code
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may have ignored both
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        run = kind(folder)
        disk.install()
        code = _gone(run)
        if disk.wide:
            code = WIDE
        if not disk.at:
            Path(f"{folder}.calls").write_text("\n".join(disk.names))
    finally:
        os._exit(code)


def _gone(run: Scenario) -> int:
    try:
        run.go()
    except GoliveError:
        with suppress(GoliveError):  # the disk may still be full; the next run takes it back
            run.recover()
        return TOLD
    except KeyboardInterrupt:  # as main() does
        return LEFT
    return 0


class Trial:
    """One scenario: what its folder may hold, by the tasks that stand, and what it holds at last."""

    def __init__(self, base: Path, kind: type[Scenario]) -> None:
        self.kind, self.fresh, self.work = kind, base / kind.__name__ / "fresh", base / kind.__name__ / "work"
        self.fresh.mkdir(parents=True)
        kind.make(self.fresh)
        kind.prepare(self.fresh)
        self.expected = {}
        for tasks in kind.stands:
            self.renew()
            self.expected[tasks] = kind(self.work).reach(tasks)
        self.renew()
        if status := attempt(self.work, Disk(self.work), kind):
            sys.exit(f"the unbroken run of {kind.__name__} ended with {status}")
        self.last, self.names = kind(self.work).seen(), Path(f"{self.work}.calls").read_text().split("\n")

    def renew(self) -> None:
        for each in (self.work, Path(f"{self.work}.after"), Path(f"{self.work}.git")):
            shutil.rmtree(each, ignore_errors=True)
        shutil.copytree(self.fresh, self.work, symlinks=True)
        if Path(f"{self.fresh}.git").is_dir():
            shutil.copytree(f"{self.fresh}.git", f"{self.work}.git")
            (self.work / ".git").write_text(f"gitdir: {self.work}.git\n")

    def meet(self, point: int, fault: str) -> str:
        """What is wrong after *fault* met call number *point*; empty for nothing."""
        self.renew()
        status = attempt(self.work, Disk(self.work, point, fault), self.kind)
        if status in {UNTOLD, WIDE}:
            return "an error that tells nothing" if status == UNTOLD else "a secret was open to others"
        if fault in SIGNALS and status >= 0 and status != LEFT:
            return f"a signal was survived with {status}"
        if status == CUT:
            shutil.rmtree(self.work)
            Path(f"{self.work}.after").rename(self.work)
        try:
            run = self.kind(self.work)
            run.recover()
            stand = tuple(sorted(batch.task for batch in run.standing()))
            if stand not in self.expected or run.seen() != self.expected[stand]:
                return f"the journal says {stand}, the project is another"
            run.go()
        except (GoliveError, OSError, subprocess.CalledProcessError) as error:
            return f"the next run fails: {error}"
        return "" if run.seen() == self.last else "the next run ends in another tree"


def main(step: int = 1) -> int:
    """Print what was tried, and each point that lost something; returns how many did."""
    began, lost, tried, calls = time.monotonic(), [], Counter(), 0
    with tempfile.TemporaryDirectory(prefix="golive-crash-") as base:
        os.environ["XDG_CONFIG_HOME"] = str(Path(base) / "configuration")
        trust(Path(base))
        for kind in SCENARIOS:
            trial = Trial(Path(base), kind)
            calls += len(trial.names)
            for point in range(1, len(trial.names) + 1, step * kind.costs):
                name = trial.names[point - 1]
                for fault in kind.faults:
                    if (fault == "torn" and name != "write") or (name == "start" and fault not in SIGNALS):
                        continue
                    tried[fault] += 1
                    if wrong := trial.meet(point, fault):
                        lost.append(f"{kind.__name__}, call {point} ({name}), {fault}: {wrong}")
    for line in lost:
        print(line)
    told = ", ".join(f"{fault} {tried[fault]}" for fault in FAULTS)
    took = time.monotonic() - began
    print(f"{calls} calls that write, {tried.total()} faults ({told}), {len(lost)} lost, {took:.0f} s")
    return min(len(lost), 1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
