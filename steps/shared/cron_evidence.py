"""Evidence from commands that a cron daemon would run: each runs once beside the rehearsal's service, and ends."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared.background_evidence import OUTSIDE
from wizard.base.secrets import excerpt
from wizard.checklist.evidence import Evidence, undecided, waiting
from wizard.project.cron_jobs import CronJob
from wizard.targets.background import BackgroundRun
from wizard.targets.sandbox import Sandbox

SECONDS = 120.0
"""How long a command may take."""
RAN = "each command of cron once, beside the service of the rehearsal"
ADVICE = "Give it another schedule, or let the scheduler of a queue run it"


def of_jobs(jobs: list[CronJob], sandbox: Sandbox, run: BackgroundRun) -> Iterator[Evidence]:
    """Run each of *jobs* that a platform accepts, and see it end with exit code 0."""
    refused = [f"{each.where}: {each.problem}, so the platform refuses it" for each in jobs if each.problem]
    if refused:
        yield waiting("27.4", RAN, f"{'; '.join(refused)}. {ADVICE}")
        return
    for each in jobs:
        process = run.start(each.name, each.command)
        run.wait(lambda _: False, SECONDS, process)
        if process.succeeded:
            continue
        why = excerpt(process.failure(), 300)
        showed = f"{each.command}: {why or f'it did not end within {SECONDS:.0f} seconds'}"
        if not why:
            skipped = "While a run goes on, a platform skips those that are due"
            yield waiting("27.4", RAN, f"{each.where}: {showed}. {skipped}")
        elif OUTSIDE.search(why):
            yield undecided("27.4", RAN, f"{each.where}: {showed}. The rehearsal reaches this machine only")
        else:
            expected = "it ends with exit code 0"
            yield sandbox.evidence("27.4", False, "process", RAN, showed, expected=expected, where=each.where)
        return
    showed = "; ".join(f"{each.command} ended with 0, and runs at {each.schedule} (UTC)" for each in jobs)
    yield sandbox.evidence("27.4", True, "process", RAN, showed)
