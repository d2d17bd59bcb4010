"""The go-live board: four lists, what each item rests on, when it is due; and the moment of going live."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Header, Label, OptionList
from textual.widgets.option_list import Option

from screens.item import ItemDialog, Said
from screens.question import Form
from screens.signs import STYLES, sign
from wizard.answers import Question
from wizard.checklist import Item
from wizard.launch import due, standings
from wizard.secrets import redact
from wizard.state import SETTLED

if TYPE_CHECKING:
    from screens.app import Golive


class LaunchScreen(Screen[None]):
    CSS_PATH = "launch.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Map", tooltip="Back to the map of the three days"),
        Binding("l", "launch", "Go live", tooltip="The site is live from now on; due times count from here"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item | None] = []

    @property
    def golive(self) -> Golive:
        return cast("Golive", self.app)

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("Go live", classes="title")
        yield Label("", id="when", classes="quiet", markup=False)
        yield OptionList(id="lists")
        yield Footer()

    def on_mount(self) -> None:
        self.show()
        self.query_one(OptionList).focus()

    def show(self) -> None:
        engine, board = self.golive.desk.engine, self.query_one(OptionList)
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
            self._add(Text(head, "bold"), None)
            for standing in found:
                style = STYLES.get(standing.status, "")
                row = Text(f"{sign(standing.status)} {standing.item.text}", style, no_wrap=True, overflow="ellipsis")
                row.append(f"  {standing.status}, {redact(standing.told).splitlines()[0]}", "grey62")
                self._add(row, standing.item)
        board.highlighted = here if here is not None else 1

    def _add(self, row: Text, item: Item | None) -> None:
        self.items.append(item)
        self.query_one(OptionList).add_option(Option(row, disabled=item is None))

    @on(OptionList.OptionSelected)
    def open_item(self, event: OptionList.OptionSelected) -> None:
        item = self.items[event.option_index]
        if item is not None:
            evidence = self.golive.desk.engine.state.evidence.get(item.id)
            self.app.push_screen(ItemDialog(item, evidence), lambda said: self.note(item, said))

    def note(self, item: Item, said: Said | None) -> None:
        if said:
            engine = self.golive.desk.engine
            engine.note(engine.checklist.tasks[24], item, said.status, said.text)
            self.show()

    def action_launch(self) -> None:
        text = "Is the site live from now on?"
        why = "Due times of the lists below count from this moment."
        self.app.push_screen(Form("Go live", [Question("live", text, "yes", why, ("yes", "no"))]), self.launch_if_sure)

    def launch_if_sure(self, answers: dict[str, str] | None) -> None:
        if answers and answers["live"] == "yes":
            moment = self.golive.desk.engine.launch()
            self.notify(f"Live since {moment}. Well done.", title="You are live", timeout=10)
            self.show()
