"""Benchmarks: the cost of Golive itself, each figure as a ratio to a reference measured in the same run.

./dev bench            print the table and write it to docs/explanation/performance.md with the machine's details;
                       exit with 1 if a figure exceeds its limit
./dev bench loads      print how often a run loads the project, and what for
./dev bench matrix     print a line for each project of the matrix: its times, and the lines changed
./dev bench growth     run tasks 1 to 10 on projects of several sizes; draw docs/pictures/growth.svg, write its table,
                       and exit with 1 if a step grows faster than linear. With `plans`, only plan, which takes a minute
"""

from __future__ import annotations

import difflib
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import black
import pytest

from tests.bench import growth, loads, page, screens, step_costs
from tests.bench.memory import ChildrenPeak
from tests.bench.page import Figure
from tests.end_to_end.building import make_project, tree
from tests.end_to_end.project_matrix import EXPECTED
from wizard.base import files, process
from wizard.checklist.answers import Answers
from wizard.cli.commands.demo import create_demo
from wizard.cli.main import GC_THRESHOLDS
from wizard.editing.syntax import parsed
from wizard.engine.opening import open_engine
from wizard.engine.start_options import StartOptions
from wizard.state.journal import Journal

BIN = Path(sys.executable).parent
ROUNDS = 15
TEXT = {"", ".py", ".html", ".txt", ".toml", ".cfg", ".yml", ".md", ".production"}


def seconds(argv: list[str], cwd: Path | None = None) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True, cwd=cwd)
    return time.perf_counter() - began


def median_ratio(one: Callable[[], float], other: Callable[[], float], rounds: int = ROUNDS) -> float:
    """Return the median of *one* divided by that of *other*. They alternate, so that other load affects both."""
    pairs = [(one(), other()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)


def run(project: Path, tasks: str = "1-10") -> tuple[float, dict[str, float]]:
    """Run `golive --auto`. Returns its wall time and the last event."""
    began = time.perf_counter()
    argv = [str(BIN / "golive"), "--auto", "--only", tasks, "--json", str(project)]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with ChildrenPeak(child.pid) as peak:
        output, _ = child.communicate()
    wall = time.perf_counter() - began
    last = json.loads(output.splitlines()[-1])
    if last["event"] != "RunFinished" or last["failed"]:
        sys.exit(f"the run failed:\n{output[-4000:]}")
    print(f"tasks {tasks}: Golive took {last['peak_mb']:.0f} MB at most, and its child processes together "
          f"{peak.megabytes:.0f} MB ({peak.processes} of them)")  # fmt: skip
    return wall, {**last, "children_mb": peak.megabytes}


def planning(project: Path) -> float:
    """Return the ratio of planning tasks 1 to 16 (500 lines of settings, no child processes) to Black's formatting."""
    settings = project / "election_cart" / "settings.py"
    own = settings.read_text()
    settings.write_text(own + "".join(growth.OPTION.format(number=n) for n in range(500 - own.count("\n"))))
    took, layout = [], []
    with open_engine(StartOptions(project), Answers({}), lambda event: None) as engine:
        tasks = [engine.checklist.tasks[number] for number in range(1, 17)]
        for turn in range(4):
            engine.project.refresh()
            parsed.cache_clear()
            engine.project.inspect_settings()
            began, waited = time.perf_counter(), process.spent.seconds
            for task in tasks:
                engine.plan(task)
            took.append((time.perf_counter() - began) - (process.spent.seconds - waited))
            began = time.perf_counter()
            black.format_str(settings.read_text(), mode=black.Mode(line_length=100 + turn))
            layout.append(time.perf_counter() - began)
    return statistics.median(took[1:]) / statistics.median(layout[1:])  # the first turn imports the steps


def writing(folder: Path) -> float:
    """Return the ratio of replacing a file as Golive does to a plain write with fsync."""
    content, path = b"SETTING = 1\n" * 500, folder / "settings.py"
    path.write_bytes(content)

    def with_golive() -> float:
        began = time.perf_counter()
        files.write(path, content)
        return time.perf_counter() - began

    def bare() -> float:
        began = time.perf_counter()
        with path.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return time.perf_counter() - began

    return median_ratio(with_golive, bare, 50)


def journaling(folder: Path) -> float:
    """Return the ratio of appending a journal record to appending the same bytes to a file with fsync."""
    journal = Journal(folder)
    journal.append("spent", task=1, seconds=1.5)
    line = journal.path.read_bytes()
    other = (folder / "other").open("ab")

    def with_golive() -> float:
        began = time.perf_counter()
        journal.append("spent", task=1, seconds=1.5)
        return time.perf_counter() - began

    def bare() -> float:
        began = time.perf_counter()
        other.write(line)
        other.flush()
        os.fsync(other.fileno())
        return time.perf_counter() - began

    with other:
        return median_ratio(with_golive, bare, 100)


def matrix() -> None:
    """Print a line for each project of the matrix: its times, and the lines added and removed."""
    print("\nproject           wall s  children s  golive s  golive %  starts  lines +  lines -")
    for expected in EXPECTED:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder) / "project"
            try:
                make_project(expected, project)
            except pytest.skip.Exception as skipped:
                print(f"{expected.name:16}  skipped: {skipped}")
                continue
            before = tree(project)
            wall, end = run(project)
            after = tree(project)
        own = wall - end["children"]
        added, removed = changed_lines(before, after)
        print(
            f"{expected.name:16} {wall:7.1f} {end['children']:11.1f} {own:9.1f} {own / wall:9.0%} "
            f"{end['interpreters']:7} {added:8} {removed:8}"
        )


def changed_lines(before: dict[Path, bytes], after: dict[Path, bytes]) -> tuple[int, int]:
    """Count the lines added and removed in the project's own text files, without collected static files."""
    added = removed = 0
    for path in before.keys() | after.keys():
        if path.suffix not in TEXT or {"admin", "logs"} & set(path.parts):
            continue
        old, new = (each.get(path, b"").decode("utf-8", "replace").splitlines() for each in (before, after))
        for line in difflib.unified_diff(old, new, n=0, lineterm=""):
            added += line.startswith("+") and not line.startswith("+++")
            removed += line.startswith("-") and not line.startswith("---")
    return added, removed


def figures(folder: Path) -> list[Figure]:
    project, long = create_demo(folder / "shop"), create_demo(folder / "long")
    first, end = run(project)
    repeated, _ = run(project)
    rehearsal, end_11_24 = run(project, "11-24")
    golive, bare = str(BIN / "golive"), [sys.executable, "-c", "import argparse"]
    version = [golive, "--version"]
    status = [golive, "status", "--project", str(project)]
    check = [golive, "check", "--project", str(project)]
    quiet, flood, worst = screens.keys(project)
    by_files, by_lines, by_records = growth.by_files(long), growth.by_lines(long), growth.by_records(long)
    argparse = "`python -c 'import argparse'`"

    def grown(what: str, measured: dict[int, float], limit: float) -> list[Figure]:
        least, most = min(measured), max(measured)
        measurements = "; ".join(f"{count:,}: {took:.2f} s" for count, took in measured.items())
        against = f"the same with {least:,} ({measurements})"
        return [Figure(what.format(f"{most:,}"), against, measured[most] / measured[least], limit)]

    return [
        Figure("`golive --version`", argparse, median_ratio(lambda: seconds(version), lambda: seconds(bare)), 2),
        Figure("`golive status`", argparse, median_ratio(lambda: seconds(status), lambda: seconds(bare)), 4),
        Figure("first paint of the guided session", "that of an empty Textual app", screens.first_paint(project), 1.3),
        Figure("a key press during 50,000 lines a second, worst of 30", "50 ms", worst / 0.050, 1),
        Figure("the same, median", "the key press without output, median", flood / quiet, 2),
        Figure("a dialog during that output", "the dialog without output", screens.dialog_in_a_flood(project), 1.5),
        Figure("tasks 1-10 outside of child processes", "their wall time", 1 - end["children"] / first, 0.15),
        Figure("tasks 11-24 outside of child processes", "their wall time", 1 - end_11_24["children"] / rehearsal, 0.3),
        Figure("starts of the project's interpreter, tasks 1-10", "the tasks", end["interpreters"] / 10, 1.2),
        Figure("tasks 1-10 again on the unchanged project", "the first run", repeated / first, 0.25),
        Figure("`golive check` on the finished project", "all 24 tasks", seconds(check) / (first + rehearsal), 0.7),
        Figure("all 24 tasks after the installs", "4 minutes", (first + rehearsal) / 240, 1),
        Figure("peak memory of Golive in tasks 11-24", "150 MB", end_11_24["peak_mb"] / 150, 1),
        Figure("peak memory of all its child processes together", "500 MB", end_11_24["children_mb"] / 500, 1),
        Figure("all plans of tasks 1-16, 500 lines of settings", "Black's layout of those lines", planning(long), 1),
        Figure("a file replaced: backup-safe, atomic, synced", "a bare write, synced", writing(folder), 6),
        Figure("a record of the journal", "the same bytes appended, synced", journaling(folder), 2),
        *grown("opening and planning with {} Python files more", by_files, 20),
        *grown("opening and planning with {} lines of settings", by_lines, 20),
        *grown("opening and planning with {} records in the journal", by_records, 50),
    ]  # fmt: skip


def main() -> int:
    if "matrix" in sys.argv[1:]:
        matrix()
        return 0
    if "loads" in sys.argv[1:]:
        return loads.main()
    if "growth" in sys.argv[1:]:
        return step_costs.main(plans="plans" in sys.argv[1:])
    gc.set_threshold(*GC_THRESHOLDS)
    with tempfile.TemporaryDirectory() as folder:
        # The key that signs the state, and the trust, must be the same for the runs and the sessions that are measured.
        os.environ["XDG_CONFIG_HOME"] = str(Path(folder) / "config")
        results = figures(Path(folder))
    for each in results:
        line = f"{each.value:6.2f}  (at most {each.limit:g})  {each.what} / {each.against}"
        print("ok  " if each.good else "OVER", line)
    page.write(results)
    return int(not all(each.good for each in results))


if __name__ == "__main__":
    sys.exit(main())
