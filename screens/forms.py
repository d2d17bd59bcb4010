"""Forms with questions, and confirmations. A question has a default, and an answer is validated as it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, RadioButton, RadioSet, Static

from screens.base_screen import BaseScreen
from screens.widgets.fields import SecretInput
from screens.widgets.keys import KeyBar
from wizard.checklist.answers import Question


class Choice(RadioButton):
    """A choice whose sign, and not only its colour, tells whether it is the chosen one."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # noqa: N802 - Textual's name
        return "●" if self.value else "○"


class QuestionField(Vertical):
    """A question: its text, why it is asked, an input, and the validation error."""

    DEFAULT_CSS = """
    QuestionField { height: auto; margin-top: 1; }
    QuestionField .question { text-style: bold; height: auto; }
    QuestionField .error { display: none; }
    QuestionField RadioSet { width: 1fr; }
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
            with RadioSet(compact=True):
                for choice in choices:
                    yield Choice(self.question.label(choice), value=choice == value, name=choice, compact=True)
        elif self.question.secret:
            yield SecretInput("Paste it here, or leave it empty and add it later")
        else:
            yield Input(self.value, compact=True)
        yield Static("", classes="error", markup=False)

    @property
    def input(self) -> Input | RadioSet:
        return self.query_one(RadioSet) if self.question.choices else self.query_one(Input)

    @property
    def answer(self) -> str:
        field = self.input
        if isinstance(field, RadioSet):
            return (field.pressed_button and field.pressed_button.name) or self.question.default
        return field.value.strip() or self.question.default

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
    AUTO_FOCUS = "#accept"  # the first field would be scrolled into view, and its question out of it
    HELP = "Every question has a default. Press Tab for the next field, and {form.continue} or the button to continue."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="form.cancel"),
        Binding("ctrl+s", "accept", "Continue", priority=True, id="form.continue"),
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


class Confirmation(BaseScreen, ModalScreen[bool]):
    """Asks before something is done. Returns whether the user agreed; Enter and Esc decline.

    Arguments:
        title: what it is about, in one or two words.
        text: the question.
        why: what would be done, and what can't be undone.
        yes: the label of the button that agrees, named by what it does.
        no: the label of the button that declines.
    """

    CSS_PATH = "forms.tcss"
    AUTO_FOCUS = "#no"
    HELP = "Press {confirm.yes} to agree, or {confirm.no} to decline. Nothing happens before you agree."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "dismiss(False)", "No", id="confirm.no"),
        Binding("left,right", "other_button", show=False, id="confirm.other_button"),
    ]

    def __init__(self, title: str, text: str, why: str, *, yes: str, no: str = "Cancel") -> None:
        super().__init__()
        self.title_text, self.text, self.why, self.yes, self.no = title, text, why, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self.title_text, classes="title", markup=False)
            yield Static(self.text, classes="question", markup=False)
            yield Static(self.why, classes="quiet", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.no, variant="primary", id="no")
                yield Button(self.yes, id="yes")
            yield KeyBar()

    def action_other_button(self) -> None:
        yes, no = self.query_one("#yes"), self.query_one("#no")
        self.set_focus(no if self.focused is yes else yes)

    @on(Button.Pressed)
    def leave(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
