"""Search over tasks and items by number, words and status."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from screens.base_screen import BaseScreen
from screens.formatting import needing_input
from screens.status_symbols import QUIET, STYLES, symbol
from screens.task_settings import SETTINGS
from screens.widgets.hanging import Hanging
from wizard.base.wording import plural
from wizard.checklist.evidence import Status
from wizard.checklist.model import Task
from wizard.reporting.status_words import WORDS


class Search(BaseScreen, ModalScreen[tuple[Task, str] | None]):
    """Returns the task that was chosen, and the id of the item if one was."""

    CSS_PATH = "search.tcss"
    HELP = (
        "Type words of a task or an item, its number, a setting, a command, or a status: open, done, rehearsed, "
        "skipped, failed, drifted, or “needs your input”. Explanations and troubleshooting guides are searched too."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="search.back"),
        Binding("down", "move(1)", "Down", show=False, priority=True, id="search.down"),
        Binding("up", "move(-1)", "Up", show=False, priority=True, id="search.up"),
    ]

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.words = words
        self.matches: list[tuple[Task, str]] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Search tasks and items", classes="title")
            yield Input(self.words, placeholder="Words, a number, or a status such as open or drifted", compact=True)
            yield OptionList(id="matches")
            yield Label("", id="count", classes="quiet")

    def on_mount(self) -> None:
        self.query_one("#matches").can_focus = False
        self.find(self.words)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        self.find(event.value)

    def find(self, text: str) -> None:
        engine, words = self.engine_session.engine, text.lower().split()
        self.matches, rows = [], []
        for task in engine.checklist.tasks.values():
            status, waiting = engine.state.task_status(task), {item.id for item in needing_input(task, engine.state)}
            position = f"{task.session} day {task.day}"
            if matches(f"{task.number} {task.title} {names(status)} {position} {self.explanations[task]}", words):
                self.matches.append((task, ""))
                rows.append(match_row(f"{task.number} {task.title}", status))
            for item in task.items if words else ():
                status = engine.state.status(item.id)
                evidence = engine.state.evidence.get(item.id)
                checked = f"{evidence.ran} {evidence.showed}" if evidence else ""
                needed = "needs your input" * (item.id in waiting)
                if matches(f"{item.id} {item.text} {names(status)} {needed} {checked}", words):
                    self.matches.append((task, item.id))
                    rows.append(match_row(f"{item.id} {item.text}", status, indent="    "))
        options = self.query_one("#matches", OptionList)
        options.clear_options()
        options.add_options(rows)
        options.highlighted = 0 if rows else None
        count = f"{plural(len(rows), 'result')}. Press Enter to open."
        self.query_one("#count", Label).update(count if rows else "No matches")

    @cached_property
    def explanations(self) -> dict[Task, str]:
        """What else a task is found by: why it matters, its settings, commands and files, its guides and links."""
        checklist, found = self.engine_session.engine.checklist, dict[Task, str]()
        for task in checklist.tasks.values():
            guides = checklist.guides_for(task)
            hints = [f"{hint.text} {hint.fix}" for guide in guides for hint in guide.hints]
            links = [link.title for name in task.links if (link := checklist.links.get(name))]
            settings = SETTINGS.get(task.step, "")
            found[task] = " ".join(
                [task.why, settings, *task.commands, *task.files, *(each.title for each in guides), *hints, *links]
            )
        return found

    def action_move(self, step: int) -> None:
        options = self.query_one("#matches", OptionList)
        (options.action_cursor_down if step > 0 else options.action_cursor_up)()

    @on(Input.Submitted)
    def choose_highlighted(self) -> None:
        highlighted = self.query_one("#matches", OptionList).highlighted
        if highlighted is not None:
            self.dismiss(self.matches[highlighted])

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.matches[event.option_index])


def names(status: Status) -> str:
    """The words by which *status* is found: as it is shown, and as the machine formats have it."""
    return f"{WORDS[status]} {status}"


def matches(text: str, words: list[str]) -> bool:
    """Whether *text* has all of *words*, which are in lower case."""
    lower = text.lower()
    return all(word in lower for word in words)


def match_row(text: str, status: Status, indent: str = "") -> Option:
    style = STYLES.get(status, "")
    row = Content.assemble((f"{indent}{symbol(status)} {text}", style), (f"  {WORDS[status]}", QUIET))
    return Option(Hanging(row))
