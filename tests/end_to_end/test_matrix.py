"""Day one on different projects: every item done, the same again without changes, and undone."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from tests.cli_runner import golive
from tests.end_to_end.building import format_with, make_project, tree
from tests.end_to_end.project_matrix import EXPECTED


@dataclass
class Run:
    """One `golive --auto --json`: its exit code and events."""

    code: int
    events: list[dict]
    errors: str
    folder: Path = field(default_factory=Path)

    @cached_property
    def evidence(self) -> str:
        ticked = [each for each in self.events if each["event"] == "Ticked"]
        return "\n".join(
            f"{each['item']['id']} {each['evidence']['ran']} → {each['evidence']['showed']}" for each in ticked
        )

    @property
    def planned(self) -> set[Path]:
        """Files and folders in the plans that were shown."""
        plans = [each["plan"] for each in self.events if each["event"] == "Planned"]
        return {Path(path) for plan in plans for action in plan["actions"] for path in action["paths"]}


def auto(folder, tasks):
    result = golive("--auto", "--json", "--keep-going", "--only", tasks, folder)
    assert "Traceback" not in result.stderr, result.stderr[-2000:]
    return Run(result.returncode, [json.loads(line) for line in result.stdout.splitlines()], result.stderr)


def was_planned(path, planned, folder):
    place = folder / path
    return any(place == each or each in place.parents for each in planned)


@pytest.mark.parametrize(
    "expected",
    [pytest.param(each, id=each.name, marks=[pytest.mark.nightly] * each.nightly) for each in EXPECTED],
)
def test_day_one_is_completed_and_undone(expected, tmp_path):
    folder = make_project(expected, tmp_path / "project")
    before = tree(folder)
    packages = {path.name for path in folder.glob(".venv/lib*/python*/site-packages/*.dist-info")}

    first = auto(folder, "1-10")
    end = first.events[-1]
    counts = [end[name] for name in ("done", "rehearsed", "not_applicable", "failed")]
    assert counts == [expected.done, expected.rehearsed, expected.not_applicable, 0], first.evidence
    assert first.code == expected.code
    for proof in expected.proofs:
        assert proof in first.evidence
    after = tree(folder)
    changed = {path for path in after if after[path] != before.get(path)} | (before.keys() - after.keys())
    unplanned = {path for path in changed if not was_planned(path, first.planned, folder)}
    assert not unplanned, "only planned files are changed"
    for path, text in expected.written:
        assert text in (folder / path).read_text()
    for path, text in expected.gone:
        assert text not in (folder / path).read_text()
    for path, content in before.items():
        if b"\r\n" in content:
            assert b"\n" not in after[path].replace(b"\r\n", b""), f"{path} keeps its line ends"
    new = [str(path) for path in changed - before.keys() if path.suffix == ".py"]
    for path in [*expected.formatted, *(new if expected.formatted else [])]:
        format_with(folder, path, check=True)

    second = auto(folder, "1-10")
    assert second.code == expected.code
    assert tree(folder) == after, "a second run changes no byte"

    if expected.later:
        last = auto(folder, "11-24")
        assert (last.code, last.events[-1]["waiting"], last.events[-1]["failed"]) == (3, expected.waiting, 0), (
            last.evidence
        )
        assert b" && exec " in (folder / expected.manage / expected.starts).read_bytes()
        for path, text in expected.later_written:
            assert text in (folder / path).read_text()
        for proof in expected.later_proofs:
            assert proof in last.evidence

    undone = golive("undo", "1-24", "--yes", "--project", folder / expected.manage)
    assert undone.returncode == 0, undone.stderr
    assert tree(folder) == before
    assert {path.name for path in folder.glob(".venv/lib*/python*/site-packages/*.dist-info")} == packages
    if expected.git:
        status = subprocess.run(["git", "status", "--short"], cwd=folder, capture_output=True, text=True, check=True)
        assert not status.stdout
