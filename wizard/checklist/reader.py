"""Read checklist.yaml and its overlays into a `Checklist`. Each error names its file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from wizard.base.errors import ChecklistError
from wizard.checklist import overlay, yaml_fields
from wizard.checklist.model import Checklist, Day, GoLiveList, Guide, Hint, Item, Link, Prices, Service, Session, Task
from wizard.checklist.step_names import FORMER_MANUAL, MANUAL, step_names
from wizard.checklist.yaml_fields import Field

WAYS = ("auto", "assisted", "by hand")
STARTS = ("production", "development", "deployment")
PROBES = (
    "logs", "variables", "database", "procfile", "migrations", "allowed_hosts", "collectstatic", "whitenoise",
    "static_root", "browser_cache", "decorator", "limited", "client_address", "railway_cli", "login", "name",
    "patience", "connection", "platform_database", "worker_command", "worker_signal", "worker_queues", "schedule_lines",
    "redis_address",
    "open_connections", "disk_space", "event_filter", "new_migrations", "lock_timeout", "draining",
    "postgres_programs", "database_access", "search_path", "upload_storage", "media_route", "bucket",
    "mail_way", "mail_key", "mail_link", "mail_log",
)  # fmt: skip


class Reader:
    """Builds the parts of one checklist and checks that ids are unique and that references exist."""

    def __init__(self) -> None:
        self.first_uses: dict[str, Field] = {}
        self.steps = step_names()
        self.tasks: dict[int, Task] = {}
        self.guides: dict[str, Guide] = {}
        self.optional_days: set[int] = set()
        self.deferred_checks: list[Callable[[], None]] = []
        """Checks of references, to run when every task and guide has been read."""

    def require_unique(self, field: Field, kind: str, value: object) -> None:
        key = f"{kind} {value}"
        if first := self.first_uses.get(key):
            field.refuse(f"{kind} {value!r} again (first at {first.path.name}:{first.line})", "each id once")
        self.first_uses[key] = field

    def days(self, field: Field) -> Iterator[Day]:
        for entry in field.entries():
            values = entry.mapping("day title hours sessions", "optional")
            number = values["day"].number()
            self.require_unique(values["day"], "day", number)
            if "optional" in values and values["optional"].flag():
                self.optional_days.add(number)
            sessions = tuple(self.session(each, number) for each in values["sessions"].entries())
            optional = number in self.optional_days
            yield Day(number, values["title"].text(), values["hours"].text(), sessions, optional)

    def session(self, field: Field, day: int) -> Session:
        values = field.mapping("session hours tasks")
        title = values["session"].text()
        tasks = tuple(self.task(each, day, title) for each in values["tasks"].entries())
        return Session(title, values["hours"].text(), tasks)

    def task(self, field: Field, day: int, session: str, extra: str = "") -> Task:
        values = field.mapping(f"task title minutes items {extra}".strip(), "step why commands files guides links")
        number = values["task"].number()
        self.require_unique(values["task"], "task", number)
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
            optional=day in self.optional_days,
            **lists,
        )
        self.tasks[number] = task
        self.deferred_checks.append(lambda: self._check_names(values, "guides", self.guides))
        return task

    def item(self, field: Field, task: int) -> Item:
        values = field.mapping("id text", "way group here starts")
        item_id = values["id"].text()
        if not item_id.startswith(f"{task}."):
            values["id"].refuse(repr(item_id), f"an id that starts with '{task}.'")
        self.require_unique(values["id"], "item", item_id)
        way = values["way"].one_of(WAYS) if "way" in values else "by hand"
        group = values["group"].text() if "group" in values else ""
        here = "here" in values and values["here"].flag()
        starts = values["starts"].one_of(STARTS) if "starts" in values else ""
        return Item(item_id, values["text"].text(), way, group, here=here, starts=starts)

    def guide(self, field: Field) -> None:
        values = field.mapping("guide title tasks hints")
        name = values["guide"].text()
        self.require_unique(values["guide"], "guide", name)
        hints = tuple(self.hint(entry) for entry in values["hints"].entries())
        self.guides[name] = Guide(name, values["title"].text(), values["tasks"].numbers(), hints)
        self.deferred_checks.append(lambda: self._check_tasks(values["tasks"]))

    def hint(self, field: Field) -> Hint:
        values = field.mapping("id text probe fix", "tasks run target")
        self.require_unique(values["id"], "hint", values["id"].text())
        if "tasks" in values:
            self.deferred_checks.append(lambda: self._check_tasks(values["tasks"]))
        tasks = values["tasks"].numbers() if "tasks" in values else ()
        run = values["run"].text() if "run" in values else ""
        probe = values["probe"].one_of(PROBES)
        target = values["target"].text() if "target" in values else ""
        return Hint(values["id"].text(), values["text"].text(), probe, values["fix"].text(), tasks, run, target)

    def go_live(self, field: Field) -> Iterator[GoLiveList]:
        for entry in field.entries():
            values = entry.mapping("list title due items")
            name = values["list"].text()
            self.require_unique(values["list"], "list", name)
            items = []
            for each in values["items"].entries():
                keys = each.mapping("id text", "follows")
                self.require_unique(keys["id"], "item", keys["id"].text())
                follows = keys["follows"].texts() if "follows" in keys else ()
                items.append(Item(keys["id"].text(), keys["text"].text(), follows=follows))
            yield GoLiveList(name, values["title"].text(), values["due"].number(), tuple(items))

    def _check_names(self, values: dict[str, Field], key: str, known: dict[str, Any]) -> None:
        for entry in values[key].entries() if key in values else ():
            if entry.text() not in known:
                entry.refuse(f"the unknown name {entry.text()!r}", "one of " + ", ".join(known))

    def _check_tasks(self, field: Field) -> None:
        for entry in field.entries():
            if entry.number() not in self.tasks:
                entry.refuse(f"the unknown task {entry.number()}", "the number of a task")


def read(files: list[tuple[Path, bytes]]) -> Checklist:
    """Read the first file as the checklist and the others as overlays of it.

    Raises:
        ChecklistError: a file is wrong.
    """
    reader = Reader()
    (path, content), *overlays = files
    values = _root(path, content).mapping("version title hours summary days guides go_live links services prices")
    _check_version(values["version"])
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
    for path, content in overlays:
        additions = _root(path, content).mapping("version", "items tasks guides flows rehearsal skip_urls")
        _check_version(additions["version"])
        checklist = overlay.apply(checklist, reader, additions)
    for check in reader.deferred_checks:
        check()
    return checklist


def _root(path: Path, content: bytes) -> Field:
    field = yaml_fields.parse(path, content)
    if field is None:
        raise ChecklistError(f"{path}:1", "found an empty file, expected a mapping with the key version")
    return field


def _check_version(field: Field) -> None:
    if field.number() != 1:
        field.refuse(str(field.number()), "version 1")


def _link(field: Field) -> Link:
    values = field.mapping("title url")
    return Link(values["title"].text(), values["url"].text())


def _service(field: Field) -> Service:
    values = field.mapping("title sign_up tokens needs variables", "items account status")
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
