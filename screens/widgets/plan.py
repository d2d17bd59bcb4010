"""A plan: the findings, and a card with the diff of each action, which the user can skip or edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from screens.formatting import safe
from screens.status_symbols import QUIET
from screens.widgets.diff import Line, parse_diff, side_by_side, unified
from wizard.base import preferences
from wizard.base.wording import plural
from wizard.plan.actions import Action, Assist, Choice, Finding, Plan, WriteFile, key

SIDE_BY_SIDE = 110
"""Diffs are shown side by side from this width."""


class ActionCard(Vertical, can_focus=True):
    """One action of the plan; the heading says whether it will run."""

    DEFAULT_CSS = """
    ActionCard { height: auto; border-left: outer $border-blurred; padding: 0 1; margin-top: 1; }
    ActionCard:focus { border-left: outer $primary; }
    ActionCard .body { height: auto; }
    ActionCard.-skipped .body { display: none; }
    ActionCard Static { height: auto; }
    ActionCard .side-by-side { height: auto; display: none; }
    ActionCard .side-by-side Static { width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; padding-right: 1; }
    ActionCard.-side-by-side .side-by-side { display: block; }
    ActionCard.-side-by-side .unified { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space", "skip", "Skip/include", tooltip="Apply without this change, or include it again", id="plan.skip"
        ),
        Binding("e", "edit", "Edit", tooltip="Edit the new content of the file before it is applied", id="plan.edit"),
        Binding("v", "open", "Open file", tooltip="Open the file in $EDITOR", id="plan.open_file"),
        Binding("y", "copy", "Copy", tooltip="Copy the text of this change to the clipboard", id="plan.copy"),
        Binding(
            "s",
            "screen.side_by_side",
            "Side by side",
            tooltip="Switch between a side-by-side and a unified diff",
            id="plan.side_by_side",
        ),
    ]

    included: reactive[bool] = reactive(True, init=False)

    class Changed(Message):
        """The user skipped or included the action."""

    class EditRequested(Message):
        """The user wants to edit the content of the file."""

        def __init__(self, card: ActionCard) -> None:
            super().__init__()
            self.card = card

    class OpenRequested(Message):
        """The user wants to open the file in an editor."""

        def __init__(self, path: Path, line: int) -> None:
            super().__init__()
            self.path, self.line = path, line

    def __init__(self, action: Action, number: int) -> None:
        super().__init__()
        self.change, self.number = action, number
        self.edited: bytes | None = None

    @property
    def by_hand(self) -> bool:
        return isinstance(self.change, Assist)

    @property
    def editable(self) -> bool:
        return isinstance(self.change, WriteFile) and not self.change.secret

    @property
    def lines(self) -> list[Line]:
        return parse_diff(self.change.preview()) if isinstance(self.change, WriteFile) else []

    @property
    def replaces(self) -> bool:
        """Whether old lines are replaced, so that a side-by-side diff makes sense."""
        return any(line.kind == "-" for line in self.lines)

    @property
    def first_line(self) -> int:
        """The number of the first changed line."""
        return next((line.new or line.old for line in self.lines if line.kind in "+-"), 1)

    @property
    def shown(self) -> Action:
        """The action, with the user's edits."""
        if self.edited is not None and isinstance(self.change, WriteFile):
            return Choice(written={self.change.path: self.edited}).of(Plan((self.change,))).actions[0]
        return self.change

    def heading(self) -> Content:
        mark = "by hand" if self.by_hand else "✓" if self.included else "skipped"
        text = f"{self.number}. {safe(self.change.describe())}"
        edited = " (edited)" if self.edited is not None else ""
        return Content.assemble(
            (f"[{mark}] ", "$text-success" if self.included else QUIET), (text, "bold"), (edited, QUIET)
        )

    def compose(self) -> ComposeResult:
        yield Static(self.heading(), classes="heading")
        with Vertical(classes="body"):
            yield from self._body()

    def _body(self) -> Iterator[Static | Horizontal]:
        preview = safe(self.shown.preview())
        if not preview:
            return
        if not isinstance(self.change, WriteFile):
            yield Static(Content(preview))
            return
        lines = parse_diff(preview)
        yield Static(unified(lines), classes="unified")
        old, new = side_by_side(lines)
        yield Horizontal(Static(old), Static(new), classes="side-by-side")

    def on_click(self, event: events.Click) -> None:
        """A click on the check box skips or includes the action, as the space bar does."""
        heading = self.query_one(".heading", Static)
        if event.widget is heading and event.y == 0 and event.x < len("[✓]") and not self.by_hand:
            self.action_skip()

    def watch_included(self, included: bool) -> None:
        self.set_class(not included, "-skipped")
        self.query_one(".heading", Static).update(self.heading())
        self.post_message(self.Changed())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "skip":
            return not self.by_hand
        if action == "edit":
            return self.editable
        if action == "open":
            return bool(self.change.touches())
        return True

    def action_skip(self) -> None:
        self.included = not self.included

    def action_edit(self) -> None:
        self.post_message(self.EditRequested(self))

    async def edit(self, content: bytes) -> None:
        """Use *content*, which the user wrote, and show it."""
        self.edited = content
        self.query_one(".heading", Static).update(self.heading())
        body = self.query_one(".body", Vertical)
        await body.remove_children()
        await body.mount_all(self._body())

    def action_open(self) -> None:
        self.post_message(self.OpenRequested(self.change.touches()[0], self.first_line))

    def action_copy(self) -> None:
        change = self.shown
        secret = isinstance(change, WriteFile) and change.secret
        if isinstance(change, Assist):
            text = change.snippet
        elif isinstance(change, WriteFile) and not secret:
            text = "\n".join(line.text for line in parse_diff(change.preview()) if line.kind == "+")
        else:
            text = change.preview() or change.describe()
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied {plural(len(text.splitlines()), 'line')} to the clipboard, if the terminal supports it.")


class PlanView(VerticalScroll, can_focus=False):
    """All actions of a plan. `choice` has the skipped and edited ones."""

    DEFAULT_CSS = """
    PlanView { height: 1fr; scrollbar-size-vertical: 1; }
    PlanView > Static { height: auto; }
    """

    side_by_side: reactive[bool | None] = reactive(None)
    """Whether diffs are shown side by side; None: if there is room."""

    async def show(self, plan: Plan, findings: list[Finding], top: Path) -> None:
        """Show *findings* and *plan*, with paths relative to *top*."""
        lines: list[tuple[str, str]] = []
        for finding in findings:
            mark, style = ("!", "$text-warning") if finding.warning else ("·", "")
            lines.append((f"{mark} {safe(str(finding)).replace(f'{top}/', '')}\n", style))
        lines += [(f"· {safe(remark)}\n", "") for remark in plan.remarks]
        if not plan.actions:
            lines.append(("Nothing to change.", "bold"))
        async with self.batch():
            await self.remove_children()
            await self.mount(Static(Content.assemble(*lines)))
            await self.mount_all(ActionCard(action, number) for number, action in enumerate(plan.actions, 1))
        self.arrange_diffs()
        self.scroll_home(animate=False)

    @property
    def cards(self) -> list[ActionCard]:
        return list(self.query(ActionCard))

    @property
    def choice(self) -> Choice:
        return Choice(
            frozenset(key(card.change) for card in self.cards if not card.included),
            {
                card.change.path: card.edited
                for card in self.cards
                if card.edited is not None and isinstance(card.change, WriteFile)
            },
        )

    @property
    def wanted(self) -> int:
        """How many actions Apply will run."""
        return sum(card.included and not card.by_hand for card in self.cards)

    def on_resize(self, event: events.Resize) -> None:
        self.arrange_diffs()

    def toggle_side_by_side(self) -> None:
        self.side_by_side = not self._is_side_by_side
        self.arrange_diffs()

    @property
    def _is_side_by_side(self) -> bool:
        if self.side_by_side is not None:
            return self.side_by_side
        preferred = preferences.current().side_by_side
        return self.size.width >= SIDE_BY_SIDE if preferred == "auto" else preferred == "always"

    def arrange_diffs(self) -> None:
        for card in self.cards:
            card.set_class(self._is_side_by_side and card.replaces, "-side-by-side")
