"""Custom tasks without a step: the user does them, and the user's words are the evidence."""

from __future__ import annotations

import json
from functools import partial

import pytest

from tests import cli_runner

TASK = """version: 1
tasks:
  - task: 101
    title: Tell the customers
    minutes: 10
    day: 3
    session: Afternoon
    items:
      - {id: "101.1", text: "The newsletter is written"}
      - {id: "101.2", text: "The old site says where the new one is"}
"""


@pytest.fixture
def golive(shop, python):
    (shop / "golive.yaml").write_text(TASK)

    return partial(cli_runner.golive, python=python, project=shop)


def test_a_task_without_a_step_needs_input_and_is_confirmed_by_an_answer_or_a_command(golive, shop, tmp_path):
    waits = golive("--auto", "--only", "101", "--json", str(shop))
    events = [json.loads(line) for line in waits.stdout.splitlines()]
    assert waits.returncode == 3, waits.stderr
    planned = next(each["plan"] for each in events if each["event"] == "Planned")
    assert planned == {"actions": [], "remarks": ["Do this task by hand, then confirm each item with a note."]}
    (tmp_path / "answers.yaml").write_text('done: {"101": {"1": sent to 312 people}}\n')
    half = golive("--auto", "--only", "101", "--answers", str(tmp_path / "answers.yaml"), str(shop))
    assert (half.returncode, "1 of 2 items done, 1 need your input" in half.stdout) == (3, True), half.stdout
    assert golive("confirm", "101.2", "seen on a telephone").returncode == 0
    report = json.loads(golive("report", "--format", "json").stdout)
    [items] = [{item["id"]: item for item in task["items"]} for task in report["tasks"] if task["number"] == 101]
    assert {name: item["status"] for name, item in items.items()} == {"101.1": "done", "101.2": "done"}
    assert items["101.1"]["evidence"]["showed"] == "sent to 312 people"
