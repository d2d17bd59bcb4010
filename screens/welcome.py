"""What Golive found: the project, its interpreter, its settings; or why it can't go on, and what to do."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Header, Input, Label, LoadingIndicator, OptionList, Static
from textual.widgets.option_list import Option

from screens.base_screen import Page
from screens.widgets.keys import Keys
from wizard.base.errors import GoliveError, SeveralProjects
from wizard.project.trust import QUESTION, WHY, is_trusted, trust, what_runs

if TYPE_CHECKING:
    from wizard.plan.actions import Finding


class Welcome(Page, Screen[None]):
    """Detection; on a first visit it waits for the person to begin, later it goes on by itself."""

    CSS_PATH = "welcome.tcss"
    HELP = (
        "Golive looks at the project: its manage.py, settings, interpreter and environment. Nothing is changed here. "
        "That runs the project's code, so Golive asks once for each folder whether you trust it. "
        "If something can't be found, it says what to do: correct it, then look again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", tooltip="Go to the map of the three days"),
        Binding("r", "again", "Look again", tooltip="Detect the project anew"),
    ]

    untrusted: Path | None = None
    """The project that the person is asked about."""

    def compose(self) -> ComposeResult:
        """What is painted first; the rest comes once that stands."""
        with Vertical(id="welcome"):
            yield Label("Golive", classes="title")
            yield Static("From a Django project on this machine to a monitored production service.", classes="quiet")
            yield Static("Looking at the project …", id="state", markup=False)

    def on_mount(self) -> None:
        self.call_after_refresh(self.furnish)

    async def furnish(self) -> None:
        findings = VerticalScroll(Static("", id="findings", markup=False), id="told")
        several, python = (
            OptionList(id="several", markup=False),
            Input(placeholder="path of the project's python", id="python"),
        )
        begin, again = Button("Begin", variant="primary", id="begin"), Button("Look again", id="again")
        leave, trusted = Button("Leave", variant="primary", id="leave"), Button("Trust and continue", id="trust")
        for hidden in (several, python, begin, again, leave, trusted):
            hidden.display = False
        buttons = Horizontal(leave, trusted, begin, again, classes="buttons")
        async with self.batch():
            await self.mount(Header(), Keys())
            await self.query_one("#welcome").mount(LoadingIndicator(), findings, several, python, buttons)
            self.add_class("-furnished")
        self.ask_for_trust()

    @work(thread=True, exclusive=True, group="trust")
    def ask_for_trust(self) -> None:
        from wizard.project.detection import locate

        start, app = self.golive.start, self.golive
        try:
            place = locate(start.folder, start.manage)
            trusted = is_trusted(place.root)
            runs = [] if trusted else what_runs(place, start.python)
        except GoliveError as error:
            if not app.leaving:
                app.call_from_thread(self.refused, error)
            return
        if not app.leaving:
            app.call_from_thread(self.look if trusted else partial(self.ask, place.root, runs))

    def ask(self, root: Path, runs: list[str]) -> None:
        """Nothing of the project runs before the person said that it may. Enter says no."""
        from screens.formatting import safe

        self.untrusted = root
        self.query_one(LoadingIndicator).display = False
        for button in self.query(Button):
            button.display = button.id in {"leave", "trust"}
        self.query_one("#state", Static).remove_class("error").update(QUESTION)
        lines = [str(root), "", f"{WHY} It would run:", *(f"- {each}" for each in runs), "",
                 "You are asked once for each folder."]  # fmt: skip
        self.query_one("#findings", Static).update(safe("\n".join(lines)))
        self.query_one("#leave", Button).focus()

    @on(Button.Pressed, "#trust")
    def action_trust(self) -> None:
        if self.untrusted is not None:
            self.remember_trust(self.untrusted)
            self.query_one("#findings", Static).update("")
            self.query_one("#state", Static).update("Looking at the project …")

    @work(thread=True, exclusive=True, group="trust")
    def remember_trust(self, root: Path) -> None:
        trust(root)
        if not self.golive.leaving:
            self.app.call_from_thread(self.look)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.golive.leave()

    def look(self) -> None:
        self.query_one(LoadingIndicator).display = True
        self.query_one("#state", Static).remove_class("error").update("Looking at the project …")
        for button in self.query(Button):
            button.display = False
        self.detect()

    @work(thread=True, exclusive=True, group="engine")
    def detect(self) -> None:
        from screens.engine_session import EngineSession, FrontendCallbacks

        app = self.golive
        try:
            if app.desk is None:
                app.desk = EngineSession.open(
                    app.start, FrontendCallbacks(app.take_break, app.hand_over, app.give_way), app.tell
                )
            findings = app.desk.findings()
        except GoliveError as error:
            if not app.leaving:
                app.call_from_thread(self.refused, error)
        else:
            if not app.leaving:
                app.call_from_thread(self.found, findings)

    def found(self, findings: list[Finding]) -> None:
        from screens.formatting import safe

        engine = self.desk.engine
        if engine.state.started:
            self.golive.opened()
            return
        self.query_one(LoadingIndicator).display = False
        self.query_one("#state", Static).update(f"Found: {engine.project.root}")
        above = f"{engine.project.top}/"
        lines = [f"{'!' if finding.warning else '·'} {safe(str(finding)).replace(above, '')}" for finding in findings]
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
        from screens.formatting import safe

        self.query_one(LoadingIndicator).display = False
        self.query_one("#state", Static).add_class("error").update(safe(error.what))
        self.query_one("#findings", Static).update(
            safe("\n".join(part for part in (error.why, "", error.hint) if part))
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
        self.golive.start = dataclasses.replace(self.golive.start, manage=str(chosen.option.id))
        self.query_one("#several").display = False
        self.ask_for_trust()

    @on(Input.Submitted, "#python")
    def use_python(self, given: Input.Submitted) -> None:
        self.golive.start = dataclasses.replace(self.golive.start, python=given.value.strip() or None)
        self.look()

    @on(Button.Pressed, "#begin")
    def action_begin(self) -> None:
        if self.query_one("#begin").display:
            self.golive.opened()

    @on(Button.Pressed, "#again")
    def action_again(self) -> None:
        if not self.query_one(LoadingIndicator).display and not self.query_one("#trust").display:
            self.ask_for_trust()
