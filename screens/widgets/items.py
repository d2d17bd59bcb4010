"""The items of a task: sign, text, and the evidence below."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.signs import STYLES, sign
from wizard.checklist import Item, Task
from wizard.evidence import Evidence, Status
from wizard.secrets import redact
from wizard.state import State

QUIET = "grey62"


class Items(OptionList):
    """One row an item; choosing it opens what is known of it."""

    def __init__(self, task: Task) -> None:
        super().__init__(*(Option(item.text, id=item.id) for item in task.items))
        self.task_shown = task

    def show(self, state: State) -> None:
        for item in self.task_shown.items:
            self.tick(item, state.evidence.get(item.id))

    def tick(self, item: Item, evidence: Evidence | None) -> None:
        """Show *evidence* for *item*; None when nothing is known yet."""
        self.replace_option_prompt(item.id, row(item, evidence))


def row(item: Item, evidence: Evidence | None) -> Text:
    status = evidence.status if evidence else Status.OPEN
    text = Text().append(f"{sign(status)} {item.id} {item.text}", STYLES.get(status, ""))
    if item.way != "auto" and status is Status.OPEN:
        text.append(f" ({item.way})", QUIET)
    if evidence:
        how = f"{evidence.ran} → {evidence.showed}" if evidence.ran else evidence.showed
        word = "" if status is Status.DONE else f"{status}: "
        text.append(f"\n      {word}{redact(how).splitlines()[0] if how else ''}", QUIET)
    return text
