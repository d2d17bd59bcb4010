"""How the cost of each step grows with the project: processor time of Golive, and of its children, from whole runs.

`./dev bench growth` runs tasks 1 to 10 on each project of `growing.KINDS`, and with `plans` it only plans. It draws
docs/pictures/growth.svg and writes the table in docs/explanation/performance.md. Clocks of a busy machine differ by a
factor of two, and processor time hardly. The processes of PostgreSQL are not counted, since they don't end as children
of Golive.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import psutil

from tests.bench import page, plot
from tests.bench.growing import KINDS, Kind, start
from wizard.checklist.answers import Answers
from wizard.engine.opening import open_engine
from wizard.engine.start_options import StartOptions
from wizard.project.trust import trust

GOLIVE = Path(sys.executable).parent / "golive"
TASKS, PLANNED = "1-10", range(1, 17)
NOISE, NOISE_SHARE = 0.25, 0.1
"""By how much two measurements of the same step may differ: in seconds, and as a share of the cost."""
LINEAR = 1.15
"""The largest exponent that counts as linear."""
PICTURE = page.PAGE.parents[1] / "pictures" / "growth.svg"


@dataclass(frozen=True)
class Cost:
    """Processor time in seconds."""

    golive: float = 0.0
    children: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.golive + other.golive, self.children + other.children)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(max(0.0, self.golive - other.golive), max(0.0, self.children - other.children))

    @property
    def total(self) -> float:
        return self.golive + self.children


Steps = dict[str, Cost]
"""The cost of each step by its name, such as `7 verify`."""
Measure = Callable[[Kind, int, Path, Path], Steps]
Growth = dict[str, dict[int, Steps]]
"""The cost of each step by what grows, such as `files`, and by its sizes."""


def spent(golive: psutil.Process) -> Cost:
    """The processor time of the process and of its children so far, those that have ended included."""
    own = golive.cpu_times()
    children = own.children_user + own.children_system
    for child in golive.children(recursive=True):
        try:
            children += sum(child.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return Cost(own.user + own.system, children)


def run(project: Path, tasks: str) -> Steps:
    """Run `golive --auto` for *tasks* without the project's tests. Exits if it fails."""
    argv = [str(GOLIVE), "--auto", "--only", tasks, "--json", str(project)]
    environment = {**os.environ, "GOLIVE_TESTS": "no"}
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None and child.stderr is not None
    golive, steps, step, before, last = psutil.Process(child.pid), Steps(), "open", Cost(), {}
    for line in child.stdout:
        last = json.loads(line)
        if (event := last["event"]) not in {"TaskStarted", "Verifying", "TaskFinished"}:
            continue
        now = spent(golive)
        steps[step] = steps.get(step, Cost()) + (now - before)
        before = now
        number = last["task"]["number"] if event == "TaskStarted" else step.partition(" ")[0]
        step = f"{number} {'plan' if event == 'TaskStarted' else 'verify'}"
    if child.wait() or last.get("failed"):
        sys.exit(f"the run failed:\n{child.stderr.read()[-2000:]}{last}")
    return steps


def prepared(folder: Path) -> Path:
    """A small project in the new *folder*, with an environment of its own."""
    start(folder)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    install = [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
    subprocess.run([*install, folder / "requirements.txt"], check=True)
    return folder


def plan(kind: Kind, count: int, sample: Path, folder: Path) -> Steps:
    """The cost of opening a project in the new *folder*, with *count* of *kind* added, and of planning each task.

    It is planned with the environment of *sample*.
    """
    start(folder)
    kind.grow(folder, count)
    trust(folder)  # this module wrote it
    own, steps = psutil.Process(), Steps()
    before = spent(own)
    with open_engine(
        StartOptions(folder, python=str(sample / "venv/bin/python")), Answers({}), lambda event: None
    ) as engine:
        engine.project.inspect_settings()
        for number in PLANNED:
            steps["open" if number == PLANNED[0] else f"{number - 1} plan"] = spent(own) - before
            before = spent(own)
            engine.plan(engine.checklist.tasks[number])
        steps[f"{PLANNED[-1]} plan"] = spent(own) - before
    shutil.rmtree(folder)
    return steps


def measure(kind: Kind, count: int, sample: Path, folder: Path) -> Steps:
    """The cost of each step of a run on a copy of *sample* in the new *folder*, with *count* of *kind* added."""
    shutil.copytree(sample, folder, symlinks=True)
    kind.grow(folder, count)
    trust(folder)  # this module wrote it
    steps = run(folder, TASKS)
    shutil.rmtree(folder)
    return steps


def measure_all(folder: Path, measured: Measure) -> Growth:
    """The costs of each kind at each of its sizes. Prints a line for each."""
    sample, found = prepared(folder / "sample"), Growth()
    measured(KINDS[0], 1, sample, folder / "first")  # what is compiled and imported once
    for kind in KINDS:
        for count in kind.sizes:
            steps = measured(kind, count, sample, folder / f"{kind.name}-{count}")
            found.setdefault(kind.title, {})[count] = steps
            cost = total(steps)
            print(
                f"{count:>6,} {kind.title:13} Golive {cost.golive:6.1f} s, children {cost.children:6.1f} s", flush=True
            )
    return found


def total(steps: Steps) -> Cost:
    return sum(steps.values(), Cost())


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The exponent of the growth from the second largest size to the largest one: 1 is linear, 2 is quadratic.

    The cost at the smallest size is fixed cost, and is taken off. Differences that may be noise count as this noise.
    """
    (first, fixed), *_, (size, less), (largest, most) = points
    noise = max(NOISE, NOISE_SHARE * fixed)
    grown = max(most - fixed, noise) / max(less - fixed, noise)
    return math.log(grown) / math.log((largest - first) / (size - first))


def steepest(sizes: Mapping[int, Steps]) -> tuple[float, str]:
    """The largest exponent of a step, and its name. Costs of Golive and of its children count apart."""
    names = dict.fromkeys(name for steps in sizes.values() for name in steps)
    return max(
        (exponent([(count, part(steps.get(name, Cost()))) for count, steps in sizes.items()]), name)
        for name in names
        for part in (attrgetter("golive"), attrgetter("children"))
    )


def draw(found: Growth, what: str) -> str:
    """The picture of the growth as SVG. Its title says whether a step grows faster than linear."""
    most, step, kind = max((*steepest(sizes), kind) for kind, sizes in found.items())
    title = "No step grows faster than the project"
    if most > LINEAR:
        title = f"Step {step} grows faster than the number of {kind}"
    series = {kind: [(count, total(steps).total) for count, steps in sizes.items()] for kind, sizes in found.items()}
    return plot.lines(
        series,
        title=title,
        about=f"Processor time of Golive and its child processes together, {what}",
        x="how many of them were added to a small project",
        y="seconds",
        guide="proportional",
    )


def main(*, plans: bool) -> int:
    """Measure, draw and write; with *plans*, only what plans cost. Returns 1 if a step grows faster than linear."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = str(Path(folder) / "config")
        found = measure_all(Path(folder), plan if plans else measure)
    return write(found, "to plan tasks 1 to 16" if plans else "for tasks 1 to 10")


def write(found: Growth, what: str) -> int:
    """Write the picture and the table of the cost of *what*. Returns 1 if a step grows faster than linear."""
    PICTURE.write_text(draw(found, what))
    rows = []
    for kind, sizes in found.items():
        costs, (most, step) = [total(steps) for steps in sizes.values()], steepest(sizes)
        own, children = (" · ".join(f"{value:.1f}" for value in values) for values in (
            [cost.golive for cost in costs], [cost.children for cost in costs]))  # fmt: skip
        whole = exponent([(count, total(steps).total) for count, steps in sizes.items()])
        numbers = " · ".join(f"{count:,}" for count in sizes)
        rows.append(f"| {kind} | {numbers} | {own} | {children} | {whole:.2f} | {most:.2f} (task {step}) |")
    page.write_growth(what, rows)
    print("\n".join(rows))
    return int(any(steepest(sizes)[0] > LINEAR for sizes in found.values()))
