"""The first screen: asks whether to trust the project, opens it, and shows what Golive found."""

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

from screens.base_screen import BaseScreen
from screens.messages import OpenDashboard
from screens.widgets.keys import KeyBar
from wizard.base.errors import GoliveError, SeveralProjects
from wizard.project.trust import QUESTION, WHY, is_trusted, trust, what_runs

if TYPE_CHECKING:
    from wizard.plan.actions import Finding

INSPECTING = "Inspecting the project …"


class Welcome(BaseScreen, Screen[None]):
    """On a first visit it waits for the user to start. Later visits open the dashboard immediately."""

    HELP = (
        "Golive inspects the project: its manage.py, settings, interpreter and environment. Nothing is changed here. "
        "Inspecting runs the project's code, so Golive asks once for each folder whether you trust it. "
        "If something is missing, Golive says what to do. Correct it and retry."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Start", tooltip="Open the dashboard", id="welcome.start"),
        Binding("r", "again", "Retry", tooltip="Inspect the project again", id="welcome.retry"),
        Binding(
            "y",
            "trust",
            "Trust",
            tooltip="Trust the code in this folder, now and in later sessions",
            id="welcome.trust",
        ),
        Binding("n", "leave", "Don't trust", tooltip="Quit. Nothing of the project has run", id="welcome.leave"),
    ]

    untrusted: Path | None = None
    """The project that the user is asked about."""

    def compose(self) -> ComposeResult:
        """Compose the part that is drawn first; `add_details` adds the rest."""
        with Vertical(id="welcome"):
            yield Label("Golive", classes="title")
            yield Static("From a Django project on this machine to a monitored production service.", classes="quiet")
            yield Static(INSPECTING, id="state", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        asking = self.untrusted is not None
        return {"trust": asking, "leave": asking, "begin": not asking, "again": not asking}.get(action, True)

    def on_mount(self) -> None:
        self.call_after_refresh(self.add_details)

    async def add_details(self) -> None:
        findings = VerticalScroll(Static("", id="findings", markup=False), id="details")
        several = OptionList(id="several", markup=False)
        python = Input(placeholder="Path to the project's Python interpreter", id="python")
        begin, retry = Button("Start", variant="primary", id="begin"), Button("Retry", id="again")
        leave, trusted = Button("Don't trust", variant="primary", id="leave"), Button("Trust", id="trust")
        for hidden in (several, python, begin, retry, leave, trusted):
            hidden.display = False
        buttons = Horizontal(leave, trusted, begin, retry, classes="buttons")
        async with self.batch():
            await self.mount(Header(), KeyBar())
            await self.query_one("#welcome").mount(LoadingIndicator(), findings, several, python, buttons)
            self.add_class("-detailed")
        self.check_trust()

    def show_state(self, text: str, *, error: bool = False) -> None:
        self.query_one("#state", Static).set_class(error, "error").update(text)

    def show_details(self, text: str) -> None:
        self.query_one("#findings", Static).update(text)

    def call_if_open(self, callback: partial[None]) -> None:
        """Call *callback* on the app's thread, unless the user has quit."""
        if not self.session_app.leaving:
            self.app.call_from_thread(callback)

    # ---- trust

    @work(thread=True, exclusive=True, group="trust")
    def check_trust(self) -> None:
        from wizard.project.detection import locate

        start = self.session_app.start
        try:
            place = locate(start.folder, start.manage)
            trusted = is_trusted(place.root)
            runs = [] if trusted else what_runs(place, start.python)
        except GoliveError as error:
            self.call_if_open(partial(self.show_error, error))
        else:
            self.call_if_open(partial(self.inspect) if trusted else partial(self.ask_for_trust, place.root, runs))

    def ask_for_trust(self, root: Path, runs: list[str]) -> None:
        """Ask before any code of the project runs. Enter declines."""
        from screens.formatting import safe

        self.untrusted = root
        self.query_one(LoadingIndicator).display = False
        for button in self.query(Button):
            button.display = button.id in {"leave", "trust"}
        self.show_state(QUESTION)
        lines = [str(root), "", f"{WHY} It would run:", *(f"- {line}" for line in runs), "",
                 "Golive asks once for each folder."]  # fmt: skip
        self.show_details(safe("\n".join(lines)))
        self.query_one("#leave", Button).focus()
        self.refresh_bindings()

    @on(Button.Pressed, "#trust")
    def action_trust(self) -> None:
        if self.untrusted is not None:
            root, self.untrusted = self.untrusted, None
            self.refresh_bindings()
            self.save_trust(root)
            self.show_details("")
            self.show_state(INSPECTING)

    @work(thread=True, exclusive=True, group="trust")
    def save_trust(self, root: Path) -> None:
        trust(root)
        self.call_if_open(partial(self.inspect))

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.session_app.leave()

    # ---- inspecting

    def inspect(self) -> None:
        self.query_one(LoadingIndicator).display = True
        self.show_state(INSPECTING)
        for button in self.query(Button):
            button.display = False
        self.open_project()

    @work(thread=True, exclusive=True, group="engine")
    def open_project(self) -> None:
        try:
            findings = self.session_app.open_engine_session().findings()
        except GoliveError as error:
            self.call_if_open(partial(self.show_error, error))
        else:
            self.call_if_open(partial(self.show_findings, findings))

    def show_findings(self, findings: list[Finding]) -> None:
        from screens.formatting import safe, time_left

        engine = self.engine_session.engine
        if engine.state.started:
            self.post_message(OpenDashboard())
            return
        self.query_one(LoadingIndicator).display = False
        self.show_state(f"Project: {engine.project.root}")
        top, checklist = f"{engine.project.top}/", engine.checklist
        lines = [f"{'!' if finding.warning else '·'} {safe(str(finding)).replace(top, '')}" for finding in findings]
        count, hours = len(checklist.required_tasks), checklist.hours
        lines += ["", f"{checklist.title}: {count} tasks. By hand they take {hours} hours."]
        if left := time_left(checklist, engine.state):
            lines += [f"A rehearsal of all of them takes {left}. Then it lists what only you can do."]
        lines += ["Golive shows every change before it makes it."]
        self.show_details("\n".join(lines))
        begin = self.query_one("#begin", Button)
        begin.display = True
        begin.focus()

    def show_error(self, error: GoliveError) -> None:
        """Show *error*, and let the user choose a project or an interpreter if that resolves it."""
        from screens.formatting import asks_for_interpreter, safe

        self.query_one(LoadingIndicator).display = False
        self.show_state(safe(error.what), error=True)
        self.show_details(safe("\n".join(part for part in (error.why, "", error.hint) if part)))
        again = self.query_one("#again", Button)
        again.display = True
        again.focus()
        if isinstance(error, SeveralProjects):
            several = self.query_one("#several", OptionList)
            several.clear_options()
            several.add_options([Option(name, id=name) for name in error.places])
            several.display = True
            several.focus()
        python = self.query_one("#python")
        python.display = asks_for_interpreter(error)
        if python.display:
            python.focus()

    @on(OptionList.OptionSelected, "#several")
    def choose_project(self, chosen: OptionList.OptionSelected) -> None:
        self.session_app.start = dataclasses.replace(self.session_app.start, manage=str(chosen.option.id))
        self.query_one("#several").display = False
        self.check_trust()

    @on(Input.Submitted, "#python")
    def choose_python(self, event: Input.Submitted) -> None:
        self.session_app.start = dataclasses.replace(self.session_app.start, python=event.value.strip() or None)
        self.inspect()

    @on(Button.Pressed, "#begin")
    def action_begin(self) -> None:
        if self.query_one("#begin").display:
            self.post_message(OpenDashboard())

    @on(Button.Pressed, "#again")
    def action_again(self) -> None:
        if not self.query_one(LoadingIndicator).display and not self.query_one("#trust").display:
            self.check_trust()
