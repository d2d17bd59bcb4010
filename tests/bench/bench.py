"""What Golive itself costs, as ratios measured in one run: start-up against a bare Python, and its share of the work.

./dev bench            prints a table; exit code 1 when a figure is over its limit
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wizard.demo import make

BIN = Path(sys.executable).parent
ROUNDS = 15


def seconds(argv: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True)
    return time.perf_counter() - began


def ratio(argv: list[str], base: list[str]) -> float:
    """The median of *argv* over that of *base*, taken in turns so that the machine's moods hit both."""
    pairs = [(seconds(argv), seconds(base)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)


def run(project: Path, tasks: str = "1-10") -> tuple[float, dict[str, float]]:
    """One `golive --auto`: its wall time, and the last event."""
    began = time.perf_counter()
    argv = [str(BIN / "golive"), "--auto", "--only", tasks, "--json", str(project)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    wall = time.perf_counter() - began
    last = json.loads(done.stdout.splitlines()[-1])
    if last["event"] != "RunFinished" or last["failed"]:
        sys.exit(f"the run failed:\n{done.stderr}{done.stdout[-2000:]}")
    return wall, last


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        project = make(Path(folder) / "shop")
        first, told = run(project)
        again, _ = run(project)
        rehearsal, whole = run(project, "11-24")
        bare = [sys.executable, "-c", "import argparse"]
        golive = str(BIN / "golive")
        figures = [
            ("golive --version / python -c 'import argparse'", ratio([golive, "--version"], bare), 2.0),
            ("golive status / the same", ratio([golive, "status", "--project", str(project)], bare), 4.0),
            ("tasks 1-10: share of the wall time outside children", 1 - told["children"] / first, 0.15),
            ("tasks 1-10: starts of the project's interpreter", told["interpreters"], 12),
            ("second run / first run", again / first, 0.25),
            ("tasks 11-24: share of the wall time outside children", 1 - whole["children"] / rehearsal, 0.30),
            ("all 24 tasks: minutes after the installs", (first + rehearsal) / 60, 4),
            ("tasks 11-24: peak memory of Golive itself, MB", whole["peak_mb"], 200),
        ]
    print(f"tasks 1-10 took {first:.1f} s, of which {told['children']:.1f} s in child processes")
    for name, value, limit in figures:
        print(f"{'ok  ' if value <= limit else 'OVER'} {value:6.2f}  (at most {limit:g})  {name}")
    return int(any(value > limit for _, value, limit in figures))


if __name__ == "__main__":
    sys.exit(main())
