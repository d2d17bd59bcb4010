"""The checklist as frozen dataclasses. `reader` makes them from the YAML files; `loader` finds the files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

OVERLAY = "golive.yaml"
"""The file with which a project adds to the checklist."""


@dataclass(frozen=True)
class Item:
    """A checkbox.

    *here*: its result is not in git, so it holds only in the clone where the work was done. *starts*: what has to start
    for it: the project under the settings of `production` or `development`, or the `deployment`. If that does not
    start, the item is not fulfilled.
    """

    id: str
    text: str
    way: str = "by hand"
    group: str = ""
    follows: tuple[str, ...] = ()
    here: bool = False
    starts: str = ""


@dataclass(frozen=True)
class Task:
    """A task. Its items can grow while Golive runs: the resources of a project are known once its site was explored."""

    number: int
    title: str
    minutes: int
    step: str
    why: str
    items: tuple[Item, ...] = field(hash=False)
    day: int = 0
    session: str = ""
    optional: bool = False
    """Whether it is of an optional day, so that it is run only when asked for and not counted with the others."""
    commands: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    guides: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def item(self, item_id: str) -> Item:
        return next(item for item in self.items if item.id == item_id)

    def put(self, item: Item) -> None:
        """Add *item*, or replace the item with the same id. All holders of the task see it at once."""
        known = any(each.id == item.id for each in self.items)
        items = tuple(item if each.id == item.id else each for each in self.items)
        object.__setattr__(self, "items", items if known else (*items, item))


@dataclass(frozen=True)
class Session:
    title: str
    hours: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Day:
    number: int
    title: str
    hours: str
    sessions: tuple[Session, ...]
    optional: bool = False

    @property
    def tasks(self) -> list[Task]:
        return [task for session in self.sessions for task in session.tasks]


@dataclass(frozen=True)
class Hint:
    """One possible cause. *tasks* are those whose plans fix it; *run* are the arguments of manage.py that do.

    *target* is the only target that the hint applies to; empty for all.
    """

    id: str
    text: str
    probe: str
    fix: str
    tasks: tuple[int, ...] = ()
    run: str = ""
    target: str = ""


@dataclass(frozen=True)
class Guide:
    id: str
    title: str
    tasks: tuple[int, ...]
    hints: tuple[Hint, ...]


@dataclass(frozen=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True)
class Service:
    """An external service: where to *sign_up*, where to create *tokens*, and which permissions it *needs*.

    *variables* are the variables that can hold a token, the preferred one first. *items* stay open without an account.
    """

    title: str
    sign_up: str
    tokens: str
    needs: str
    variables: tuple[str, ...]
    items: str = ""
    account: str = ""
    """The id of the checklist item for the account."""
    status: str = ""
    """The page that reports the service's outages."""

    @property
    def token(self) -> str:
        """The variable for a personal token."""
        return self.variables[-1]

    @property
    def access_hint(self) -> str:
        """The hint for an error about the token."""
        return f"Check {' or '.join(self.variables)}: create it at {self.tokens}. It needs {self.needs}."


@dataclass(frozen=True)
class Prices:
    """Published prices in US dollars, as of *date*, and the *usage* of one small site.

    *plan* is the monthly fee, which includes usage up to that amount. *memory* (a GB), *cpu* (a vCPU) and *volume* (a
    GB) are prices per month; *egress* is the price of a GB of traffic. *usage* has an amount of each, in this order.
    """

    date: str
    source: str
    plan: float
    memory: float
    cpu: float
    volume: float
    egress: float
    usage: tuple[float, float, float, float]
    others: str

    @property
    def month(self) -> float:
        """The monthly cost of one site with its database."""
        rates = (self.memory, self.cpu, self.volume, self.egress)
        return round(max(self.plan, sum(rate * used for rate, used in zip(rates, self.usage, strict=True))), 2)

    def description(self) -> str:
        memory, cpu, volume, egress = self.usage
        return (
            f"About ${self.month:.2f} a month at Railway, at its prices of {self.date} ({self.source}): {memory:g} GB "
            f"of memory, {cpu:g} vCPU, {volume:g} GB of volume and {egress:g} GB of traffic. The plan costs at least "
            f"${self.plan:g}. {self.others}"
        )


@dataclass(frozen=True)
class GoLiveList:
    """Items that are *due* so many hours after the launch. An item that *follows* others takes its status from them."""

    id: str
    title: str
    due: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Checklist:
    title: str
    hours: str
    summary: str
    days: tuple[Day, ...]
    guides: dict[str, Guide]
    go_live: tuple[GoLiveList, ...]
    links: dict[str, Link]
    services: dict[str, Service]
    prices: Prices

    @cached_property
    def tasks(self) -> dict[int, Task]:
        """All tasks by number, those of optional days too."""
        return {task.number: task for day in self.days for task in day.tasks}

    @property
    def required_tasks(self) -> list[Task]:
        """The tasks that a project needs before its launch."""
        return [task for task in self.tasks.values() if not task.optional]

    def begun_days(self, checked: Collection[str]) -> list[Day]:
        """The days to report: an optional day only if an item of it is among those *checked*."""
        return [
            day
            for day in self.days
            if not day.optional or any(item.id in checked for task in day.tasks for item in task.items)
        ]

    def begun_tasks(self, checked: Collection[str]) -> list[Task]:
        """The tasks of `begun_days`."""
        return [task for day in self.begun_days(checked) for task in day.tasks]

    def items(self) -> Iterator[tuple[Task, Item]]:
        for task in self.tasks.values():
            for item in task.items:
                yield task, item

    def guides_for(self, task: Task) -> list[Guide]:
        """The troubleshooting guides for *task*, in the order that the task names them."""
        return [self.guides[name] for name in task.guides]
