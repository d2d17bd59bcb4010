"""A plan: what is known, and a card for each action with its diff and reason, to be kept, left out, or rewritten."""

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
from screens.widgets.diff import Line, beside, parsed, unified
from wizard.plan.actions import Action, Assist, Choice, Finding, Plan, WriteFile, key

BESIDE = 110
"""Columns from which old and new fit beside each other."""


class ActionCard(Vertical, can_focus=True):
    """One action; its head says whether it is going to be done."""

    DEFAULT_CSS = """
    ActionCard { height: auto; border-left: outer $border-blurred; padding: 0 1; margin-top: 1; }
    ActionCard:focus { border-left: outer $primary; }
    ActionCard .body { height: auto; }
    ActionCard.-out .body { display: none; }
    ActionCard Static { height: auto; }
    ActionCard .beside { height: auto; display: none; }
    ActionCard .beside Static { width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; padding-right: 1; }
    ActionCard.-beside .beside { display: block; }
    ActionCard.-beside .unified { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "leave_out", "Leave out/keep", tooltip="Apply without this change, or with it again"),
        Binding("e", "rewrite", "Edit", tooltip="Write what the file will contain yourself, before it is applied"),
        Binding("v", "open", "Open file", tooltip="Open the file in $EDITOR"),
        Binding("y", "copy", "Copy", tooltip="Copy the text of this change to the clipboard"),
        Binding("d", "screen.beside", "Side by side", tooltip="Old and new beside each other, or below"),
    ]

    kept: reactive[bool] = reactive(True, init=False)

    class Changed(Message):
        """The person left it out, or took it in again."""

    class EditRequested(Message):
        """The person wants to write the file's content."""

        def __init__(self, card: ActionCard) -> None:
            super().__init__()
            self.card = card

    class OpenRequested(Message):
        """The person wants to see the file in an editor."""

        def __init__(self, path: Path, line: int) -> None:
            super().__init__()
            self.path, self.line = path, line

    def __init__(self, action: Action, number: int) -> None:
        super().__init__()
        self.change, self.number = action, number
        self.written: bytes | None = None

    @property
    def by_hand(self) -> bool:
        return isinstance(self.change, Assist)

    @property
    def rewritable(self) -> bool:
        return isinstance(self.change, WriteFile) and not self.change.secret

    @property
    def lines(self) -> list[Line]:
        return parsed(self.change.preview()) if isinstance(self.change, WriteFile) else []

    @property
    def replaces(self) -> bool:
        """Whether there are old lines for the new ones to stand beside."""
        return any(line.kind == "-" for line in self.lines)

    @property
    def first_line(self) -> int:
        """The number of the first line that is changed."""
        return next((line.new or line.old for line in self.lines if line.kind in "+-"), 1)

    @property
    def shown(self) -> Action:
        """The action with what the person wrote."""
        if self.written is not None and isinstance(self.change, WriteFile):
            return Choice(written={self.change.path: self.written}).of(Plan((self.change,))).actions[0]
        return self.change

    def head(self) -> Content:
        mark = "by hand" if self.by_hand else "✓" if self.kept else "left out"
        told = f"{self.number}. {safe(self.change.describe())}"
        mine = " (as you wrote it)" if self.written is not None else ""
        return Content.assemble((f"[{mark}] ", "$text-success" if self.kept else QUIET), (told, "bold"), (mine, QUIET))

    def compose(self) -> ComposeResult:
        yield Static(self.head(), classes="head")
        with Vertical(classes="body"):
            yield from self._body()

    def _body(self) -> Iterator[Static | Horizontal]:
        preview = safe(self.shown.preview())
        if not preview:
            return
        if not isinstance(self.change, WriteFile):
            yield Static(Content(preview))
            return
        lines = parsed(preview)
        yield Static(unified(lines), classes="unified")
        old, new = beside(lines)
        yield Horizontal(Static(old), Static(new), classes="beside")

    def watch_kept(self, kept: bool) -> None:
        self.set_class(not kept, "-out")
        self.query_one(".head", Static).update(self.head())
        self.post_message(self.Changed())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave_out":
            return not self.by_hand
        if action == "rewrite":
            return self.rewritable
        if action == "open":
            return bool(self.change.touches())
        return True

    def action_leave_out(self) -> None:
        self.kept = not self.kept

    def action_rewrite(self) -> None:
        self.post_message(self.EditRequested(self))

    async def rewrite(self, content: bytes) -> None:
        """Show and keep what the person wrote."""
        self.written = content
        self.query_one(".head", Static).update(self.head())
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
            text = "\n".join(line.text for line in parsed(change.preview()) if line.kind == "+")
        else:
            text = change.preview() or change.describe()
        self.app.copy_to_clipboard(text)
        self.notify(f"{len(text.splitlines())} lines are in the clipboard, where the terminal allows it")


class PlanView(VerticalScroll, can_focus=False):
    """All of a plan; what the person made of it is its `choice`."""

    DEFAULT_CSS = """
    PlanView { height: 1fr; scrollbar-size-vertical: 1; }
    PlanView > Static { height: auto; }
    """

    beside: reactive[bool | None] = reactive(None)
    """Whether diffs stand side by side; None: where there is room."""

    async def show(self, plan: Plan, findings: list[Finding], top: Path) -> None:
        """*findings* and *plan*; files are named as they are below *top*."""
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
            frozenset(key(card.change) for card in self.cards if not card.kept),
            {
                card.change.path: card.written
                for card in self.cards
                if card.written is not None and isinstance(card.change, WriteFile)
            },
        )

    @property
    def wanted(self) -> int:
        """How many actions are going to be done."""
        return sum(card.kept and not card.by_hand for card in self.cards)

    def on_resize(self, event: events.Resize) -> None:
        self.arrange_diffs()

    def toggle_beside(self) -> None:
        self.beside = not self._is_beside
        self.arrange_diffs()

    @property
    def _is_beside(self) -> bool:
        return self.size.width >= BESIDE if self.beside is None else self.beside

    def arrange_diffs(self) -> None:
        for card in self.cards:
            card.set_class(self._is_beside and card.replaces, "-beside")
