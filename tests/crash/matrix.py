"""Every call that writes, met by every fault: afterwards all is as before or as after, and the next run ends the same.

./dev crashtest            all points and faults, and the figure
python -m tests.crash.matrix STEP    each STEPth point alone
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.crash.disk import CUT, FAULTS, SIGNALS, Disk
from wizard import files, state
from wizard.apply import Applier
from wizard.detection import detect
from wizard.errors import GoliveError
from wizard.evidence import Evidence, Status
from wizard.journal import Batch, Journal
from wizard.plan import Action, GenerateSecrets, MakeDirectory, WriteFile

TOLD, UNTOLD, WIDE, LEFT = 3, 4, 5, 130
"""Exit codes: an error that a person understands, any other, a secret that others could read, left by the person."""
BEGINNING = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\n",
    "site_/settings.py": "DEBUG = True\nSECRET_KEY = 'in the code'\n",
    ".gitignore": "*.pyc\r\n",
    ".env.production": "DEBUG=False\n",
}


def make(folder: Path) -> None:
    for name, text in BEGINNING.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(0o600 if name.startswith(".env") else 0o640)


def tree(folder: Path) -> dict[str, tuple[bytes | None, int]]:
    """Every file and folder of the project with its mode, without Golive's own."""
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else None, path.stat().st_mode & 0o777)
        for path in sorted(folder.rglob("*"))
        if ".golive" not in path.relative_to(folder).parts
    }


class Run:
    """Two tasks, applied and kept in the state, and the second one undone: as the engine does it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(state.prepare(folder))
        found = detect(folder)
        self.applier = Applier(found, self.journal, lambda event: None, lambda minutes: "")

    def standing(self) -> list[Batch]:
        return [batch for batch in self.journal.batches() if not batch.undone]

    def recover(self) -> None:
        for batch in reversed(self.journal.batches()):
            if batch.interrupted:
                self.applier.undo(batch)

    def actions(self, task: int) -> tuple[Action, ...]:
        def edit(name: str, more: bytes, *, secret: bool = False) -> WriteFile:
            path = self.folder / name
            before = files.read(path)
            return WriteFile(path, before, (before or b"") + more, secret=secret)

        if task == 1:
            env = self.folder / ".env.production"
            return (
                edit("site_/settings.py", b"LOGGING = {}\n"),
                edit("site_/new/deep/file.py", b"x = 1\n"),
                edit(".env.staging", b"TOKEN=not-for-others\n", secret=True),
                GenerateSecrets(env, files.read(env), (), kept=(("DB_PASSWORD", "kept-as-given"),)),
                MakeDirectory(self.folder / "logs"),
            )
        return (
            edit(".gitignore", b"logs/\r\n"),
            edit("site_/settings.py", b"ALLOWED_HOSTS = []\n"),
            edit("Procfile", b"web: x\n"),
        )

    def go(self) -> None:
        self.recover()
        present = state.load(self.folder)
        for task in (1, 2):
            if not [batch for batch in self.standing() if batch.task == task]:
                self.applier.apply(task, self.actions(task))
            present.evidence[f"{task}.1"] = Evidence(f"{task}.1", Status.DONE, "file", "looked", "as planned", "now")
            present.save()
        for batch in self.standing():
            if batch.task == 2:
                self.applier.undo(batch)


def attempt(folder: Path, disk: Disk) -> int:
    """`go` in a process of its own, on *disk*; returns its exit status, negative for a signal."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = UNTOLD
    try:  # nothing may leave this process but by its exit code
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may have ignored both
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        run = Run(folder)
        disk.install()
        code = _gone(run)
        if disk.wide:
            code = WIDE
        if not disk.at:
            Path(f"{folder}.calls").write_text("\n".join(disk.names))
    finally:
        os._exit(code)


def _gone(run: Run) -> int:
    try:
        run.go()
    except GoliveError:
        with suppress(GoliveError):  # the disk may still be full; the next run takes it back
            run.recover()
        return TOLD
    except KeyboardInterrupt:  # as main() does
        return LEFT
    return 0


def check(folder: Path, status: int, fault: str, expected: dict[tuple[int, ...], object], last: object) -> str:
    """What is wrong after a run that met *fault*; empty for nothing."""
    if status in {UNTOLD, WIDE}:
        return "an error that tells nothing" if status == UNTOLD else "a secret was open to others"
    if fault in SIGNALS and status >= 0 and status != LEFT:
        return f"a signal was survived with {status}"
    if status == CUT:
        shutil.rmtree(folder)
        Path(f"{folder}.after").rename(folder)
    try:
        run = Run(folder)
        run.recover()
        stand = tuple(sorted(batch.task for batch in run.standing()))
        if tree(folder) != expected[stand]:
            return f"the journal says {stand}, the tree is another"
        run.go()
    except (GoliveError, OSError) as error:
        return f"the next run fails: {error}"
    return "" if tree(folder) == last else "the next run ends in another tree"


def main(step: int = 1) -> int:
    """Print what was tried, and each point that lost something; returns how many did."""
    began, lost, tried = time.monotonic(), [], Counter()
    with tempfile.TemporaryDirectory(prefix="golive-crash-") as base:
        fresh = Path(base) / "fresh"
        make(fresh)
        run = Run(fresh)  # makes .golive, as the first start did
        expected = {(): tree(fresh)}
        sample = Path(base) / "sample"
        for tasks in ((1,), (1, 2)):
            shutil.rmtree(sample, ignore_errors=True)
            shutil.copytree(fresh, sample)
            run = Run(sample)
            for task in tasks:
                run.applier.apply(task, run.actions(task))
            expected[tasks] = tree(sample)
        work = Path(base) / "work"
        shutil.copytree(fresh, work)
        if status := attempt(work, Disk(work)):
            sys.exit(f"the unbroken run ended with {status}")
        last, names = tree(work), Path(f"{work}.calls").read_text().split("\n")
        for point in range(1, len(names) + 1, step):
            for fault in FAULTS:
                if fault == "torn" and names[point - 1] != "write":
                    continue
                for each in (work, Path(f"{work}.after")):
                    shutil.rmtree(each, ignore_errors=True)
                shutil.copytree(fresh, work)
                status = attempt(work, Disk(work, point, fault))
                tried[fault] += 1
                if wrong := check(work, status, fault, expected, last):
                    lost.append(f"call {point} ({names[point - 1]}), {fault}: {wrong}")
    for line in lost:
        print(line)
    told = ", ".join(f"{fault} {count}" for fault, count in tried.items())
    took = time.monotonic() - began
    print(f"{len(names)} calls that write, {tried.total()} faults ({told}), {len(lost)} lost, {took:.0f} s")
    return min(len(lost), 1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
