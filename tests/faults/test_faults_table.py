"""Planted faults in a finished project are noticed: a dozen in each run of the tests, all in the nightly run."""

from __future__ import annotations

import json
from subprocess import CompletedProcess

import pytest

from tests.faults.__main__ import summary
from tests.faults.fault import CONTROL, Fault, collect
from tests.faults.outcome import Outcome, number, planted, read
from tests.faults.sample import Sample, finished

ALL = collect()
FAST = {
    "Procfile: no web process", "Procfile: deleted", "Procfile: a typo in the program", "Procfile: no migrate",
    "Procfile: another module", "Procfile: a fixed port", "Procfile: no worker", "git: the log is tracked",
    ".env.production: readable by others", "git: .env.production is tracked", "settings: a syntax error",
    "requirements.txt: a comment, not committed",
}  # fmt: skip
"""Faults of tasks that are checked in a few seconds."""


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in ALL if fault.name in FAST])
def test_a_fault_is_noticed(fault, rehearsed_sample):
    first = min((number(item)[0] for item in fault.items), default=2)
    outcome = planted(fault, rehearsed_sample, [first])
    assert outcome.holds, f"{outcome.verdict}: {outcome.drifted} {outcome.errors}"


@pytest.mark.nightly
@pytest.mark.timeout(3 * 3600)
def test_nearly_all_faults_are_noticed_and_nothing_else_drifts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    for each in (folder, *folder.parents[:2]):
        each.chmod(0o755)  # PostgreSQL's own user must get in
    outcomes = [planted(fault, finished(folder, stay_live=fault.stay_live)) for fault in ALL]
    line, enough = summary(outcomes)
    failed = [f"{outcome.fault.name}: {outcome.verdict}" for outcome in outcomes if not outcome.holds]
    assert enough, "\n".join([line, *failed])
    assert outcomes[0].holds, failed


def test_a_restored_sample_is_unchanged(tmp_path):
    root = tmp_path / "demo" / "backend"
    (root / "venv").mkdir(parents=True)
    (root / "venv" / "python").write_text("an interpreter")
    (root / "Procfile").write_text("web: gunicorn\n")
    (root / "Procfile").chmod(0o640)
    (root.parent / "link").symlink_to("backend")
    sample = Sample(root.parent)
    before = (root / "Procfile").stat()
    (root / "Procfile").write_text("www: gunicorn\n")
    (root / "Procfile").chmod(0o600)
    (root / "more").mkdir()
    (root.parent / "link").unlink()
    sample.restore()
    after = (root / "Procfile").stat()
    assert (root / "Procfile").read_text() == "web: gunicorn\n"
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert sorted(path.name for path in root.iterdir()) == ["Procfile", "venv"]
    assert (root / "venv" / "python").read_text() == "an interpreter"
    assert (root.parent / "link").is_symlink()


def evidence(item, status="failed", **parts):
    return {
        "item": item,
        "status": status,
        "ran": "GET /",
        "showed": "200",
        "expected": "404",
        "where": "a.py:1",
        **parts,
    }


def outcome_of(fault: Fault, *ticked, errors=(), code=1) -> Outcome:
    records = [{"event": "Ticked", "item": {"id": each["item"]}, "evidence": each} for each in ticked]
    records += [{"event": "NotChecked", "tasks": [{"number": 17}], "what": error, "why": ""} for error in errors]
    lines = [*map(json.dumps, records), "drifted 2.3: 200"]
    return read(fault, frozenset(fault.items), CompletedProcess([], code, "\n".join(lines), ""))


FAULT = Fault("a fault", lambda root: None, items={"2.3"}, says=["200"], where="a.py:")


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (outcome_of(FAULT, evidence("2.3"), evidence("2.4", "done")), "ok"),
        (outcome_of(FAULT, evidence("2.3"), evidence("10.2"), evidence("9.1")), "OTHER ITEMS 9.1 10.2"),
        (outcome_of(FAULT, evidence("2.3", "rehearsed")), "NOT NOTICED 2.3"),
        (outcome_of(FAULT, evidence("2.3"), errors=["no site"]), "ok"),
        (outcome_of(FAULT, errors=["no site"]), "NOT NOTICED 2.3"),
        (outcome_of(FAULT, evidence("2.3", showed="500")), "DOES NOT SAY '200'"),
        (outcome_of(FAULT, evidence("2.3", where="b.py:1")), "DOES NOT SAY the place a.py:"),
        (outcome_of(FAULT, evidence("2.3", expected="")), "DOES NOT SAY 2.3: expected"),
        (outcome_of(CONTROL, evidence("2.3", "done"), code=0), "ok"),
        (outcome_of(CONTROL, evidence("2.3")), "OTHER ITEMS 2.3"),
        (outcome_of(CONTROL, errors=["no site"]), "ERROR"),
        (outcome_of(CONTROL, code=70), "ERROR"),
    ],
)
def test_the_verdict_compares_the_drift_with_the_row(outcome, verdict):
    assert outcome.verdict == verdict
    assert outcome.holds is (verdict == "ok")


def test_less_than_98_percent_is_too_little():
    held, missed = outcome_of(FAULT, evidence("2.3")), outcome_of(FAULT)
    assert summary([held] * 98 + [missed] * 2) == (
        "98 of 100 noticed, 0 with other items, 0 without expected, found or where; 98 of 100 rows hold", True,
    )  # fmt: skip
    assert summary([held] * 97 + [missed] * 3)[1] is False
