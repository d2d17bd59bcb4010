"""The pages of the documentation that are made from what Golive is: `./dev docs` runs this, then builds the site.

tasks/NN.md           each task, from checklist.yaml and the recorded walk (walk.md)
troubleshooting.md    every guide with its hints
options.md            the options of the command line, from its parser
schemas/*.json        JSON Schema of the events and of the answers file
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Checklist, Item, Task
from wizard.cli.arguments import COMMANDS, OPTIONS, RUN_OPTIONS, Parser
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine import events
from wizard.plan.actions import Action, Finding, Plan

HERE = Path(__file__).parent
WAYS = {
    "auto": "Golive does and verifies it",
    "assisted": "Golive needs an answer or a login, then verifies it",
    "by hand": "you confirm it, in your words",
}
MADE = {
    12: "the project, the service with its address, and PostgreSQL, after you have seen what they cost",
    14: "the project at Sentry, and its key",
    15: "the service's variables, in one change",
    17: "the deployment, which is followed to its true end",
    18: "the superuser, by a command inside the service, with a generated password; the fixture, if you want it",
    19: "the monitor, and for a moment a second one on an address that is missing, for the test alert",
    20: "a deployment, where the project has changed since the last",
    23: "two deployments: one with a view that raises, one without it again",
}
"""What a task makes at the services."""
MORE_ANSWERS = {
    "commit": ("Commit what tasks changed?", "yes", ("yes", "no")),
    "break": ("Sit out the coffee break of task 6 (a person at the terminal does by default)?", "", ("yes", "no")),
    "railway.install": ("Run `npm install -g @railway/cli` where it is missing?", "no", ("yes", "no")),
    "railway.service": ("What is the service called?", "web", ()),
    "sentry.organisation": ("Which organisation at Sentry?", "", ()),
    "sentry.team": ("Which of its teams?", "", ()),
    "sentry.project": ("What is the project at Sentry called?", "", ()),
    "superuser.username": ("The owner's user name on the site", "", ()),
    "superuser.email": ("The owner's address on the site", "", ()),
    "rates.login": ("How many logins from one address?", "5/m", ()),
    "rates.signup": ("How many sign-ups from one address?", "3/h", ()),
    "rates.order": ("How many orders from one address?", "10/h", ()),
}
"""Answers that no `Question` with a literal name stands for."""


def plain(text: str) -> str:
    """*text* so that Markdown takes none of it for markup."""
    return re.sub(r"([\\*_\[\]<>|{}$#])", r"\\\1", text)


# ---- tasks


def recorded() -> dict[int, dict[str, list[str]]]:
    """What the recorded walk says of each task: the lines below "What was changed" and "What was seen"."""
    found: dict[int, dict[str, list[str]]] = {}
    for part in re.split(r"^## ", (HERE / "walk.md").read_text(), flags=re.MULTILINE)[1:]:
        number = int(part.split(".")[0])
        found[number] = {
            title: [line for line in body.splitlines() if line.startswith("- ")]
            for title, body in re.findall(r"^(What was \w+):\n\n((?:- .*\n)+)", part, re.MULTILINE)
        }
    return found


def task_page(task: Task, whole: Checklist, walk: dict[str, list[str]]) -> str:
    lines = [
        f"# {task.number}. {task.title}",
        "",
        f"Day {task.day}, {task.session}; about {task.minutes} minutes by hand.",
        "",
    ]
    lines += [plain(task.why), ""] if task.why else []
    lines += ["## Its items", "", "| item | | who |", "| --- | --- | --- |"]
    lines += [f"| {item.id} | {plain(item.text)} | {WAYS[item.way]} |" for item in task.items]
    lines += ["", "## What is changed", ""]
    changed = [line for line in walk.get("What was changed", ()) if line != "- nothing"]
    if changed:
        lines += [
            "On the sample shop these were the changes; `golive plan` shows yours before they are made:",
            "",
            *changed,
        ]
    else:
        lines += ["On the sample shop nothing in the project had to be changed; `golive plan` shows what yours needs."]
    if task.number in MADE:
        lines += ["", f"With `--target railway` it makes, where it isn't there yet: {MADE[task.number]}."]
    if task.files:
        lines += ["", f"Files it may touch: {', '.join(f'`{name}`' for name in task.files)}."]
    lines += [
        "",
        "    golive plan " + str(task.number),
        "    golive --auto --only " + str(task.number),
        "",
        "## How it is proven",
        "",
    ]
    lines += ["What was run or read on the sample, and what it showed (✔ done, ◐ rehearsed on this machine only):", ""]
    lines += [plain_evidence(line) for line in walk.get("What was seen", ())] or ["Nothing was looked at there."]
    lines += ["", "## How to undo it", "", *undoing(task, [line for line in changed if "Take a break" not in line])]
    for guide in whole.guides_for(task):
        lines += ["", f"When it fails: [{guide.title}](../troubleshooting.md#{slug(guide.title)})."]
    if task.commands:
        lines += [
            "",
            "## By hand",
            "",
            "The commands the checklist names; Golive runs what it needs of them itself:",
            "",
        ]
        lines += [f"    {command}" for command in task.commands]
    if task.links:
        links = [f"- [{whole.links[name].title}]({whole.links[name].url})" if name in whole.links else f"- <{name}>"
                 for name in task.links]  # fmt: skip
        lines += ["", "## More", "", *links]
    return "\n".join(lines) + "\n"


def undoing(task: Task, changed: list[str]) -> list[str]:
    told = ["Nothing that would have to be undone."]
    if changed:
        told = [f"    golive undo {task.number}", "",
                "puts back every file byte for byte, refuses where you or a later task changed it, and names the tasks",
                "to undo with it."]  # fmt: skip
    if task.number in MADE:
        told += ["", "What was made at Railway, Sentry or UptimeRobot stays there: only you take it away."]
    return told


def plain_evidence(line: str) -> str:
    """A line of the walk whose evidence is code, so that nothing of it is markup."""
    head, arrow, tail = line.partition("` → ")
    return f"{head}{arrow}{plain(tail)}" if arrow else plain(line).replace("\\-", "-")


def slug(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def tasks_index(whole: Checklist) -> str:
    lines = ["# The 24 tasks", "", f"{plain(whole.summary)}", ""]
    for day in whole.days:
        lines += ["```{toctree}", f":caption: 'Day {day.number}: {day.title}'", ":maxdepth: 1", ""]
        lines += [f"{task.number:02}" for session in day.sessions for task in session.tasks]
        lines += ["```", ""]
    return "\n".join(lines)


def troubleshooting(whole: Checklist) -> str:
    lines = [
        "# Troubleshooting", "",
        "When a task fails, Golive tries each hint of its guides and shows those that were confirmed first, with what",
        "mends them. These are the guides.", "",
    ]  # fmt: skip
    for guide in whole.guides.values():
        numbers = ", ".join(f"[{number}](tasks/{number:02}.md)" for number in guide.tasks)
        lines += [f"## {guide.title}", "", f"For the tasks {numbers}.", "", "| look at | and then |", "| --- | --- |"]
        lines += [f"| {plain(hint.text)} | {plain(hint.fix)} |" for hint in guide.hints]
        lines += [""]
    return "\n".join(lines)


def options() -> str:
    lines = ["# Options", "", "A command refuses an option that it does not have.", "",
             "| option | what it does | commands |", "| --- | --- | --- |"]  # fmt: skip
    parser = Parser(prog="golive")
    for option, settings in OPTIONS.items():
        parser.add_argument(option, **settings)
    for action in parser._actions:
        given = f" {action.metavar or ('|'.join(action.choices) if action.choices else '')}".rstrip()
        takes = given if action.nargs != 0 else ""
        named = f"{', '.join(action.option_strings)}{takes}".replace("|", "\\|")
        lines.append(f"| `{named}` | {plain(action.help)} | {having(action.option_strings[-1])} |")
    return "\n".join(lines) + "\n"


def having(option: str) -> str:
    """The commands that have *option*."""
    if option not in OPTIONS:
        return "all"
    own = [f"`{name}`" for name, command in COMMANDS.items() if option in command.options]
    return ", ".join([*(["the session"] if option in RUN_OPTIONS else []), *own])


# ---- schemas

SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"},
    Task: {"$ref": "#/$defs/task"}, Item: {"$ref": "#/$defs/item"}, Plan: {"$ref": "#/$defs/plan"},
    Action: {"$ref": "#/$defs/action"}, Evidence: {"$ref": "#/$defs/evidence"}, Finding: {"$ref": "#/$defs/finding"},
    Diagnosis: {"$ref": "#/$defs/diagnosis"},
}  # fmt: skip


def shape(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


STRING, TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
DEFINITIONS = {
    "task": shape(number={"type": "integer"}, title=STRING),
    "item": shape(id=STRING, text=STRING),
    "action": shape(kind=STRING, text=STRING, preview=STRING, paths=TEXTS),
    "plan": shape(actions={"type": "array", "items": {"$ref": "#/$defs/action"}}, remarks=TEXTS),
    "finding": shape(text=STRING, warning={"type": "boolean"}),
    "evidence": shape(item=STRING, status={"enum": [status.value for status in Status]}, kind=STRING, ran=STRING,
                      showed=STRING, at={"type": "string", "format": "date-time"}),
    "diagnosis": shape(guide=STRING, hint=STRING, confirmed={"type": ["boolean", "null"]}, seen=STRING, fix=STRING),
}  # fmt: skip


def of(kind: Any) -> dict[str, Any]:
    """The schema of a field of type *kind*."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    if isinstance(kind, types.UnionType):
        return {"anyOf": [{"type": "null"} if part is types.NoneType else of(part) for part in typing.get_args(kind)]}
    assert typing.get_origin(kind) is tuple, kind
    return {"type": "array", "items": of(typing.get_args(kind)[0])}


def events_schema() -> dict[str, Any]:
    kinds = []
    for kind in events.Event.__subclasses__():
        hints = typing.get_type_hints(kind)
        fields = {field.name: of(hints[field.name]) for field in dataclasses.fields(kind)}
        kinds.append(
            shape(v={"const": events.VERSION}, event={"const": kind.__name__}, **fields) | {"title": kind.__name__}
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of golive --json",
        "oneOf": kinds,
        "$defs": DEFINITIONS,
    }


def questions() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Name, text, default and choices of each question in the code whose name is literal."""
    top = HERE.parent
    for path in sorted([*top.glob("steps/*.py"), *top.glob("wizard/targets/*.py")]):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Question"
                and isinstance(node.args[0], ast.Constant)
            ):
                name, text, default, *rest = node.args
                choices = next((part for part in rest if isinstance(part, ast.Tuple)), None)
                yield (
                    str(name.value),
                    text.value if isinstance(text, ast.Constant) else "",
                    default.value if isinstance(default, ast.Constant) else "",
                    ast.literal_eval(choices) if choices is not None else (),
                )


def answers() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    found = {name: (text, default, choices) for name, text, default, choices in questions()}
    return {**found, **MORE_ANSWERS}


def answers_schema() -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name, (text, default, choices) in sorted(answers().items()):
        about: dict[str, Any] = {"description": text} if text else {}
        about |= {"default": default} if default else {}
        boolean = [{"type": "boolean"}] if set(choices) == {"yes", "no"} else []
        about |= {"anyOf": [{"enum": list(choices)}, *boolean]} if choices else {"type": "string"}
        section, _, key = name.rpartition(".")
        place = properties
        if section:
            place = properties.setdefault(section, {"type": "object", "properties": {}})["properties"]
        place[key] = about
    properties["done"] = {"type": "object", "description": "Your word on an item that nobody can verify, by its id",
                          "additionalProperties": {"type": "string"}}  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The answers file of golive --answers",
        "type": "object",
        "properties": properties,
    }


def pages() -> dict[str, str]:
    """Every page that is made, by its name below docs/."""
    whole, walk = loader.load(), recorded()
    made = {f"tasks/{task.number:02}.md": task_page(task, whole, walk[task.number]) for task in whole.tasks.values()}
    made["tasks/index.md"] = tasks_index(whole)
    made["troubleshooting.md"] = troubleshooting(whole)
    made["options.md"] = options()
    for name, schema in (("events", events_schema()), ("answers", answers_schema())):
        made[f"schemas/{name}.json"] = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    return made


def main() -> None:
    for name, text in pages().items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    sys.stdout.write(f"{len(pages())} pages made\n")


if __name__ == "__main__":
    main()
