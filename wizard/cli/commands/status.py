"""`golive status`: the status of every task and of the go-live lists, from the state alone."""

from __future__ import annotations

import argparse
import json

from wizard.base.status_symbols import SIGNS
from wizard.checklist import loader
from wizard.cli.output import say
from wizard.cli.state import project_root
from wizard.reporting import go_live
from wizard.reporting.status_words import WORDS
from wizard.state import generated_items, state_file


def run(options: argparse.Namespace) -> int:
    root = project_root(options)
    checklist, state = loader.load(root), state_file.load(root, read_only=True)
    generated_items.add_to(checklist, state.facts)
    if options.json:
        items = {item.id: state.status(item.id).value for _, item in checklist.items()}
        say(json.dumps({"v": 1, "project": str(root), "position": state.position, "items": items}))
        return 0
    begun = checklist.begun_tasks(state.evidence)
    for task in begun:
        status = state.task_status(task)
        progress = f"{state.settled_count(task)}/{state.applicable_count(task)}"
        say(f"{SIGNS[status]} {task.number:>2} {task.title:<40} {progress}  {WORDS[status]}")
    for day in checklist.days:
        if day.optional and day.tasks[0] not in begun:
            numbers = f"{day.tasks[0].number}-{day.tasks[-1].number}"
            say(f"  Day {day.number}, {day.title} (optional): golive --auto --only {numbers}")
    for each in checklist.go_live:
        standings = go_live.standings(each, state)
        say(f"   {each.title:<43} {go_live.progress(standings)}  {go_live.due(each, state)}")
    return 0
