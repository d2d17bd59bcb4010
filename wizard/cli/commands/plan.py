"""`golive plan`: show the exact changes of a task without making them."""

from __future__ import annotations

import argparse

from wizard.checklist.answers import Answers
from wizard.checklist.model import Task
from wizard.cli.output import EventPrinter, print_plan, say
from wizard.cli.start_options import start_options
from wizard.cli.task_selection import task_numbers
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine


def run(options: argparse.Namespace) -> int:
    begin = start_options(options)
    printer = EventPrinter(as_json=options.json)
    with open_engine(begin, Answers(dict(begin.answers)), printer, reading=True) as engine:
        tasks = engine.checklist.tasks
        print_plans(engine, [tasks[number] for number in task_numbers(options.tasks, tasks)])
    return 0


def print_plans(engine: Engine, tasks: list[Task]) -> None:
    for task in tasks:
        say(f"{task.number}. {task.title}")
        print_plan(engine.plan(task))
