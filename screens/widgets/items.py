"""The items of a task: sign, text, and the evidence below."""

from __future__ import annotations

from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.status_symbols import item_row
from wizard.checklist.evidence import Evidence
from wizard.checklist.model import Item, Task
from wizard.state.state_file import State


class ItemList(OptionList):
    """One row an item; choosing it opens what is known of it."""

    def __init__(self, task: Task) -> None:
        super().__init__(*(Option(item_row(item, None), id=item.id) for item in task.items))
        self.task_shown = task

    def show(self, state: State) -> None:
        for item in self.task_shown.items:
            self.tick(item, state.evidence.get(item.id))

    def tick(self, item: Item, evidence: Evidence | None) -> None:
        """Show *evidence* for *item*; None when nothing is known yet."""
        self.replace_option_prompt(item.id, item_row(item, evidence))
