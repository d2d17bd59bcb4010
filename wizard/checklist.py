"""The checklist as frozen dataclasses; `wizard.checklist_yaml` reads and checks the files they come from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wizard import __version__, files, plugins
from wizard.errors import ChecklistError
from wizard.places import repository

OVERLAY = "golive.yaml"


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
    def denied(self) -> str:
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

    def told(self) -> str:
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


def bundled() -> Path:
    """Where checklist.yaml is: inside the installed package, or at the top of a source checkout."""
    here = Path(__file__).parent
    installed = here / "bundled" / "checklist.yaml"
    return installed if installed.is_file() else here.parent / "checklist.yaml"


def load(project_root: Path | None = None, path: Path | None = None) -> Checklist:
    """Read the checklist, with the project's overlay if it has one.

    Reading YAML costs more than all the rest of a `golive status`; the checked result is kept by content hash.

    Raises:
        ChecklistError: a file is wrong; names file, line, what was found and what was expected.
        EditError: golive.yaml is not a regular file, or can't be read.
    """
    paths = [path or bundled(), *plugins.overlays()]
    contents = [files.read(each) or b"" for each in paths]
    if project_root and (content := files.read(overlay := project_root / OVERLAY)) is not None:
        if overlay.is_symlink() and not files.inside(overlay, repository(project_root)):
            raise ChecklistError(f"{overlay} is a link out of the repository", f"it leads to {overlay.resolve()}",
                                 "Put a file of its own there.")  # fmt: skip
        paths.append(overlay)
        contents.append(content)
    brought = " ".join(plugins.steps())
    key = hashlib.sha256(b"\0".join([__version__.encode(), brought.encode(), *contents])).hexdigest()[:32]
    kept = files.cache_folder() / f"checklist-{key}.json"
    try:
        return _from_record(json.loads(kept.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    from wizard.checklist_yaml import read

    checklist = read(list(zip(paths, contents, strict=True)))
    _keep(kept, checklist)
    return checklist


def _keep(kept: Path, checklist: Checklist) -> None:
    temporary = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(checklist)), encoding="utf-8")
        temporary.replace(kept)
    except OSError:  # a read-only home only costs the speed
        return


def _from_record(record: dict[str, Any]) -> Checklist:
    def item(entry: dict[str, Any]) -> Item:
        return Item(**{**entry, "follows": tuple(entry["follows"])})

    def task(entry: dict[str, Any]) -> Task:
        lists = {name: tuple(entry[name]) for name in ("commands", "files", "guides", "links")}
        return Task(**{**entry, **lists, "items": tuple(item(each) for each in entry["items"])})

    def session(entry: dict[str, Any]) -> Session:
        return Session(entry["title"], entry["hours"], tuple(task(each) for each in entry["tasks"]))

    def day(entry: dict[str, Any]) -> Day:
        sessions = tuple(session(each) for each in entry["sessions"])
        return Day(entry["number"], entry["title"], entry["hours"], sessions)

    def guide(entry: dict[str, Any]) -> Guide:
        hints = tuple(Hint(**{**each, "tasks": tuple(each["tasks"])}) for each in entry["hints"])
        return Guide(entry["id"], entry["title"], tuple(entry["tasks"]), hints)

    return Checklist(
        title=record["title"],
        hours=record["hours"],
        summary=record["summary"],
        days=tuple(day(each) for each in record["days"]),
        guides={name: guide(each) for name, each in record["guides"].items()},
        go_live=tuple(
            GoLiveList(each["id"], each["title"], each["due"], tuple(item(entry) for entry in each["items"]))
            for each in record["go_live"]
        ),
        links={name: Link(**each) for name, each in record["links"].items()},
        services={
            name: Service(**{**each, "variables": tuple(each["variables"])})
            for name, each in record["services"].items()
        },
        prices=Prices(**{**record["prices"], "usage": tuple(record["prices"]["usage"])}),
    )
