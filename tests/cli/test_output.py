"""Task numbers on the command line select tasks, invalid ones are errors, and events in JSON keep their form."""

from __future__ import annotations

import json

import pytest

from wizard.base.errors import UsageError
from wizard.base.secrets import HIDDEN
from wizard.checklist import loader
from wizard.checklist.evidence import shown, waiting
from wizard.cli.arguments import parse
from wizard.cli.output import EventPrinter
from wizard.cli.task_selection import selected_tasks, task_numbers
from wizard.engine.events import Output, Ticked


@pytest.fixture(scope="module")
def checklist():
    return loader.load()


@pytest.mark.parametrize(("text", "numbers"), [("2", [2]), ("1-3,7", [1, 2, 3, 7]), ("7, 2,2", [2, 7]), ("24", [24])])
def test_numbers_and_ranges_are_read(checklist, text, numbers):
    assert task_numbers(text, checklist.tasks) == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "Invalid task number: 'x' (expected 1-30). Write numbers and ranges, such as 1-3,7."),
        ("2,x-3", "Invalid task number: 'x-3' in '2,x-3' (expected 1-30)"),
        ("2-", "Invalid task number: '2-' (expected 1-30)"),
        ("3-1", "Invalid task number: '3-1' (expected 1-30)"),
        ("0", "Invalid task number: 0 (expected 1-30)"),
        ("20-31", "Invalid task number: 31 (expected 1-30)"),
        ("", "Invalid task number: '' (expected 1-30)"),
        ("²", "Invalid task number: '²' (expected 1-30)"),
        ("2-999999999999", "Invalid task number: 31 (expected 1-30)"),
        ("888888888888-999999999999", "Invalid task number: 888888888888 (expected 1-30)"),
    ],
)
def test_an_invalid_number_is_an_error_with_the_range(checklist, text, message):
    with pytest.raises(UsageError) as error:
        task_numbers(text, checklist.tasks)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("--auto", list(range(1, 25))),
        ("--only 2,4", [2, 4]),
        ("--only 25-30", list(range(25, 31))),
        ("--from 23", [23, 24]),
        ("--from 29", [29, 30]),
        ("--from 2 --only 4", [4]),
    ],
)
def test_only_and_from_select_tasks(checklist, line, numbers):
    assert [task.number for task in selected_tasks(parse(line.split()), checklist)] == numbers


@pytest.mark.parametrize("name", ["DB_PASSWORD", "RAZORPAY_KEY_SECRET"])
def test_the_name_of_a_secret_hides_no_key_of_an_event(checklist, capsys, name):
    evidence = shown("1.4", False, "settings", name, f"{name} = 'a-secret-of-the-shop'")
    EventPrinter(as_json=True)(Ticked(checklist.tasks[1].item("1.4"), evidence))
    record = json.loads(capsys.readouterr().out)
    assert record["evidence"]["ran"] == name
    assert record["evidence"]["showed"] == f"{name} = '[hidden]'"


def test_an_event_in_json_keeps_its_keys_and_hides_secrets(checklist, capsys):
    printer, item = EventPrinter(as_json=True), checklist.tasks[1].item("1.4")
    printer(Ticked(item, waiting("1.4", "DB_PASSWORD", "it has no new value yet")))
    printer(Output("{'password': 'correct-horse-battery'}"))
    ticked, output = map(json.loads, capsys.readouterr().out.splitlines())
    assert (ticked["evidence"]["ran"], ticked["evidence"]["showed"]) == ("DB_PASSWORD", "it has no new value yet")
    assert "correct-horse" not in output["line"] and HIDDEN in output["line"]
