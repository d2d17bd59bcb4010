"""How the cost grows with the project's Python files, the lines of its settings, and the length of the journal.

The cost is the time to open a project and to plan tasks 1 to 16, without child processes.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from tests.bench.growing import MODULE
from wizard.base import process
from wizard.checklist.answers import Answers
from wizard.editing import syntax
from wizard.engine.opening import open_engine
from wizard.engine.start_options import StartOptions
from wizard.state.journal import Journal, line

OPTION = "SHOP_OPTION_{number} = {{'name': 'option', 'values': [{number}, 2, 3]}}\n"
FILES, LINES, RECORDS = (10, 100, 500, 2000), (50, 500, 5000), (10, 1000, 10_000, 100_000)
ROUNDS = 3


def planned(project: Path) -> float:
    """Seconds to open *project* and to plan tasks 1 to 16, without child processes."""
    took = []
    for _ in range(ROUNDS):
        syntax.parsed.cache_clear()
        began, waited = time.perf_counter(), process.spent.seconds
        with open_engine(StartOptions(project), Answers({}), lambda event: None) as engine:
            for number in range(1, 17):
                engine.plan(engine.checklist.tasks[number])
            took.append((time.perf_counter() - began) - (process.spent.seconds - waited))
    return statistics.median(took)


def by_files(project: Path) -> dict[int, float]:
    """Seconds by the number of modules added to *project*."""
    folder = project / "warehouse"
    folder.mkdir()
    found = {}
    for count in FILES:
        for number in range(len(list(folder.glob("*.py"))), count):
            (folder / f"module_{number}.py").write_text(MODULE.format(number=number))
        subprocess.run(["git", "add", "--all"], cwd=project, check=True)
        found[count] = planned(project)
    shutil.rmtree(folder)
    return found


def by_lines(project: Path) -> dict[int, float]:
    """Seconds by the number of lines of *project*'s settings."""
    settings = project / "election_cart" / "settings.py"
    own = settings.read_text()
    found = {}
    for count in LINES:
        more = range(max(0, count - own.count("\n")))
        settings.write_text(own + "".join(OPTION.format(number=number) for number in more))
        found[count] = planned(project)
    settings.write_text(own)
    return found


def by_records(project: Path) -> dict[int, float]:
    """Seconds by the number of records in *project*'s journal."""
    journal = Journal(project / ".golive")
    path = project / ".golive" / "journal.jsonl"
    own = path.read_bytes()
    journal.append("spent", task=1, seconds=1.5)
    [record] = [json.loads(text) for text in path.read_bytes()[len(own) :].splitlines()]
    record.pop("mac")
    first = own.count(b"\n") + 1
    found = {}
    for count in RECORDS:
        path.write_bytes(own + b"".join(line(record, first + added) for added in range(count)))
        found[count] = planned(project)
    path.write_bytes(own)
    return found
