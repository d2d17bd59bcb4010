"""Questions of one task, in one form; every default is good, so Enter goes on."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from wizard.answers import Question


class Form(ModalScreen[dict[str, str] | None]):
    """Asks *questions*, with the answers so far; None when the person turned away."""

    CSS_PATH = "question.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("ctrl+s", "accept", "Accept", priority=True),
    ]

    def __init__(self, title: str, questions: list[Question], answers: dict[str, str] | None = None) -> None:
        super().__init__()
        self.title_text, self.questions, self.answers = title, questions, answers or {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self.title_text, classes="title", markup=False)
            with VerticalScroll(id="questions"):
                for question in self.questions:
                    now = self.answers.get(question.name, question.default)
                    yield Static(question.text, classes="question", markup=False)
                    if question.why:
                        yield Static(question.why, classes="quiet", markup=False)
                    if question.choices:
                        yield Select.from_values(question.choices, value=now, allow_blank=False, compact=True)
                    else:
                        yield Input(now, compact=True)
                    yield Static("", classes="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Go on", variant="primary", id="accept")
                yield Button("Back", id="back")

    def on_mount(self) -> None:
        self.query_one("#accept").focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        found, fields = {}, list(self.query("#questions > Input, #questions > Select"))
        for question, widget, told in zip(self.questions, fields, self.query("#questions .error"), strict=True):
            assert isinstance(widget, Input | Select) and isinstance(told, Static)
            answer = str(widget.value).strip() or question.default
            wrong = question.refuse(answer)
            told.update(wrong)
            told.display = bool(wrong)
            if wrong:
                widget.focus()
                return
            found[question.name] = answer
        self.dismiss(found)

    @on(Button.Pressed, "#back")
    def turn_away(self) -> None:
        self.dismiss(None)
