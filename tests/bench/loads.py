"""How often a run loads the project, and what for. The project's own settings count, so the numbers are exact.

./dev bench loads      print the loads of a whole run by purpose and by task, for the sample and for a project whose
                       settings and apps take seconds to import
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import plot
from wizard.cli.commands.demo import create_demo

GROUPS = {
    "1-5": (0, 5), "7-16": (6, 16), "17": (17, 17), "18": (18, 18), "19": (19, 19), "20": (20, 20), "21-22": (21, 22),
    "23": (23, 23), "24": (24, 24),
}  # fmt: skip
"""Tasks that are changed together share their loads."""
BEFORE = {"1-5": 43, "7-16": 48, "17": 12, "18": 3, "19": 5, "20": 9, "21-22": 1, "23": 15, "24": 2}
"""The loads of the sample before copies of a loaded process, kept looks and joint changes, on 27 November 2026."""
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "loads.svg"
LIMIT = 40
"""The most loads of a whole run on the sample, with two runs of its own tests."""
DEPLOYMENTS = 3
SECONDS = 2.0
"""How long the settings, and one app, of the slow project take to import."""
COUNTER = """

def _count_this_load():
    import json, os, sys, time
    frame, asked = sys._getframe(1), {{}}
    while frame is not None:  # the agent of Golive knows which question it answers
        if frame.f_code.co_name == "respond" and "request" in frame.f_locals:
            asked = frame.f_locals["request"]
            break
        frame = frame.f_back
    row = {{
        "time": time.time(), "program": [os.path.basename(sys.argv[0]), *sys.argv[1:2]], "parent": os.getppid(),
        "op": asked.get("op", ""), "only": asked.get("only") or "", "top": asked.get("top", ""), "cwd": os.getcwd(),
    }}
    with open({log!r}, "a") as file:
        file.write(json.dumps(row) + "\\n")


_count_this_load()
"""


@dataclass
class Loads:
    """The loads of one run.

    Arguments:
        rows: one for each load, as the counter wrote it, with its `purpose` and `task`.
        seconds: wall time by task.
        last: the last event of the run.
    """

    rows: list[dict[str, Any]]
    seconds: dict[int, float] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)

    @property
    def by_purpose(self) -> Counter[str]:
        return Counter(row["purpose"] for row in self.rows)

    @property
    def by_task(self) -> Counter[int]:
        return Counter(row["task"] for row in self.rows)

    @property
    def deployments(self) -> int:
        """How many times the files were deployed: each has a folder, and runs its commands once."""
        migrated = sum(row["purpose"] == "deployment: migrate" for row in self.rows)
        beside = {row["cwd"] for row in self.rows if "deployed-beside" in row["cwd"]}
        return migrated + len(beside)


def purpose(row: dict[str, Any]) -> str:
    """The purpose of the load of *row*."""
    program, cwd = row["program"], row["cwd"]
    deployed = ".work/deployed" in cwd
    if row["op"] == "inspect" and not row["only"]:
        return "look at production"
    if row["op"] == "inspect":
        return "settings of production" if "/copies/" in cwd else "settings of this machine"
    if row["op"]:
        return f"question: {row['op']}"
    if program[0] == "manage.py":
        own = "own tests" if "own-tests" in cwd else f"command: {' '.join(program[1:])}"
        commands = ("migrate", "collectstatic")
        return f"deployment: {program[1]}" if deployed and program[1] in commands else own
    return "deployment: worker" if deployed else "server of a check"


def add_counter(settings: Path, log: Path) -> None:
    """Let the settings in the file *settings* count their loads in *log*."""
    settings.write_text(settings.read_text() + COUNTER.format(log=str(log)))


def read(log: Path, started: list[tuple[float, int]]) -> Loads:
    """The loads that *log* counts. *started* are the tasks by the time of their start."""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    for row in rows:
        row["purpose"] = purpose(row)
        row["task"] = next((number for began, number in reversed(started) if began <= row["time"]), 0)
    return Loads(rows)


def run(project: Path, log: Path, *arguments: str) -> Loads:
    """Run `golive --auto --json` on *project*, whose settings count in *log*."""
    log.write_bytes(b"")
    argv = [sys.executable, "-m", "wizard", "--auto", "--json", *arguments, str(project)]
    started, ended, last = [], {}, {}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            last = json.loads(line)
            if last["event"] == "TaskStarted":
                started.append((time.time(), last["task"]["number"]))
            elif last["event"] == "TaskFinished":
                ended[last["task"]["number"]] = time.time()
    found = read(log, started)
    found.seconds = {number: round(ended.get(number, began) - began, 1) for began, number in started}
    found.last = last
    return found


def slow_project(folder: Path) -> Path:
    """The sample whose settings, and one of whose apps, take some seconds to import."""
    project = create_demo(folder)
    [settings] = project.rglob("election_cart/settings.py")
    settings.write_text(f"import time\ntime.sleep({SECONDS})\n" + settings.read_text())
    models = settings.parent.parent / "products" / "models.py"
    models.write_text(f"import time\ntime.sleep({SECONDS})\n" + models.read_text())
    return project


def lines(title: str, found: Loads) -> Iterator[str]:
    """The report on *found*."""
    wall, last = sum(found.seconds.values()), found.last
    yield f"{title}: {len(found.rows)} loads, {found.deployments} deployments"
    starts, children = last["interpreters"], last["children"]
    yield f"  {starts} starts of interpreters, {wall:.0f} s, of which {children:.0f} s in children"
    yield f"  peak memory of Golive: {last['peak_mb']:.0f} MB"
    yield "  by purpose: " + ", ".join(f"{name} {count}" for name, count in found.by_purpose.most_common())
    yield "  by task: " + ", ".join(f"{number}: {count}" for number, count in sorted(found.by_task.items()))
    longest = sorted(found.seconds.items(), key=lambda item: -item[1])[:8]
    yield "  the longest tasks: " + ", ".join(f"{number}: {seconds:.1f} s" for number, seconds in longest)


def picture(found: Loads) -> str:
    """The loads of the sample by group of tasks, before and after, as SVG."""
    counts = {
        name: sum(count for task, count in found.by_task.items() if first <= task <= last)
        for name, (first, last) in GROUPS.items()
    }
    return plot.bars(
        [(f"tasks {name}" if "-" in name else f"task {name}", BEFORE[name], counts[name]) for name in GROUPS],
        title=f"A whole run loads the project {sum(counts.values())} times, not {sum(BEFORE.values())}",
        about="Loads of the sample's settings, counted in the settings, in one run of all 24 tasks",
        before="before", after="now",
    )  # fmt: skip


def main() -> int:
    """Print the loads of both projects. Returns 1 if the sample needs more than its limit."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        os.environ["XDG_CONFIG_HOME"] = str(place / "config")
        good = True
        for title, project in (("sample", create_demo(place / "shop")), ("slow imports", slow_project(place / "slow"))):
            [settings] = project.rglob("election_cart/settings.py")
            add_counter(settings, place / "loads")
            subprocess.run(["git", "commit", "--quiet", "--all", "-m", "count"], cwd=project, check=True)
            found = run(project, place / "loads")
            print("\n".join(lines(title, found)))
            good &= len(found.rows) <= LIMIT and found.deployments <= DEPLOYMENTS
            if title == "sample":
                PICTURE.write_text(picture(found), encoding="utf-8")
    return int(not good)
