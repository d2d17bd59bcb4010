"""Plant every fault of the table into a finished sample, and print what `golive check` makes of it."""

from __future__ import annotations

import argparse
import importlib.util
import os
import queue
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from tests.faults import mail_table, queue_table
from tests.faults.fault import CONTROL, Fault, collect
from tests.faults.outcome import Outcome, number, planted
from tests.faults.sample import Sample, finished

ENOUGH = 98
"""The percentage of rows that must hold."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only faults with these names, * and ? allowed")
    parser.add_argument(
        "--area", action="append", default=[], help="only faults of this module (settings, deploy, …) or project"
    )
    parser.add_argument("--failures", action="store_true", help="only failures of a run, and the causes given for them")
    parser.add_argument(
        "--journeys", action="store_true", help="only faults of what visitors do, in the sample projects"
    )
    parser.add_argument("--queues", action="store_true", help="only faults of workers, schedules and Redis")
    parser.add_argument("--mail", action="store_true", help="only faults of the mail that a site sends")
    parser.add_argument("-n", type=int, default=2, dest="workers", help="how many checks run at once (default: 2)")
    parser.add_argument("--samples", type=Path, metavar="FOLDER", help="keep the finished samples here, for other runs")
    parser.add_argument("--own-tasks", action="store_true", help="check only the tasks of the expected items: faster")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the evidence of every drifted item")
    parser.add_argument("--list", action="store_true", help="print the names of the faults")
    return parser.parse_args(arguments)


def chosen(options: argparse.Namespace) -> list[Fault]:
    """The faults that the options select. The control is always one of them."""
    return [
        fault for fault in collect()
        if fault.name == CONTROL.name
        or ((not options.area or fault.area in options.area)
            and (not options.names or any(fnmatch(fault.name, name) for name in options.names)))
    ]  # fmt: skip


def run_all(faults: Sequence[Fault], folder: Path, workers: int, *, own_tasks: bool = False) -> Iterator[Outcome]:
    """The outcomes as they come. Each worker has a sample of its own, and another one for the optional day."""
    with ThreadPoolExecutor(workers) as pool:
        for stay_live in (False, True):
            chosen = [fault for fault in faults if fault.stay_live is stay_live]
            if not chosen or (not stay_live and chosen == [CONTROL] and len(faults) > 1):
                continue
            free: queue.Queue[Sample] = queue.Queue()
            folders = [folder / str(worker) for worker in range(workers)]
            for sample in pool.map(partial(finished, stay_live=stay_live), folders):
                free.put(sample)
            chosen = [CONTROL, *chosen] if stay_live else chosen
            tasks = {fault.name: {number(item)[0] for item in fault.items} for fault in chosen} if own_tasks else {}
            tasks[CONTROL.name] = set().union(*tasks.values())
            running = [pool.submit(run_one, fault, free, tasks.get(fault.name, ())) for fault in chosen]
            for done in as_completed(running):
                yield done.result()


def run_one(fault: Fault, free: queue.Queue[Sample], tasks: Iterable[int]) -> Outcome:
    sample = free.get()
    began = time.perf_counter()
    try:
        outcome = planted(fault, sample, tasks)
    except Exception as error:  # noqa: BLE001 - the other rows must still run
        outcome = Outcome(fault, frozenset(fault.items), errors=[f"the row itself: {type(error).__name__}: {error}"])
    finally:
        free.put(sample)
    outcome.seconds = time.perf_counter() - began
    return outcome


def print_row(outcome: Outcome, *, verbose: bool) -> None:
    fault = outcome.fault
    items, drifted = (" ".join(sorted(each, key=number)) or "–" for each in (fault.items, outcome.drifted))
    unchecked = f", {len(outcome.errors)} not checked" if outcome.errors else ""
    row = (
        f"{fault.area:9} {fault.name:46} {items:14} {drifted:14} {outcome.seconds:4.0f} s  {outcome.verdict}{unchecked}"
    )
    details = verbose or not outcome.holds
    for item, evidence in sorted(outcome.drifted.items(), key=lambda pair: number(pair[0])) if details else ():
        row += f"\n    {item} {evidence['status']}: {evidence['ran']} → {evidence['showed']}"
        row += f"\n        expected {evidence.get('expected', '')!r}, where {evidence.get('where', '')!r}"
    for error in outcome.errors if details else ():
        row += f"\n    {error}"
    sys.stdout.write(row + "\n")
    sys.stdout.flush()


def summary(outcomes: Sequence[Outcome]) -> tuple[str, bool]:
    """The last line, and whether enough rows hold."""
    real = [outcome for outcome in outcomes if outcome.fault.name != CONTROL.name]
    noticed = sum(outcome.noticed for outcome in real)
    others = sum(bool(outcome.others) for outcome in outcomes)
    silent = sum(bool(outcome.unsaid) for outcome in outcomes)
    held = sum(outcome.holds for outcome in outcomes)
    line = (
        f"{noticed} of {len(real)} noticed, {others} with other items, {silent} without expected, found or where; "
        f"{held} of {len(outcomes)} rows hold"
    )
    return line, held * 100 >= ENOUGH * len(outcomes)


def drifts(options: argparse.Namespace) -> int:
    faults = chosen(options)
    if options.list:
        sys.stdout.write("".join(f"{fault.area:9} {fault.name}\n" for fault in faults))
        return 0
    with ExitStack() as stack:
        folder = options.samples or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="golive-faults-")))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL's own user must get in
        os.environ["XDG_CONFIG_HOME"] = str(folder.resolve() / "configuration")  # with the key that signs the samples
        sys.stdout.write(f"{len(faults) - 1} faults\n")
        outcomes = []
        for outcome in run_all(faults, folder.resolve(), max(1, options.workers), own_tasks=options.own_tasks):
            outcomes.append(outcome)
            print_row(outcome, verbose=options.verbose)
    line, enough = summary(outcomes)
    sys.stdout.write(line + "\n")
    return 0 if enough else 1


def failures(arguments: Sequence[str]) -> int:
    """Run the table of failed runs: `main(names)` of tests/faults/failures.py prints it and returns the exit code."""
    if importlib.util.find_spec("tests.faults.failures") is None:
        sys.stdout.write("no failures are planted yet\n")
        return 0
    from tests.faults import failures as table

    return table.main(arguments)


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    if options.failures:
        return failures(options.names)
    if options.journeys:
        from tests.journeys import fault_table

        workers = max(1, options.workers)
        return fault_table.main(options.names, options.area, options.samples, workers, verbose=options.verbose)
    if options.queues:
        return queue_table.main(options.names, options.samples)
    if options.mail:
        return mail_table.main(options.names, options.samples)
    code = drifts(options)
    if not (options.names or options.area or options.list):
        code = max(code, failures([]))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
