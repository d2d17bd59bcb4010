"""Plant every failure of the table into a finished sample, and print the first line of Golive's report."""

from __future__ import annotations

import os
import queue
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from fnmatch import fnmatch
from pathlib import Path

from tests.faults.failure import Failure, Report, collect, planted
from tests.faults.sample import Sample, finished

ENOUGH = 95
"""The percentage of failures whose cause must be right."""
SAMPLES = "GOLIVE_FAULTS_SAMPLES"
"""The variable with a folder in which the finished samples are kept for other runs."""
WORKERS = 2


def run_all(failures: Sequence[Failure], folder: Path, workers: int = WORKERS) -> Iterator[Report]:
    """The reports as they come. Each worker has a sample of its own."""
    free: queue.Queue[Sample] = queue.Queue()
    with ThreadPoolExecutor(workers) as pool:
        for sample in pool.map(finished, [folder / str(worker) for worker in range(workers)]):
            free.put(sample)

        def run_one(failure: Failure) -> Report:
            sample, began = free.get(), time.perf_counter()
            try:
                report = planted(failure, sample)
            finally:
                free.put(sample)
            report.seconds = time.perf_counter() - began
            return report

        for done in as_completed([pool.submit(run_one, failure) for failure in failures]):
            yield done.result()


def row(report: Report) -> str:
    """One failure as text: its task and name, whether the first line is right, and that line."""
    failure = report.failure
    verdict = "ok" if report.right else "WRONG"
    text = (
        f"{failure.area:9} {failure.task:2} {failure.name:44} {report.seconds:4.0f} s  {verdict}\n    {report.first}\n"
    )
    text += f"    does not contain: {', '.join(map(repr, report.missing))}\n" if report.missing else ""
    return text + (f"    must not contain: {', '.join(map(repr, report.wrong))}\n" if report.wrong else "")


def summary(reports: Sequence[Report]) -> tuple[str, bool]:
    """The last line, and whether enough causes are right."""
    right = sum(report.right for report in reports)
    line = f"{right} of {len(reports)} failures have the right cause in the first line"
    return line, right * 100 >= ENOUGH * len(reports)


def main(names: Sequence[str]) -> int:
    """Print the table, of all failures or of those with *names*, in which * and ? are allowed."""
    failures = [each for each in collect() if not names or any(fnmatch(each.name, name) for name in names)]
    with ExitStack() as stack:
        kept = os.environ.get(SAMPLES)
        folder = Path(kept or stack.enter_context(tempfile.TemporaryDirectory(prefix="golive-failures-"))).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL's own user must get in
        os.environ["XDG_CONFIG_HOME"] = str(folder / "configuration")  # with the key that signs the samples
        reports = []
        for report in run_all(failures, folder):
            reports.append(report)
            sys.stdout.write(row(report))
            sys.stdout.flush()
    line, enough = summary(reports)
    sys.stdout.write(line + "\n")
    return 0 if enough else 1
