"""What Golive itself costs, as ratios measured in one run: start-up against a bare Python, and its share of the work.

./dev bench            prints a table, then a line for each project of the matrix; exit code 1 when a figure is over
                       its limit
./dev bench sample     the table alone
"""

from __future__ import annotations

import difflib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.bench import screens
from tests.test_matrix import EXPECTED, made, tree
from wizard import process
from wizard.answers import Answers
from wizard.demo import make
from wizard.edit.source import parsed
from wizard.session import opened
from wizard.start import Start

BIN = Path(sys.executable).parent
ROUNDS = 15
TEXT = {"", ".py", ".html", ".txt", ".toml", ".cfg", ".yml", ".md", ".production"}


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


def planning(project: Path) -> float:
    """Milliseconds that all plans of tasks 1 to 16 take on 500 lines of settings, without what children take."""
    settings = project / "election_cart" / "settings.py"
    lines = settings.read_text().splitlines()
    padding = [f"SHOP_OPTION_{number} = {{'name': 'option', 'values': [{number}, 2, 3]}}" for number in range(500)]
    settings.write_text("\n".join([*lines, *padding[: max(0, 500 - len(lines))]]) + "\n")
    import black  # noqa: F401 - after import, as the figure says

    with opened(Start(project), Answers({}), lambda event: None) as engine:
        engine.project.look()
        tasks = [engine.checklist.tasks[number] for number in range(1, 17)]
        for task in tasks:
            engine.plan(task)  # imports the step, and asks the interpreter what it will not be asked again
        engine.project.refresh()
        parsed.cache_clear()
        engine.project.look()
        began, waited = time.perf_counter(), process.spent.seconds
        for task in tasks:
            engine.plan(task)
        return ((time.perf_counter() - began) - (process.spent.seconds - waited)) * 1000


def matrix() -> None:
    """A line for each project of the matrix: where the time goes, and how much is changed."""
    print("\nproject           wall s  children s  golive s  golive %  starts  lines +  lines -")
    for expected in EXPECTED:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder) / "project"
            try:
                made(expected, project)
            except pytest.skip.Exception as skipped:
                print(f"{expected.name:16}  skipped: {skipped}")
                continue
            before = tree(project)
            wall, told = run(project)
            after = tree(project)
        own = wall - told["children"]
        added, removed = changed_lines(before, after)
        print(
            f"{expected.name:16} {wall:7.1f} {told['children']:11.1f} {own:9.1f} {own / wall:9.0%} "
            f"{told['interpreters']:7} {added:8} {removed:8}"
        )


def changed_lines(before: dict[Path, bytes], after: dict[Path, bytes]) -> tuple[int, int]:
    """Lines added and removed in the project's own text; what was collected from packages is none of it."""
    added = removed = 0
    for path in before.keys() | after.keys():
        if path.suffix not in TEXT or {"admin", "logs"} & set(path.parts):
            continue
        old, new = (each.get(path, b"").decode("utf-8", "replace").splitlines() for each in (before, after))
        for line in difflib.unified_diff(old, new, n=0, lineterm=""):
            added += line.startswith("+") and not line.startswith("+++")
            removed += line.startswith("-") and not line.startswith("---")
    return added, removed


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        project = make(Path(folder) / "shop")
        first, told = run(project)
        again, _ = run(project)
        rehearsal, whole = run(project, "11-24")
        bare = [sys.executable, "-c", "import argparse"]
        golive = str(BIN / "golive")
        most, worst = screens.keys_in_a_flood(project)
        planned = planning(make(Path(folder) / "long"))
        figures = [
            ("golive --version / python -c 'import argparse'", ratio([golive, "--version"], bare), 2.0),
            ("golive status / the same", ratio([golive, "status", "--project", str(project)], bare), 4.0),
            ("first paint / an empty Textual app's", screens.first_paint(project), 1.3),
            ("a key while 50,000 lines a second come: ms until it shows, 19 of 20", most, 50),
            ("the same, the worst of 30", worst, 75),
            ("a dialog in that flood / in quiet", screens.dialog_in_a_flood(project), 1.5),
            ("tasks 1-10: share of the wall time outside children", 1 - told["children"] / first, 0.15),
            ("tasks 1-10: starts of the project's interpreter", told["interpreters"], 12),
            ("all plans of tasks 1-16 on 500 lines of settings, ms without children", planned, 150),
            ("second run / first run", again / first, 0.25),
            ("tasks 11-24: share of the wall time outside children", 1 - whole["children"] / rehearsal, 0.30),
            ("all 24 tasks: minutes after the installs", (first + rehearsal) / 60, 4),
            ("tasks 11-24: peak memory of Golive itself, MB", whole["peak_mb"], 200),
        ]
    print(f"tasks 1-10 took {first:.1f} s, of which {told['children']:.1f} s in child processes")
    for name, value, limit in figures:
        print(f"{'ok  ' if value <= limit else 'OVER'} {value:6.2f}  (at most {limit:g})  {name}")
    if "sample" not in sys.argv[1:]:
        matrix()
    return int(any(value > limit for _, value, limit in figures))


if __name__ == "__main__":
    sys.exit(main())
