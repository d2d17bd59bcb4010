"""The items of a task, each with its evidence."""

from __future__ import annotations

from textual.widgets.option_list import Option, OptionDoesNotExist

from screens.status_symbols import item_row
from screens.widgets.hanging import Hanging
from screens.widgets.wrapped_list import WrappedList
from wizard.checklist.evidence import Evidence
from wizard.checklist.model import Item, Task
from wizard.state.state_file import State


class ItemList(WrappedList):
    """One row for each item; selecting it opens the item."""

    def __init__(self, task: Task) -> None:
        super().__init__(*(Option(Hanging(item_row(item, None)), id=item.id) for item in task.items))
        self.task_shown = task

    def show(self, state: State) -> None:
        for item in self.task_shown.items:
            self.tick(item, state.evidence.get(item.id))

    def tick(self, item: Item, evidence: Evidence | None) -> None:
        """Show *evidence* of *item*; None if it has not been checked. An item can be new since the task was opened."""
        row = Hanging(item_row(item, evidence))
        try:
            self.replace_option_prompt(item.id, row)
        except OptionDoesNotExist:
            self.add_option(Option(row, id=item.id))
