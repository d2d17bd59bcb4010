"""Search over tasks and items by number, words and status; what is chosen is opened."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from screens.base_screen import Page
from screens.formatting import waits
from screens.status_symbols import QUIET, STYLES, sign
from wizard.checklist.model import Task


class Search(Page, ModalScreen[tuple[Task, str] | None]):
    """Dismissed with the task, and the id of an item where one was chosen."""

    CSS_PATH = "search.tcss"
    HELP = (
        "Type words of a task or an item, its number, or a status: open, done, rehearsed, waived, failed, drifted, "
        "and `waits` for what waits for you."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down", "move(1)", "Down", show=False, priority=True),
        Binding("up", "move(-1)", "Up", show=False, priority=True),
    ]

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.words = words
        self.places: list[tuple[Task, str]] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Search tasks and items", classes="title")
            yield Input(self.words, placeholder="words, a number, or a status such as waits or drifted", compact=True)
            yield OptionList(id="found")
            yield Label("", id="count", classes="quiet")

    def on_mount(self) -> None:
        self.query_one("#found").can_focus = False
        self.find(self.words)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        self.find(event.value)

    def find(self, text: str) -> None:
        engine, words = self.desk.engine, text.lower().split()
        self.places, rows = [], []
        for task in engine.checklist.tasks.values():
            status, mine = engine.state.task_status(task), {item.id for item in waits(task, engine.state)}
            if _has(f"{task.number} {task.title} {status} {task.session} day {task.day}", words):
                self.places.append((task, ""))
                label = Content.assemble(
                    (f"{sign(status)} {task.number} {task.title}", STYLES.get(status, "")), (f"  {status}", QUIET)
                )
                rows.append(Option(label))
            for item in task.items if words else ():
                status = engine.state.status(item.id)
                if _has(f"{item.id} {item.text} {status} {'waits' if item.id in mine else ''}", words):
                    self.places.append((task, item.id))
                    style = STYLES.get(status, "")
                    rows.append(
                        Option(
                            Content.assemble(
                                (f"    {sign(status)} {item.id} {item.text}", style), (f"  {status}", QUIET)
                            )
                        )
                    )
        found = self.query_one("#found", OptionList)
        found.clear_options()
        found.add_options(rows)
        found.highlighted = 0 if rows else None
        self.query_one("#count", Label).update(f"{len(rows)} found; Enter opens" if rows else "Nothing has these words")

    def action_move(self, step: int) -> None:
        found = self.query_one("#found", OptionList)
        (found.action_cursor_down if step > 0 else found.action_cursor_up)()

    @on(Input.Submitted)
    def take(self) -> None:
        here = self.query_one("#found", OptionList).highlighted
        if here is not None:
            self.dismiss(self.places[here])

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.places[event.option_index])


def _has(text: str, words: list[str]) -> bool:
    low = text.lower()
    return all(word in low for word in words)
