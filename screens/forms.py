"""A form with one or more questions. Every question has a default, and an answer is validated as it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from screens.base_screen import BaseScreen
from screens.widgets.fields import SecretInput
from screens.widgets.keys import KeyBar
from wizard.checklist.answers import Question


class QuestionField(Vertical):
    """A question: its text, why it is asked, an input, and the validation error."""

    DEFAULT_CSS = """
    QuestionField { height: auto; margin-top: 1; }
    QuestionField .question { text-style: bold; height: auto; }
    QuestionField .error { display: none; }
    QuestionField Select { width: 1fr; max-width: 40; }
    """

    def __init__(self, question: Question, value: str) -> None:
        super().__init__()
        self.question, self.value = question, value

    def compose(self) -> ComposeResult:
        choices = self.question.choices
        yield Static(self.question.text, classes="question", markup=False)
        if self.question.why:
            yield Static(self.question.why, classes="quiet", markup=False)
        if choices:
            value = self.value if self.value in choices else choices[0]
            yield Select.from_values(choices, value=value, allow_blank=False, compact=True)
        elif self.question.secret:
            yield SecretInput("Paste it here, or leave it empty and add it later")
        else:
            yield Input(self.value, compact=True)
        yield Static("", classes="error", markup=False)

    @property
    def input(self) -> Input | Select[str]:
        return self.query(Select).first() if self.question.choices else self.query_one(Input)

    @property
    def answer(self) -> str:
        return str(self.input.value).strip() or self.question.default

    @on(Input.Changed)
    def validate(self) -> bool:
        """Validate the answer and show the error; returns whether it is valid."""
        problem = self.question.problem_with(self.answer)
        error = self.query_one(".error", Static)
        error.update(problem)
        error.display = bool(problem)
        return not problem


class Form(BaseScreen, ModalScreen[dict[str, str] | None]):
    """Asks *questions*, filled in with *answers*; returns the answers by name, or None if the user cancels.

    *headings* are shown above the question of their name.
    """

    CSS_PATH = "forms.tcss"
    HELP = "Every question has a default. Press Tab for the next field, and Ctrl+S or the button to continue."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "accept", "Continue", priority=True),
    ]

    def __init__(
        self,
        title: str,
        questions: list[Question],
        answers: Mapping[str, str] | None = None,
        headings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.title_text, self.questions = title, questions
        self.answers, self.headings = answers or {}, headings or {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self.title_text, classes="title", markup=False)
            with VerticalScroll(id="questions", can_focus=False):
                for question in self.questions:
                    if heading := self.headings.get(question.name):
                        yield Static(heading, classes="heading", markup=False)
                    yield QuestionField(question, self.answers.get(question.name, question.default))
            with Horizontal(classes="buttons"):
                yield Button("Continue", variant="primary", id="accept")
                yield Button("Cancel", id="cancel")
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#accept").focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        fields = list(self.query(QuestionField))
        for field in fields:
            if not field.validate():
                field.input.focus()
                return
        self.dismiss({field.question.name: field.answer for field in fields})

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        self.dismiss(None)


def confirmation(title: str, text: str, why: str, *, default: str = "no") -> Form:
    """A form with one yes-or-no question; `is_confirmed` reads its answer."""
    choices = ("yes", "no") if default == "yes" else ("no", "yes")
    return Form(title, [Question("confirmed", text, default, why, choices)])


def is_confirmed(answers: dict[str, str] | None) -> bool:
    return answers is not None and answers["confirmed"] == "yes"
