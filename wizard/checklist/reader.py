"""checklist.yaml and overlays → `Checklist`, refusing what is wrong with file, line, what was found and expected."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml

from wizard.base import yaml_file
from wizard.base.errors import ChecklistError
from wizard.base.terminal import harmless
from wizard.checklist import plugins
from wizard.checklist.model import Checklist, Day, GoLiveList, Guide, Hint, Item, Link, Prices, Service, Session, Task

MANUAL = "manual"
"""The step of a task that names none: a person confirms its items."""
FORMER_MANUAL = "by_hand"
"""What `manual` was called before. Overlays that name it keep working."""
WAYS = ("auto", "assisted", "by hand")
PROBES = (
    "logs", "variables", "database", "procfile", "migrations", "allowed_hosts", "collectstatic", "whitenoise",
    "static_root", "browser_cache", "decorator", "limited", "client_address", "railway_cli", "login", "name",
    "patience", "connection", "platform_database",
)  # fmt: skip


class Field:
    """A node of a YAML file: its value when it is what was expected, an error with its line when not."""

    def __init__(self, path: Path, node: yaml.Node, name: str) -> None:
        self.path, self.node, self.name = path, node, name

    def refuse(self, found: str, expected: str) -> NoReturn:
        line = self.node.start_mark.line + 1
        raise ChecklistError(f"{self.path}:{line}: {self.name}", f"found {found}, expected {expected}")

    def _described(self) -> str:
        if isinstance(self.node, yaml.ScalarNode):
            return repr(self.node.value)
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag.endswith(":null"):
            self.refuse(self._described(), "a text")
        text = str(self.node.value)
        if harmless(text) != text:
            self.refuse(repr(text), "a text without signs that steer a terminal")
        return text

    def number(self) -> int:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.tag.endswith(":int"):
            self.refuse(self._described(), "a whole number")
        return int(self.node.value)

    def figure(self) -> float:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.tag.endswith((":int", ":float")):
            self.refuse(self._described(), "a figure")
        return float(self.node.value)

    def one_of(self, allowed: tuple[str, ...]) -> str:
        value = self.text()
        if value not in allowed:
            self.refuse(repr(value), "one of " + ", ".join(allowed))
        return value

    def flag(self) -> bool:
        """Whether it says yes, in any of the ways in which YAML does."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.tag.endswith(":bool"):
            self.refuse(self._described(), "one of true, false")
        return bool(yaml_file.construct(self.node))

    def entries(self) -> list[Field]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse(self._described(), "a list")
        return [Field(self.path, node, f"{self.name}[{index}]") for index, node in enumerate(self.node.value)]

    def texts(self) -> tuple[str, ...]:
        return tuple(entry.text() for entry in self.entries())

    def numbers(self) -> tuple[int, ...]:
        return tuple(entry.number() for entry in self.entries())

    def mapping(self, required: str = "", optional: str = "", *, free: bool = False) -> dict[str, Field]:
        """The values by key; *required* and *optional* are names apart by spaces, *free* takes any."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(self._described(), "a mapping")
        allowed = {*required.split(), *optional.split()}
        values: dict[str, Field] = {}
        for key, value in self.node.value:
            field = Field(self.path, key, self.name)
            name = field.text()
            if name in values:
                field.refuse(f"the key {name!r} twice", "each key once")
            if not free and name not in allowed:
                field.refuse(f"the unknown key {name!r}", "only " + ", ".join(sorted(allowed)))
            values[name] = Field(self.path, value, name)
        if missing := [name for name in required.split() if name not in values]:
            self.refuse("no " + " and no ".join(missing), f"the keys {required.replace(' ', ', ')}")
        return values


class Reader:
    """Collects one checklist out of several files, and what has been seen so far."""

    def __init__(self) -> None:
        self.seen: dict[str, Field] = {}
        self.steps = _known_steps()
        self.tasks: dict[int, Task] = {}
        self.guides: dict[str, Guide] = {}
        self.later: list[Callable[[], None]] = []

    def once(self, field: Field, kind: str, value: object) -> None:
        """Refuse an id that stands somewhere else already."""
        key = f"{kind} {value}"
        if first := self.seen.get(key):
            field.refuse(
                f"{kind} {value!r} again (first at {first.path.name}:{first.node.start_mark.line + 1})", "each id once"
            )
        self.seen[key] = field

    def item(self, field: Field, task: int) -> Item:
        values = field.mapping("id text", "way group here")
        item_id = values["id"].text()
        if not item_id.startswith(f"{task}."):
            values["id"].refuse(repr(item_id), f"an id that starts with '{task}.'")
        self.once(values["id"], "item", item_id)
        way = values["way"].one_of(WAYS) if "way" in values else "by hand"
        group = values["group"].text() if "group" in values else ""
        here = "here" in values and values["here"].flag()
        return Item(item_id, values["text"].text(), way, group, here=here)

    def task(self, field: Field, day: int, session: str, extra: str = "") -> Task:
        values = field.mapping(f"task title minutes items {extra}".strip(), "step why commands files guides links")
        number = values["task"].number()
        self.once(values["task"], "task", number)
        step = values["step"].text() if "step" in values else MANUAL
        step = MANUAL if step == FORMER_MANUAL else step
        if step not in self.steps:
            values["step"].refuse(f"the unknown step {step!r}", "one of " + ", ".join(self.steps))
        lists = {name: values[name].texts() for name in ("commands", "files", "guides", "links") if name in values}
        task = Task(
            number=number,
            title=values["title"].text(),
            minutes=values["minutes"].number(),
            step=step,
            why=values["why"].text() if "why" in values else "",
            items=tuple(self.item(entry, number) for entry in values["items"].entries()),
            day=day,
            session=session,
            **lists,
        )
        self.tasks[number] = task
        self.later.append(lambda: self.check_names(values, "guides", self.guides))
        return task

    def check_names(self, values: dict[str, Field], key: str, known: dict[str, Any]) -> None:
        for entry in values[key].entries() if key in values else ():
            if entry.text() not in known:
                entry.refuse(f"the unknown name {entry.text()!r}", "one of " + ", ".join(known))

    def guide(self, field: Field) -> None:
        values = field.mapping("guide title tasks hints")
        name = values["guide"].text()
        self.once(values["guide"], "guide", name)
        hints = tuple(self.hint(entry) for entry in values["hints"].entries())
        self.guides[name] = Guide(name, values["title"].text(), values["tasks"].numbers(), hints)
        self.later.append(lambda: self.check_tasks(values["tasks"]))

    def check_tasks(self, field: Field) -> None:
        for entry in field.entries():
            if entry.number() not in self.tasks:
                entry.refuse(f"the unknown task {entry.number()}", "the number of a task")

    def hint(self, field: Field) -> Hint:
        values = field.mapping("id text probe fix", "tasks run")
        self.once(values["id"], "hint", values["id"].text())
        if "tasks" in values:
            self.later.append(lambda: self.check_tasks(values["tasks"]))
        mends = values["tasks"].numbers() if "tasks" in values else ()
        run = values["run"].text() if "run" in values else ""
        probe = values["probe"].one_of(PROBES)
        return Hint(values["id"].text(), values["text"].text(), probe, values["fix"].text(), mends, run)

    def days(self, field: Field) -> Iterator[Day]:
        for entry in field.entries():
            values = entry.mapping("day title hours sessions")
            number = values["day"].number()
            self.once(values["day"], "day", number)
            sessions = tuple(self.session(each, number) for each in values["sessions"].entries())
            yield Day(number, values["title"].text(), values["hours"].text(), sessions)

    def session(self, field: Field, day: int) -> Session:
        values = field.mapping("session hours tasks")
        title = values["session"].text()
        tasks = tuple(self.task(each, day, title) for each in values["tasks"].entries())
        return Session(title, values["hours"].text(), tasks)

    def go_live(self, field: Field) -> Iterator[GoLiveList]:
        for entry in field.entries():
            values = entry.mapping("list title due items")
            name = values["list"].text()
            self.once(values["list"], "list", name)
            items = []
            for each in values["items"].entries():
                keys = each.mapping("id text", "follows")
                self.once(keys["id"], "item", keys["id"].text())
                follows = keys["follows"].texts() if "follows" in keys else ()
                items.append(Item(keys["id"].text(), keys["text"].text(), follows=follows))
            yield GoLiveList(name, values["title"].text(), values["due"].number(), tuple(items))


def read(files: list[tuple[Path, bytes]]) -> Checklist:
    """The checklist of the first file with the overlays that follow.

    Raises:
        ChecklistError: a file is wrong.
    """
    reader = Reader()
    (path, content), *overlays = files
    values = _document(path, content).mapping("version title hours summary days guides go_live links services prices")
    _version(values["version"])
    checklist = Checklist(
        title=values["title"].text(),
        hours=values["hours"].text(),
        summary=values["summary"].text(),
        days=tuple(reader.days(values["days"])),
        guides=reader.guides,
        go_live=tuple(reader.go_live(values["go_live"])),
        links={name: _link(field) for name, field in values["links"].mapping(free=True).items()},
        services={name: _service(field) for name, field in values["services"].mapping(free=True).items()},
        prices=_prices(values["prices"]),
    )
    for guide in values["guides"].entries():
        reader.guide(guide)
    for overlay in overlays:
        checklist = _overlaid(checklist, reader, *overlay)
    for check in reader.later:
        check()
    return checklist


def _link(field: Field) -> Link:
    values = field.mapping("title url")
    return Link(values["title"].text(), values["url"].text())


def _service(field: Field) -> Service:
    values = field.mapping("title sign_up tokens needs variables", "items account")
    texts = {name: each.text() for name, each in values.items() if name != "variables"}
    return Service(variables=values["variables"].texts(), **texts)


def _prices(field: Field) -> Prices:
    values = field.mapping("date source others usage plan memory cpu volume egress")
    figure = {name: values[name].figure() for name in ("plan", "memory", "cpu", "volume", "egress")}
    memory, cpu, volume, egress = (each.figure() for each in values["usage"].entries())
    return Prices(
        date=values["date"].text(), source=values["source"].text(), others=values["others"].text(),
        usage=(memory, cpu, volume, egress), **figure,
    )  # fmt: skip


def _version(field: Field) -> None:
    if field.number() != 1:
        field.refuse(str(field.number()), "version 1")


def _document(path: Path, content: bytes) -> Field:
    node = composed(path, content)
    if node is None:
        raise ChecklistError(f"{path}:1", "found an empty file, expected a mapping with the key version")
    return Field(path, node, "checklist")


def composed(path: Path, content: bytes) -> yaml.Node | None:
    """The nodes of a checklist's file.

    Raises:
        ChecklistError: it is no YAML, or none that is safe to read.
    """
    try:
        return yaml_file.compose(content)
    except yaml_file.InvalidYamlError as error:
        raise ChecklistError(f"{path}:{error.line}", f"found {error.problem}, expected valid YAML") from error


def _overlaid(checklist: Checklist, reader: Reader, path: Path, content: bytes) -> Checklist:
    values = _document(path, content).mapping("version", "items tasks guides flows rehearsal")
    _version(values["version"])
    days = checklist.days
    for field in values["tasks"].entries() if "tasks" in values else ():
        days = _with_task(days, reader, field)
    for field in values["items"].entries() if "items" in values else ():
        days = _with_item(days, reader, field)
    for field in values["guides"].entries() if "guides" in values else ():
        reader.guide(field)
    return dataclasses.replace(checklist, days=days)


def _with_task(days: tuple[Day, ...], reader: Reader, field: Field) -> tuple[Day, ...]:
    place = field.mapping("day session", "task title minutes items step why commands files guides links")
    day, session = place["day"].number(), place["session"].text()
    if not any(day == each.number and session == part.title for each in days for part in each.sessions):
        place["day"].refuse(f"day {day}, session {session!r}", "a day from 1 to 3 and the session Morning or Afternoon")
    task = reader.task(field, day, session, extra="day session")
    return _map_sessions(
        days,
        lambda each, part: (
            dataclasses.replace(part, tasks=(*part.tasks, task))
            if (each.number, part.title) == (day, session)
            else part
        ),
    )


def _with_item(days: tuple[Day, ...], reader: Reader, field: Field) -> tuple[Day, ...]:
    values = field.mapping("task id text", "way group here")
    number = values["task"].number()
    if number not in reader.tasks:
        values["task"].refuse(f"the unknown task {number}", "the number of a task")
    without_task = yaml.MappingNode(
        field.node.tag, [pair for pair in field.node.value if pair[0].value != "task"], field.node.start_mark
    )
    item = reader.item(Field(field.path, without_task, field.name), number)
    task = dataclasses.replace(reader.tasks[number], items=(*reader.tasks[number].items, item))
    reader.tasks[number] = task
    return _map_sessions(
        days,
        lambda _, part: dataclasses.replace(
            part, tasks=tuple(task if each.number == number else each for each in part.tasks)
        ),
    )


def _map_sessions(days: tuple[Day, ...], change: Callable[[Day, Session], Session]) -> tuple[Day, ...]:
    return tuple(
        dataclasses.replace(day, sessions=tuple(change(day, session) for session in day.sessions)) for day in days
    )


def _known_steps() -> tuple[str, ...]:
    """The step files there are and the steps of other packages, without importing one.

    Raises:
        ChecklistError: a package offers a step that Golive has itself.
    """
    spec = importlib.util.find_spec("steps")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    modules = {path.stem for folder in folders for path in Path(folder).glob("*.py")}
    own = {name for name in modules if name == MANUAL or re.match(r"t\d\d_", name)}
    brought = plugins.steps()
    for name in (own | {FORMER_MANUAL}) & brought.keys():
        raise ChecklistError(f"The package {brought[name].package} offers the step {name}", "Golive has one itself",
                             f"Uninstall {brought[name].package} from Golive's environment.")  # fmt: skip
    return tuple(sorted({*own, *brought}))
