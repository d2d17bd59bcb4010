"""The commit that Golive proposes at the end of a half-day: its message, its files and their diff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Header, Input, Label, Static

from screens.base_screen import BaseScreen
from screens.formatting import safe
from screens.widgets.diff import DiffView
from screens.widgets.diff_rows import Diff
from screens.widgets.keys import KeyBar
from wizard.base.wording import plural
from wizard.plan.actions import CommitFiles


class ProposeCommit(BaseScreen, Screen[CommitFiles | None]):
    """Returns the commit with the user's message, or None."""

    CSS_PATH = "propose_commit.tcss"
    AUTO_FOCUS = "#later"
    HELP = (
        "Golive commits only the files that it changed, and none with changes of your own. Nothing is pushed. You can "
        "undo the commit like every change."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Not now", id="commit.not_now"),
        Binding("ctrl+s", "accept", "Commit", priority=True, id="commit.commit"),
    ]

    def __init__(self, commit: CommitFiles, diffs: Mapping[str, Diff]) -> None:
        super().__init__()
        self.commit, self.diffs = commit, diffs

    def compose(self) -> ComposeResult:
        subject, _, self.body = self.commit.message.partition("\n")
        count, runs = len(self.commit.paths), "".join(f" Your {program} runs." for program in self.commit.runs)
        yield Header()
        yield Label(f"Commit {plural(count, 'changed file')}?", classes="title", markup=False)
        text = f"Golive's changes of this half-day, and none of your own. Nothing is pushed.{runs}"
        yield Static(text, classes="quiet", id="files", markup=False)
        yield Input(subject, id="message")
        with VerticalScroll(id="diffs"):
            for name, diff in self.diffs.items():
                yield Static(Content.styled(safe(name), "bold"))
                yield DiffView(diff)
        with Horizontal(classes="buttons"):
            yield Button("Not now", variant="primary", id="later")
            yield Button("Commit", id="commit")
        yield KeyBar()

    @on(Button.Pressed, "#later")
    def later(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#commit")
    @on(Input.Submitted)
    def action_accept(self) -> None:
        subject = self.query_one("#message", Input).value.strip()
        if subject:
            self.dismiss(replace(self.commit, message=f"{subject}\n{self.body}"))
