"""A project with Celery and Redis from its first day to task 27, and faults of its workers, schedules and caches."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli_runner import golive
from tests.faults.fault import CONTROL, Fault, every, replace, without_line
from tests.faults.outcome import planted
from tests.faults.queue_table import FAULTS, OF_WORK, WORKER, finished
from tests.faults.sample import environment
from wizard.checklist.evidence import Status
from wizard.state import state_file

TOGETHER = Fault(
    "worker: another application, and schedule: no line",
    every(replace("Procfile", WORKER, "exec celery -A parcel worker"), without_line("Procfile", "beat:")),
    items=OF_WORK, says=["parcel", "no process runs the schedule", "celery -A parcels beat"], where="Procfile:2",
)  # fmt: skip
"""Two faults of the table. The evidence names both, so one check shows them."""
IN_EVERY_RUN = (TOGETHER, *(each for each in FAULTS if each.name == "Redis: the broker is on localhost"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("queue")
    for each in (folder, *folder.parents[:2]):
        each.chmod(0o755)  # PostgreSQL's own user must get in
    return finished(folder)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_workers_run_and_their_faults_are_noticed_and_undone(sample):
    evidence = state_file.load(sample.root).evidence
    assert {evidence[f"27.{number}"].status for number in range(1, 7)} == {Status.REHEARSED}
    assert "depot.tasks.label" in evidence["27.3"].showed
    outcomes = [planted(fault, sample, [27]) for fault in IN_EVERY_RUN]
    assert [f"{outcome.fault.name}: {outcome.verdict}" for outcome in outcomes if not outcome.holds] == []
    before = subprocess.run(["git", "diff"], cwd=sample.top, capture_output=True, check=True).stdout
    assert b"celery -A parcels worker" in (sample.root / "Procfile").read_bytes() and b"REDIS_URL_0" in before
    assert golive("undo", "27", "--yes", project=sample.root, env=environment()).returncode == 0
    assert b"worker" not in (sample.root / "Procfile").read_bytes()
    assert b"REDIS_URL_0" not in subprocess.run(["git", "diff"], cwd=sample.top, capture_output=True, check=True).stdout
    sample.restore()


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_all_faults_of_workers_are_noticed_and_nothing_else_drifts(sample):
    outcomes = [planted(fault, sample, [27]) for fault in (CONTROL, *FAULTS)]
    assert [f"{outcome.fault.name}: {outcome.verdict}" for outcome in outcomes if not outcome.holds] == []
