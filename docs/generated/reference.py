"""The generated parts of the reference: troubleshooting, options, answers, events."""

from __future__ import annotations

import dataclasses

from generated.answers import known_answers
from generated.markdown import code, escape, table
from generated.tasks import hints
from wizard.checklist.model import Checklist
from wizard.cli.arguments import Parser, names_of
from wizard.cli.command_table import COMMANDS, OPTIONS, RUN_OPTIONS
from wizard.engine import events

SESSION = "`golive`"
WHEN = {
    "RunStarted": "Golive has found and read the project.",
    "Recovered": "Changes of an interrupted run were rolled back or completed.",
    "Found": "Inspection of the project found something.",
    "TaskStarted": "A task begins.",
    "Planned": "The plan of a task is ready. It has a preview of each action.",
    "ActionStarted": "Golive begins one action of the plan.",
    "Output": "A program that Golive runs printed a line.",
    "ActionDone": "The action has succeeded.",
    "Verifying": "A check begins.",
    "Ticked": "A check has produced evidence for an item.",
    "TaskFinished": "The task is over. `status` is the worst status of its items.",
    "TaskFailed": "The task has failed. `cause` says why: what was `expected` and `found`, `where`, the `error` "
    "of the program or service that failed, and `advice`. `diagnoses` has each hint of its guides that applies, with "
    "what the probe found.",
    "Drifted": "A ticked item is no longer fulfilled. `changed` has the changes that this probably comes from.",
    "NotChecked": "An error ended checks. Nothing is known about `items`, which keep their status.",
    "TestsCompared": "The project's own tests ran before the changes and after them, or `note` says why not.",
    "RunFinished": "The run is over: the exit code, the number of items by status, and the resources used.",
}


def troubleshooting(checklist: Checklist) -> str:
    """Return the page of all guides."""
    lines = [
        "# Troubleshooting", "",
        "When a task fails, Golive runs the checks of its guides itself and lists the confirmed causes first. This",
        "page has all guides, in case you want to work through one by hand.", "",
    ]  # fmt: skip
    for guide in checklist.guides.values():
        numbers = ", ".join(f"[{number}](../tasks/{number:02}.md)" for number in guide.tasks)
        lines += [f"## {guide.title}", "", f"Used by tasks {numbers}.", "", *hints(guide), ""]
    return "\n".join(lines)


def options() -> str:
    """Return the page of all options."""
    rows = []
    parser = Parser(prog="golive")
    for option, settings in OPTIONS.items():
        parser.add_argument(*names_of(option), **settings)
    for action in parser._actions:
        value = f" {action.metavar or ('|'.join(action.choices) if action.choices else '')}".rstrip()
        *short, long = action.option_strings
        name = ", ".join([*map(code, short), code(f"{long}{value if action.nargs != 0 else ''}")])
        rows.append((name, escape(action.help), _commands_with(action.option_strings[-1])))
    return "\n".join([
        "# Options", "",
        "Golive refuses an option that a command does not have. `golive COMMAND --help` lists those of one command.",
        f"Below, {SESSION} stands for the guided session and for `golive --auto`.", "",
        *table(("Option", "Meaning", "Commands"), rows), "",
    ])  # fmt: skip


def _commands_with(option: str) -> str:
    """Return the commands that have *option*; the exceptions only, if most have it."""
    if option not in OPTIONS:
        return "all"
    without = [name for name, command in COMMANDS.items() if option not in command.options]
    if len(without) <= 1 and option in RUN_OPTIONS:
        return "all" + "".join(f" but `{name}`" for name in without)
    having = [f"`{name}`" for name in COMMANDS if name not in without]
    return ", ".join([*([SESSION] if option in RUN_OPTIONS else []), *having])


def answers_table() -> str:
    """Return the table of all answers."""
    rows = [(code(name), escape(answer.text), code(answer.default),
             ", ".join(code(choice) for choice in answer.choices))
            for name, answer in known_answers().items()]  # fmt: skip
    return "\n".join([*table(("Name", "Question", "Default", "Choices"), rows), ""])


def event_name(kind: type[events.Event]) -> str:
    """Return the name of an event in JSON."""
    return events.NAMES.get(kind, kind.__name__)


def events_table() -> str:
    """Return the table of all events."""
    rows = []
    for kind in events.Event.__subclasses__():
        name = event_name(kind)
        fields = ", ".join(code(field.name) for field in dataclasses.fields(kind))
        rows.append((code(name), WHEN[name], fields))
    return "\n".join([*table(("Event", "When", "Fields"), rows), ""])
