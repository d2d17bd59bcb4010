"""Items for a project's own resources, which the checklist does not name. The state keeps their numbers.

Each is a fact: its name is `items.` and the item's id, its value has the resource and the item's text. So a number
belongs to one resource for good, and `golive status` shows the items without loading the project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.checklist.model import Item

if TYPE_CHECKING:
    from wizard.checklist.model import Checklist
    from wizard.state.state_file import Facts

PREFIX = "items."
TASK = 21
"""The task that the items belong to."""
GROUP = "Resources"
LONGEST = 200
"""Characters of an item's text and of a resource's label."""
ID = re.compile(rf"{TASK}\.[1-9][0-9]{{0,3}}")
MOST = 200
"""The maximum number of generated items."""


@dataclass(frozen=True)
class Generated:
    """The *resource* of a generated item, for example `shop.Book`, and the item's *text*."""

    resource: str
    text: str

    def item(self, item_id: str) -> Item:
        return Item(item_id, self.text, "auto", GROUP)

    def as_fact(self) -> str:
        return json.dumps({"resource": self.resource, "text": self.text}, ensure_ascii=False)

    @classmethod
    def of(cls, resource: object, text: object) -> Generated | None:
        """None if the values are not those of a generated item."""
        if not (isinstance(resource, str) and isinstance(text, str) and resource and text.strip()):
            return None
        return cls(" ".join(resource.split())[:LONGEST], " ".join(text.split())[:LONGEST])


def stored(facts: Mapping[str, str]) -> dict[str, Generated]:
    """The generated items in *facts*, by id and in the order of their numbers."""
    found: dict[str, Generated] = {}
    for name, fact in facts.items():
        item_id = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or not ID.fullmatch(item_id):
            continue
        try:
            record = json.loads(fact)
        except ValueError:
            continue
        if isinstance(record, dict) and (item := Generated.of(record.get("resource"), record.get("text"))):
            found[item_id] = item
    return dict(sorted(found.items(), key=lambda pair: _number(pair[0]))[:MOST])


def add_to(checklist: Checklist, facts: Mapping[str, str]) -> None:
    """Add the generated items in *facts* to *checklist*, except where golive.yaml has an item with the same id."""
    task = checklist.tasks.get(TASK)
    if task is None:
        return
    taken = {item.id for item in task.items}
    for item_id, generated in stored(facts).items():
        if item_id not in taken:
            task.put(generated.item(item_id))


def provide(checklist: Checklist, facts: Facts, generated: Sequence[Generated]) -> list[Item | None]:
    """The item for each resource, with its current text: the one that it had before, or a new one.

    None in place of an item if there are too many of them.
    """
    task, known = checklist.tasks.get(TASK), stored(facts.state.facts)
    if task is None:
        return [None] * len(generated)
    own = {item.id for item in task.items if item.group != GROUP}
    numbers: dict[str, str] = {}
    for item_id, found in known.items():
        if item_id not in own:
            numbers.setdefault(found.resource, item_id)
    taken, items = {*known, *(item.id for item in task.items)}, list[Item | None]()
    for each in generated:
        item_id = numbers.get(each.resource) or (next_id(taken) if len(known) < MOST else "")
        if item_id:
            numbers[each.resource], known[item_id] = item_id, each
            taken.add(item_id)
        items.append(each.item(item_id) if item_id else None)
    facts.put_all({PREFIX + item.id: known[item.id].as_fact() for item in items if item})
    for item in filter(None, items):
        task.put(item)
    return items


def take_over(checklist: Checklist, facts: dict[str, str], generated: Mapping[str, Generated]) -> dict[str, str]:
    """Add the items *generated* in another clone to *facts* and *checklist*.

    Returns their numbers here, by those there. A resource that has a number here keeps it.
    """
    numbers: dict[str, str] = {}
    task = checklist.tasks.get(TASK)
    for item_id, each in list(generated.items())[:MOST] if task else ():
        known = stored(facts)
        here = next((number for number, found in known.items() if found.resource == each.resource), "")
        if not here:
            taken = {*known, *(item.id for item in task.items)} if task else set()
            here = next_id(taken) if item_id in taken else item_id
            facts[PREFIX + here] = each.as_fact()
        numbers[item_id] = here
    add_to(checklist, facts)
    return numbers


def next_id(taken: set[str]) -> str:
    """The first number after those in *taken*, so that no number is used again."""
    return f"{TASK}.{max((_number(each) for each in taken if ID.fullmatch(each)), default=0) + 1}"


def _number(item_id: str) -> int:
    return int(item_id.rpartition(".")[2])
