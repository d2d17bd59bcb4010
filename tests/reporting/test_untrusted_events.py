"""Hostile texts in event lines, JSON events, support bundles and crash reports."""

from __future__ import annotations

import json
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from tests.reporting.hostile_texts import ATTACKS, hostile, hostile_state
from wizard.base.terminal import harmless
from wizard.cli.output import EventPrinter
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import FindingReported, Output, TaskFailed, Ticked
from wizard.plan.actions import Finding
from wizard.reporting import event_text, support_bundle
from wizard.reporting.crash import report as crash_report
from wizard.state import state_file


@hostile
def test_event_lines_are_harmless_and_events_are_json(empty_project, capsys_of_all, text):
    checklist, state = hostile_state(empty_project, text)
    task = checklist.tasks[1]
    evidence = next(iter(state.evidence.values()))
    hint = SimpleNamespace(text=text, fix=text)
    failed = TaskFailed(task, text, (Diagnosis(None, hint, True, text),))
    events = [FindingReported(Finding(text, warning=True)), Output(text), Ticked(task.items[0], evidence)]
    for event in events:
        EventPrinter(as_json=True)(event)
    lines = capsys_of_all().out.splitlines()
    assert len(lines) == 3
    assert all(isinstance(json.loads(line), dict) for line in lines)
    for event in (*events, failed):
        EventPrinter(as_json=False)(event)
    output = capsys_of_all().err
    assert harmless(output) == output
    assert event_text.line(events[0])


def test_each_line_of_an_output_is_marked():
    assert event_text.line(Output("an error:\nDETAIL: a row\n")) == "     | an error:\n     | DETAIL: a row"
    assert event_text.line(Output("")) == "     | "


@pytest.fixture(scope="module")
def capsys_of_all(request):
    """Return the output since the last call, in every example of a test."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    return lambda: SimpleNamespace(**dict(zip(("out", "err"), capture.read_global_capture(), strict=True)))


def raising(text):
    raise RuntimeError(text)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_bundle_and_a_crash_report_can_contain_any_text(tmp_path, text):
    state_file.prepare(tmp_path)
    checklist, state = hostile_state(tmp_path, text)
    path = support_bundle.make(tmp_path, checklist, state, log=text.encode("utf-8", "replace"), failure=text)
    with ZipFile(path) as packed:
        assert not packed.testzip()
        for name in packed.namelist():
            assert harmless(packed.read(name).decode()) == packed.read(name).decode()
    (state_file.folder_of(tmp_path) / "runs").mkdir(exist_ok=True)
    try:
        raising(text)
    except RuntimeError:
        assert "crash.log" in crash_report(tmp_path)
    assert (state_file.folder_of(tmp_path) / "runs" / "crash.log").read_text("utf-8")
