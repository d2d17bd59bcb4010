"""`golive confirm`: confirm an item that Golive can't verify."""

from __future__ import annotations

import argparse

from wizard.base.errors import UsageError
from wizard.checklist.evidence import Status
from wizard.checklist.model import Item, Task
from wizard.cli.output import say
from wizard.cli.state import open_records
from wizard.engine.records import Records


def run(options: argparse.Namespace) -> int:
    with open_records(options) as records:
        task, item = find_item(records, options.item)
        if item.way == "auto":
            hint = f"Run `golive --auto --only {task.number}`, or skip it with `golive waive {item.id} REASON`."
            raise UsageError(f"You can't confirm {item.id}", "Golive verifies this item itself", hint)
        records.note(task, item, Status.DONE, " ".join(options.text))
    say(f"{item.id} {item.text}: done")
    return 0


def find_item(records: Records, name: str) -> tuple[Task, Item]:
    """Find the item *name* and its task. Items of the go-live lists belong to the last task.

    Raises:
        UsageError: there is no such item.
    """
    checklist = records.checklist
    known = {item.id: (task, item) for task, item in checklist.items()}
    last = checklist.required_tasks[-1]
    known |= {item.id: (last, item) for section in checklist.go_live for item in section.items}
    if name not in known:
        raise UsageError(f"There is no item {name}", "", "`golive report` lists all items.")
    return known[name]
