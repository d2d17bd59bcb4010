"""Help for the screen below: what it is for, and every key that does something now."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, Label, Static

from screens.base_screen import BaseScreen
from screens.status_symbols import QUIET
from wizard.base.status_symbols import SIGNS

LEGEND = {
    "done": "seen where it counts",
    "rehearsed": "seen in the rehearsal on this machine, not yet in production",
    "open": "nothing known yet, or it waits for you",
    "waived": "set aside by you, with a reason",
    "failed": "looked at, and it does not hold",
    "drifted": "it held once and no longer does",
}


def keys(screen: Screen[object]) -> list[tuple[str, str, str]]:
    """The keys that do something on *screen* now: key, what it does, and more about it; one line an action."""
    found: dict[str, tuple[list[str], str, str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not active.enabled or not binding.description or binding.system:
            continue
        shown, _, _ = found.setdefault(binding.action, ([], binding.description, active.tooltip))
        key = screen.app.get_key_display(binding)
        if key not in shown:
            shown.append(key)
    return [(", ".join(shown), what, more) for shown, what, more in found.values()]


class HelpDialog(BaseScreen, ModalScreen[None]):
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,question_mark", "dismiss(None)", "Back")]

    def __init__(self, about: str, known: list[tuple[str, str, str]]) -> None:
        super().__init__()
        self.about, self.known = about, known

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Help", classes="title")
            with VerticalScroll(id="told"):
                yield Static(self.about, markup=False)
                yield Static(self.table(), id="keys")
                yield Static(self.legend())
            with Horizontal(classes="buttons"):
                yield Button("Back", variant="primary", id="back")

    def table(self) -> Content:
        wide = max((len(key) for key, _, _ in self.known), default=0)
        lines = [
            Content.assemble((f"{key:<{wide}}  ", "$text-primary bold"), what, (f"  {more}" * bool(more), QUIET))
            for key, what, more in self.known
        ]
        return Content("\n").join(lines)

    def legend(self) -> Content:
        return Content("\n").join(
            Content.assemble(f"{SIGNS[word]} {word:<10}", (f" {means}", QUIET)) for word, means in LEGEND.items()
        )

    def on_mount(self) -> None:
        self.query_one("#told").focus()

    @on(Button.Pressed)
    def back(self) -> None:
        self.dismiss(None)
