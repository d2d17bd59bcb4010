"""`./dev soak [MINUTES [GIGABYTES]]`: test long use for growing memory, open files, processes and state.

Runs `golive check` every five seconds for MINUTES (default: 30), then a guided session until its log has GIGABYTES
(default: 1).
"""

from __future__ import annotations

import json
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.cli_runner import GOLIVE, golive
from tests.conftest import SAMPLE, in_git
from wizard.base.process import MARK

EVERY = 5.0
LINE = 80
"""Approximate bytes of one line of output."""
ALLOWED = 1.25
"""Limit for the last quarter of the measurements, relative to the second one."""


def project(folder: Path) -> tuple[Path, str]:
    """Make the sample with its own environment and run day one. Returns its folder and interpreter."""
    shutil.copytree(SAMPLE, folder / "shop")
    in_git(folder / "shop")
    venv = folder / "shop" / "backend" / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = str(venv / "bin/python")
    requirements = SAMPLE / "backend" / "requirements.txt"
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True, stderr=subprocess.DEVNULL)
    backend = folder / "shop" / "backend"
    golive("--auto", "--only", "1-10", backend, python=python).check_returncode()
    return backend, python


def watched(child: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Wait for *child* to end. Returns its maximum of megabytes and open files."""
    memory, files = 0.0, 0
    process = psutil.Process(child.pid)
    while child.poll() is None:
        try:
            memory = max(memory, process.memory_info().rss / 2**20)
            files = max(files, process.num_fds())
        except psutil.Error:
            break
        time.sleep(0.05)
    child.wait()
    return memory, files


def left_over(backend: Path) -> int:
    found = 0
    for each in psutil.process_iter():
        try:
            found += each.environ().get(MARK) == str(backend)
        except psutil.Error:
            continue
    return found


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def quarters(figures: list[float]) -> tuple[float, float]:
    """The medians of the second and the last quarter. The first quarter is warm-up."""
    quarter = max(1, len(figures) // 4)
    return statistics.median(figures[quarter : 2 * quarter] or figures), statistics.median(figures[-quarter:])


def checks(backend: Path, python: str, minutes: float) -> dict[str, object]:
    memory, files, codes, temporary = [], [], [], len(list(Path(tempfile.gettempdir()).iterdir()))
    size, end = size_of(backend / ".golive"), time.monotonic() + minutes * 60
    while time.monotonic() < end:
        began = time.monotonic()
        command = [*GOLIVE, "check", "--python", python, "--project", str(backend)]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most, open_files = watched(child)
        memory.append(most)
        files.append(float(open_files))
        codes.append(child.returncode)
        time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    return {
        "checks": len(codes), "failed": sum(map(bool, codes)), "megabytes": quarters(memory), "files": quarters(files),
        "left over": left_over(backend), "state grew by bytes": size_of(backend / ".golive") - size,
        "temporary files more": len(list(Path(tempfile.gettempdir()).iterdir())) - temporary,
    }  # fmt: skip


def flood(backend: Path, gigabytes: float) -> dict[str, object]:
    """Run a guided session with much output in a terminal that is read at full speed."""
    master, slave = pty.openpty()
    lines = int(gigabytes * 2**30 / LINE)
    command = [sys.executable, "-m", "tests.bench.screens", str(backend), "50000"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
    os.close(slave)

    def drain() -> None:
        try:
            while os.read(master, 1 << 16):
                pass
        except OSError:
            return

    threading.Thread(target=drain, daemon=True).start()
    process, memory, files = psutil.Process(child.pid), [], []
    runs = backend / ".golive" / "runs"
    written, last, began = 0, 0, time.monotonic()
    while written < lines * LINE and child.poll() is None and (written or time.monotonic() < began + 120):
        time.sleep(1)
        memory.append(process.memory_info().rss / 2**20)
        files.append(float(process.num_fds()))
        now = sum(path.stat().st_size for path in runs.glob("session-*.log"))
        written += now - last if now >= last else now  # the log was rotated
        last = now
    died = child.poll()
    child.kill()
    child.wait()
    os.close(master)
    return {
        "bytes logged": written, "ended by itself": died, "megabytes": quarters(memory), "files": quarters(files),
        "log on disk": sum(path.stat().st_size for path in runs.glob("session-*.log")), "left over": left_over(backend),
    }  # fmt: skip


def flat(figures: dict[str, object]) -> bool:
    return all(last <= before * ALLOWED for before, last in (figures["megabytes"], figures["files"]))  # type: ignore[misc,attr-defined]


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    gigabytes = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    with tempfile.TemporaryDirectory(prefix="golive-soak-") as folder:
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        from wizard.project.trust import trust

        trust(Path(folder))
        backend, python = project(Path(folder))
        good = True
        for name, figures in (
            ("checks", lambda: checks(backend, python, minutes)),
            ("flood", lambda: flood(backend, gigabytes)),
        ):
            result = figures()
            good = good and flat(result) and not result["left over"] and not result.get("failed")
            sys.stdout.write(f"{name}: {json.dumps(result)}\n")
            sys.stdout.flush()
    sys.stdout.write("flat\n" if good else "not flat\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
