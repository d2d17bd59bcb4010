"""The go-live board: four lists, what each item rests on, when it is due; and the moment of going live."""

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

from screens.base_screen import Page
from screens.formatting import safe
from screens.forms import agreed, sure
from screens.item import ItemDialog, Said, Token
from screens.launched import Celebration
from screens.status_symbols import QUIET, STYLES, sign
from screens.widgets.keys import Keys
from screens.work_item import Job
from wizard.checklist.model import Item
from wizard.reporting.go_live import due, standings
from wizard.state.state_file import SETTLED

MINUTE = 60.0
"""Seconds between two looks at the clock: due times are told in minutes and hours."""


class LaunchScreen(Page, Screen[None]):
    CSS_PATH = "go_live.tcss"
    HELP = (
        "The four lists around the launch. Items with evidence of their own tasks are ticked by it; the others are "
        "yours: Enter opens one. Due times count from the moment you go live."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Map", tooltip="Back to the map of the three days"),
        Binding("l", "launch", "Go live", tooltip="The site is live from now on; due times count from here"),
        Binding("b", "app.report", "Report", tooltip="Open the report of how things stand in the browser"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item | None] = []

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("Go live", classes="title")
        yield Label("", id="when", classes="quiet", markup=False)
        yield OptionList(id="lists")
        yield Keys()

    def on_mount(self) -> None:
        self.show()
        self.query_one(OptionList).focus()
        self.set_interval(MINUTE, self.show)

    def ended(self, job: Job) -> None:
        self.show()

    def show(self) -> None:
        engine, board = self.desk.engine, self.query_one(OptionList)
        launched = engine.state.launched
        self.query_one("#when", Label).update(
            f"Live since {launched}" if launched else "Not live yet; press l when it is"
        )
        here, self.items = board.highlighted, []
        board.clear_options()
        for each in engine.checklist.go_live:
            found = standings(each, engine.state)
            settled = sum(standing.status in SETTLED for standing in found)
            head = f"{each.title}: {settled} of {len(found)}, {due(each, engine.state)}"
            self._add(Content.styled(head, "bold"), None)
            for standing in found:
                style = STYLES.get(standing.status, "")
                told = safe(standing.reason).splitlines()[0]
                row = Content.assemble(
                    (f"{sign(standing.status)} {standing.item.text}", style), (f"  {standing.status}, {told}", QUIET)
                )
                self._add(row, standing.item)
        board.highlighted = here if here is not None else 1

    def _add(self, row: Content, item: Item | None) -> None:
        self.items.append(item)
        self.query_one(OptionList).add_option(Option(row, disabled=item is None))

    @on(OptionList.OptionSelected)
    def open_item(self, event: OptionList.OptionSelected) -> None:
        item = self.items[event.option_index]
        if item is not None:
            evidence = self.desk.engine.state.evidence.get(item.id)
            self.app.push_screen(ItemDialog(item, evidence), partial(self.note, item))

    def note(self, item: Item, said: Said | Token | None) -> None:
        if isinstance(said, Said):
            last = self.desk.engine.checklist.tasks[max(self.desk.engine.checklist.tasks)]
            work = partial(self.desk.note, last, item, said.status, said.text)
            self.golive.begin(Job(f"{item.id} is {said.status}", work))

    def action_launch(self) -> None:
        text = "Is the site live from now on?"
        why = "Due times of the lists below count from this moment."
        self.app.push_screen(sure("Go live", text, why, default="yes"), self.launch_if_sure)

    def launch_if_sure(self, answers: dict[str, str] | None) -> None:
        if agreed(answers):
            self.golive.begin(Job("The launch", self.desk.launch, then=self.celebrate))

    def celebrate(self, moment: str) -> None:
        self.app.push_screen(Celebration(self.desk.engine.project.root.name, moment))
