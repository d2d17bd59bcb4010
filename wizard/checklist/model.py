"""The checklist as frozen dataclasses. `reader` makes them from the files, and `loader` finds and caches those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

OVERLAY = "golive.yaml"
"""The project's own additions to the checklist."""


@dataclass(frozen=True)
class Item:
    """One box; *here* says that it holds only where the work was done: git doesn't hold what it is about."""

    id: str
    text: str
    way: str = "by hand"
    group: str = ""
    follows: tuple[str, ...] = ()
    here: bool = False


@dataclass(frozen=True)
class Task:
    number: int
    title: str
    minutes: int
    step: str
    why: str
    items: tuple[Item, ...]
    day: int = 0
    session: str = ""
    commands: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    guides: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def item(self, item_id: str) -> Item:
        return next(item for item in self.items if item.id == item_id)


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


@dataclass(frozen=True)
class Hint:
    """One thing to look at; *tasks* are those whose plans mend it, *run* the arguments of manage.py that do."""

    id: str
    text: str
    probe: str
    fix: str
    tasks: tuple[int, ...] = ()
    run: str = ""


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
    """A service outside: where to *sign_up*, where its *tokens* are made, what they *need* to allow.

    *variables* are the names a token may have, best first; *items* are those that stay open without an account.
    """

    title: str
    sign_up: str
    tokens: str
    needs: str
    variables: tuple[str, ...]
    items: str = ""
    account: str = ""
    """The item that asks for the account."""

    @property
    def token(self) -> str:
        """The variable a person's own token goes into."""
        return self.variables[-1]

    @property
    def access_hint(self) -> str:
        """What to do when it refuses the token."""
        return f"Check {' or '.join(self.variables)}: it is made at {self.tokens}, and needs {self.needs}."


@dataclass(frozen=True)
class Prices:
    """Published prices in US dollars, as of *date*: a month of the *plan*, which covers usage up to that; a GB of
    memory, a vCPU and a GB of volume a month, a GB of traffic; and the *usage* one small site has of each."""

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
        """What one site with its database costs a month."""
        rates = (self.memory, self.cpu, self.volume, self.egress)
        return round(max(self.plan, sum(rate * used for rate, used in zip(rates, self.usage, strict=True))), 2)

    def description(self) -> str:
        memory, cpu, volume, egress = self.usage
        return (
            f"About ${self.month:.2f} a month at Railway, by its prices of {self.date} ({self.source}): {memory:g} GB "
            f"of memory, {cpu:g} vCPU, {volume:g} GB of volume and {egress:g} GB of traffic; at least the plan's "
            f"${self.plan:g}. {self.others}"
        )


@dataclass(frozen=True)
class GoLiveList:
    """Items that are due so many hours after the launch; one that *follows* others is as settled as they are."""

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
        return {task.number: task for day in self.days for session in day.sessions for task in session.tasks}

    def items(self) -> Iterator[tuple[Task, Item]]:
        for task in self.tasks.values():
            for item in task.items:
                yield task, item

    def guides_for(self, task: Task) -> list[Guide]:
        """The guides that serve *task*, its own order first."""
        return [self.guides[name] for name in task.guides]
