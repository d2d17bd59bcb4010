"""A plan: the findings, and a card with the diff of each action, which the user can skip or edit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from screens.formatting import safe
from screens.status_symbols import QUIET
from screens.widgets.diff import DiffView
from screens.widgets.diff_rows import Diff, diff_of
from wizard.base.wording import plural
from wizard.plan.actions import Action, Assist, Choice, Finding, Plan, WriteFile, key

SIDE_BY_SIDE = "Side by side"


class ActionCard(Vertical, can_focus=True):
    """One action of the plan; the heading says whether it will run."""

    DEFAULT_CSS = """
    ActionCard { height: auto; border-left: outer $border-blurred; padding: 0 1; margin-top: 1; }
    ActionCard:focus { border-left: outer $primary; }
    ActionCard .body { height: auto; }
    ActionCard.-skipped .body { display: none; }
    ActionCard Static { height: auto; }
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
            SIDE_BY_SIDE,
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

    def __init__(self, action: Action, number: int, diff: Diff | None) -> None:
        super().__init__()
        self.change, self.number, self.diff = action, number, diff
        self.edited: bytes | None = None

    @property
    def by_hand(self) -> bool:
        return isinstance(self.change, Assist)

    @property
    def editable(self) -> bool:
        return isinstance(self.change, WriteFile) and not self.change.secret

    @property
    def first_line(self) -> int:
        """The number of the first changed line."""
        return self.diff.first_line if self.diff else 1

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

    def _body(self) -> Iterator[Widget]:
        if self.diff:
            yield DiffView(self.diff, self.query_ancestor(PlanView).side_by_side)
        elif preview := self.change.preview():
            yield Static(Content(safe(preview)))

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
        self.diff = await asyncio.to_thread(diff_of, self.shown)
        self.query_one(".heading", Static).update(self.heading())
        body = self.query_one(".body", Vertical)
        await body.remove_children()
        await body.mount_all(self._body())

    def action_open(self) -> None:
        self.post_message(self.OpenRequested(self.change.touches()[0], self.first_line))

    def action_copy(self) -> None:
        change = self.shown
        text = change.snippet if isinstance(change, Assist) else self.diff.added if self.diff else ""
        text = text or change.describe()
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied {plural(len(text.splitlines()), 'line')} to the clipboard, if the terminal supports it.")


class PlanView(VerticalScroll, can_focus=False):
    """All actions of a plan. `choice` has the skipped and edited ones."""

    DEFAULT_CSS = """
    PlanView { height: 1fr; scrollbar-size-vertical: 1; }
    PlanView > Static { height: auto; }
    """

    side_by_side: bool | None = None
    """Whether diffs are side by side; None: where the longest changed line fits."""

    def __init__(self) -> None:
        super().__init__()
        self._latest: Plan | None = None

    async def show(self, plan: Plan, findings: list[Finding], top: Path) -> None:
        """Show *findings* and *plan*, with paths relative to *top*."""
        self._latest = plan
        diffs = await asyncio.to_thread(lambda: [diff_of(action) for action in plan.actions])
        if self._latest is not plan:
            return
        lines: list[tuple[str, str]] = []
        for finding in findings:
            mark, style = ("!", "$text-warning") if finding.warning else ("·", "")
            lines.append((f"{mark} {safe(str(finding)).replace(f'{top}/', '')}", style))
        lines += [(f"· {safe(remark)}", "") for remark in plan.remarks]
        if not plan.actions:
            lines.append(("Nothing to change.", "bold"))
        async with self.batch():
            await self.remove_children()
            await self.mount(Static(Content("\n").join(Content.styled(*line) for line in lines)))
            cards = zip(plan.actions, range(1, len(diffs) + 1), diffs, strict=True)
            await self.mount_all(ActionCard(*each) for each in cards)
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

    def toggle_side_by_side(self) -> None:
        """Switch between side-by-side and unified diffs. Lines that are too long for one side are wrapped."""
        views = list(self.query(DiffView))
        self.side_by_side = not any(view.is_side_by_side_now for view in views)
        for view in views:
            view.side_by_side = self.side_by_side
        if self.side_by_side and not any(view.is_side_by_side_now for view in views):
            replaces = any(view.diff.replaces for view in views)
            self.notify(
                "The window is too narrow." if replaces else "No change here replaces lines.", title="Side by side"
            )
