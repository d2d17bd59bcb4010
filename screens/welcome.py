"""What Golive found: the project, its interpreter, its settings; or why it can't go on, and what to do."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Button, Footer, Header, Input, Label, LoadingIndicator, OptionList, Static
from textual.widgets.option_list import Option

from screens.desk import Happened
from wizard.errors import GoliveError, SeveralProjects
from wizard.events import Recovered
from wizard.plan import Finding
from wizard.secrets import redact

if TYPE_CHECKING:
    from screens.app import Golive


class Welcome(Screen[None]):
    """Detection; on a first visit it waits for the person to begin, later it goes on by itself."""

    CSS_PATH = "welcome.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", tooltip="Go to the map of the three days"),
        Binding("r", "again", "Look again", tooltip="Detect the project anew"),
    ]

    @property
    def golive(self) -> Golive:
        return cast("Golive", self.app)

    def compose(self) -> ComposeResult:
        yield Header()
        with Vertical(id="welcome"):
            yield Label("Golive", classes="title")
            yield Static("From a Django project on this machine to a monitored production service.", classes="quiet")
            yield Static("Looking at the project …", id="state", markup=False)
            yield LoadingIndicator()
            yield Static("", id="findings", markup=False)
            yield OptionList(id="several")
            yield Input(placeholder="path of the project's python", id="python")
            with Horizontal(classes="buttons"):
                yield Button("Begin", variant="primary", id="begin")
                yield Button("Look again", id="again")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#several").display = False
        self.query_one("#python").display = False
        self.look()

    def look(self) -> None:
        self.query_one(LoadingIndicator).display = True
        self.query_one("#state", Static).remove_class("error").update("Looking at the project …")
        for button in self.query(Button):
            button.display = False
        self.detect()

    @work(thread=True, exclusive=True, group="engine")
    def detect(self) -> None:
        desk = self.golive.desk
        try:
            findings = desk.open(self, desk.start)
        except GoliveError as error:
            self.app.call_from_thread(self.refused, error)
        else:
            self.app.call_from_thread(self.found, findings)

    @on(Happened)
    def note(self, message: Happened) -> None:
        if isinstance(message.event, Recovered):
            self.golive.desk.recovered.append(message.event.message)

    def found(self, findings: list[Finding]) -> None:
        engine = self.golive.desk.engine
        if engine.state.begun:
            self.golive.opened()
            return
        self.query_one(LoadingIndicator).display = False
        self.query_one("#state", Static).update(f"Found: {engine.project.root}")
        lines = [f"{'!' if finding.warning else '·'} {redact(str(finding))}" for finding in findings]
        plan = engine.checklist
        lines += [
            "",
            f"{plan.title}: {len(plan.tasks)} tasks, {plan.hours} hours. Nothing is changed before you have seen it.",
        ]
        self.query_one("#findings", Static).update("\n".join(lines))
        begin = self.query_one("#begin", Button)
        begin.display = True
        begin.focus()

    def refused(self, error: GoliveError) -> None:
        """Say what is wrong; offer the choice where there is one."""
        self.query_one(LoadingIndicator).display = False
        self.query_one("#state", Static).add_class("error").update(redact(error.what))
        self.query_one("#findings", Static).update(
            redact("\n".join(part for part in (error.why, "", error.hint) if part))
        )
        again = self.query_one("#again", Button)
        again.display = True
        again.focus()
        if isinstance(error, SeveralProjects):
            several = self.query_one("#several", OptionList)
            several.clear_options()
            several.add_options([Option(name, id=name) for name in error.places])
            several.display = True
            several.focus()
        wanted = "interpreter" in error.what.lower()
        self.query_one("#python").display = wanted
        if wanted:
            self.query_one("#python").focus()

    @on(OptionList.OptionSelected, "#several")
    def choose(self, chosen: OptionList.OptionSelected) -> None:
        desk = self.golive.desk
        desk.start = dataclasses.replace(desk.start, manage=str(chosen.option.id))
        self.query_one("#several").display = False
        self.look()

    @on(Input.Submitted, "#python")
    def use_python(self, given: Input.Submitted) -> None:
        desk = self.golive.desk
        desk.start = dataclasses.replace(desk.start, python=given.value.strip() or None)
        self.look()

    @on(Button.Pressed, "#begin")
    def action_begin(self) -> None:
        if self.golive.desk.ready and self.query_one("#begin").display:
            self.golive.opened()

    @on(Button.Pressed, "#again")
    def action_again(self) -> None:
        if self.query_one("#again").display:
            self.look()
