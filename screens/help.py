"""Help for the current screen: its purpose, its active keys, and the statuses."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, Label, Static

from screens.base_screen import BaseScreen
from screens.status_symbols import QUIET, symbol
from screens.widgets.hanging import Hanging
from screens.widgets.keys import KeyBar
from wizard.checklist.evidence import Status
from wizard.reporting.status_words import WORDS

LEGEND = {
    Status.DONE: "checked, and it passed",
    Status.REHEARSED: "passed in the rehearsal on this machine, not yet in production",
    Status.OPEN: "not checked yet, or needs your input",
    Status.WAIVED: "skipped by you, with a reason",
    Status.NOT_APPLICABLE: "the project does not have what the item is about",
    Status.FAILED: "checked, and it failed",
    Status.DRIFTED: "passed before, and fails now",
}


EVERYWHERE = 2
"""The rank of the app's own keys; those of every Textual widget come after them."""


class Key(NamedTuple):
    """The keys of an action, and its description. *here*: it belongs to the screen, and not to the whole program."""

    keys: str
    description: str
    tooltip: str
    here: bool


def active_keys(screen: Screen[object]) -> list[Key]:
    """The keys that work on *screen* now, its own first."""
    found: dict[str, tuple[list[str], str, str, bool]] = {}
    ranked = sorted(((_rank(active), active) for active in screen.active_bindings.values()), key=itemgetter(0))
    for rank, active in ranked:
        binding = active.binding
        if not active.enabled or not binding.description or binding.system:
            continue
        keys, *_ = found.setdefault(binding.action, ([], binding.description, active.tooltip, rank < EVERYWHERE))
        key = screen.app.get_key_display(binding)
        if key not in keys:
            keys.append(key)
    return [Key(", ".join(keys), description, tooltip, here) for keys, description, tooltip, here in found.values()]


def _rank(active: ActiveBinding) -> int:
    """The screen's own keys come first, then those of its widgets, of the app, and of every Textual widget."""
    classes = [each for each in type(active.node).__mro__ if each.__module__.startswith("screens.")]
    if not any(active.binding.action == action for each in classes for action in _actions(each)):
        return 3
    return 0 if isinstance(active.node, Screen) else EVERYWHERE if isinstance(active.node, App) else 1


def _actions(owner: type) -> Iterator[str]:
    """The actions to which *owner* itself binds keys."""
    for binding in vars(owner).get("BINDINGS", ()):
        yield binding.action if isinstance(binding, Binding) else binding[1]


class HelpDialog(BaseScreen, ModalScreen[None]):
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark", "dismiss(None)", "Back", id="help.back")
    ]

    def __init__(self, about: str, keys: list[Key]) -> None:
        super().__init__()
        self.about, self.keys = about, keys

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Help", classes="title")
            with VerticalScroll(id="details"):
                yield Static(self.about, markup=False)
                for heading, here in (("On this screen", True), ("Everywhere", False)):
                    if keys := [key for key in self.keys if key.here is here]:
                        yield Static(heading, classes="heading")
                        yield Static(self.key_table(keys), classes="keys")
                yield Static("Statuses", classes="heading")
                yield Static(Hanging(legend(), 13), classes="keys")
            with Horizontal(classes="buttons"):
                yield Button("Back", variant="primary", id="back")
            yield KeyBar()

    def key_table(self, keys: list[Key]) -> Hanging:
        width = max(len(key.keys) for key in self.keys)
        lines = [
            Content.assemble(
                (f"{key.keys:<{width}}  ", "$text-primary bold"),
                key.description,
                (f"  {key.tooltip}" * bool(key.tooltip), QUIET),
            )
            for key in keys
        ]
        return Hanging(Content("\n").join(lines), width + 2)

    def on_mount(self) -> None:
        self.query_one("#details").focus()

    @on(Button.Pressed)
    def back(self) -> None:
        self.dismiss(None)


def legend() -> Content:
    """All statuses with their symbols and meanings."""
    return Content("\n").join(
        Content.assemble(f"{symbol(status)} {WORDS[status]:<10}", (f" {meaning}", QUIET))
        for status, meaning in LEGEND.items()
    )
