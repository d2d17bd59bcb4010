"""The go-live board: four lists with the evidence and due time of each item, and the launch."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Header, Label, OptionList
from textual.widgets.option_list import Option

from screens.base_screen import BaseScreen
from screens.formatting import local_time, safe
from screens.forms import Confirmation
from screens.item import ItemDialog, ItemNote, ServiceToken, VariableValue
from screens.key_names import key_of
from screens.launched import Launched
from screens.status_symbols import QUIET, STYLES, symbol
from screens.widgets.hanging import Hanging
from screens.widgets.keys import KeyBar
from screens.work_item import WorkItem
from wizard.checklist.model import Item
from wizard.reporting.go_live import due, progress, standings
from wizard.reporting.status_words import WORDS

MINUTE = 60.0
"""Seconds between updates of the due times."""


class GoLiveBoard(BaseScreen, Screen[None]):
    CSS_PATH = "go_live.tcss"
    HELP = (
        "The four lists around the launch. Golive checks some of the items as part of its tasks; the others are yours: "
        "press Enter to open one and confirm it. Due times count from the moment you go live."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", tooltip="Back to the dashboard", id="go_live.back"),
        Binding(
            "l",
            "launch",
            "Go live",
            tooltip="Record that the site is live. Due times count from now.",
            id="go_live.launch",
        ),
        Binding("r", "app.report", "Report", tooltip="Open the report in the browser", id="go_live.report"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item | None] = []
        """The item of each row; None for a heading."""

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("Go live", classes="title")
        yield Label("", id="when", classes="quiet", markup=False)
        yield OptionList(id="lists")
        yield KeyBar()

    def on_mount(self) -> None:
        self.show()
        self.query_one(OptionList).focus()
        self.set_interval(MINUTE, self.show)

    def work_ended(self, work_item: WorkItem) -> None:
        self.show()

    def show(self) -> None:
        engine, board = self.engine_session.engine, self.query_one(OptionList)
        launched = engine.state.launched
        when = (
            f"Live since {local_time(launched)}"
            if launched
            else f"Not live yet. Press {key_of('go_live.launch')} when the site is live."
        )
        self.query_one("#when", Label).update(when)
        highlighted, self.items = board.highlighted, []
        board.clear_options()
        for go_live_list in engine.checklist.go_live:
            found = standings(go_live_list, engine.state)
            heading = f"{go_live_list.title}: {progress(found, ' of ')}, {due(go_live_list, engine.state)}"
            self._add(Content.styled(heading, "bold"), None)
            for standing in found:
                style, label = STYLES.get(standing.status, ""), WORDS[standing.status]
                evidence = safe(standing.reason).splitlines()[0]
                row = Content.assemble(
                    (f"{symbol(standing.status)} {standing.item.text}", style), (f"  {label}, {evidence}", QUIET)
                )
                self._add(row, standing.item)
        board.highlighted = highlighted if highlighted is not None else 1

    def _add(self, row: Content, item: Item | None) -> None:
        self.items.append(item)
        self.query_one(OptionList).add_option(Option(Hanging(row), disabled=item is None))

    @on(OptionList.OptionSelected)
    def open_item(self, event: OptionList.OptionSelected) -> None:
        item = self.items[event.option_index]
        if item is not None:
            evidence = self.engine_session.engine.state.evidence.get(item.id)
            self.app.push_screen(ItemDialog(item, evidence), partial(self.record, item))

    def record(self, item: Item, result: ItemNote | ServiceToken | VariableValue | None) -> None:
        """Record the user's note on *item*."""
        if isinstance(result, ItemNote):
            last = self.engine_session.engine.checklist.required_tasks[-1]
            note = partial(self.engine_session.note, last, item, result.status, result.text)
            self.session_app.begin(WorkItem(f"Item {item.id}", note))

    def action_launch(self) -> None:
        text = "Is the site live now?"
        why = "The due times of these lists count from now."
        dialog = Confirmation("Go live", text, why, yes="The site is live", no="Not yet")
        self.app.push_screen(dialog, self.launch_if_agreed)

    def launch_if_agreed(self, agreed: bool | None) -> None:
        if agreed:
            self.session_app.begin(WorkItem("The launch", self.engine_session.launch, on_success=self.celebrate))

    def celebrate(self, moment: str) -> None:
        self.app.push_screen(Launched(self.engine_session.engine.project.root.name, moment))
