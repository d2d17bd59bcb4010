"""Questions in one form; every default is good, so Enter goes on. What is wrong is said as it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from screens.base_screen import Page
from screens.widgets.fields import Secret
from screens.widgets.keys import Keys
from wizard.checklist.answers import Question


class Asked(Vertical):
    """One question: its text, why it is asked, a field, and what is wrong with the answer."""

    DEFAULT_CSS = """
    Asked { height: auto; margin-top: 1; }
    Asked .question { text-style: bold; height: auto; }
    Asked .error { display: none; }
    Asked Select { width: 1fr; max-width: 40; }
    """

    def __init__(self, question: Question, now: str) -> None:
        super().__init__()
        self.question, self.now = question, now

    def compose(self) -> ComposeResult:
        yield Static(self.question.text, classes="question", markup=False)
        if self.question.why:
            yield Static(self.question.why, classes="quiet", markup=False)
        if self.question.choices:
            known = self.now if self.now in self.question.choices else self.question.choices[0]
            yield Select.from_values(self.question.choices, value=known, allow_blank=False, compact=True)
        elif self.question.secret:
            yield Secret("paste it here; leave it empty to give it later")
        else:
            yield Input(self.now, compact=True)
        yield Static("", classes="error", markup=False)

    @property
    def field(self) -> Input | Select[str]:
        return self.query(Select).first() if self.question.choices else self.query_one(Input)

    @property
    def answer(self) -> str:
        return str(self.field.value).strip() or self.question.default

    @on(Input.Changed)
    def check(self) -> bool:
        """Whether the answer will do; says what is wrong with it where it won't."""
        wrong = self.question.problem_with(self.answer)
        told = self.query_one(".error", Static)
        told.update(wrong)
        told.display = bool(wrong)
        return not wrong


class Form(Page, ModalScreen[dict[str, str] | None]):
    """Asks *questions*, with the answers so far; None when the person turned away.

    *headings* stand above the question of their name.
    """

    CSS_PATH = "forms.tcss"
    HELP = "Each question has a good answer already. Tab goes to the next field, Ctrl+S or the button goes on."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("ctrl+s", "accept", "Go on", priority=True),
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
                    yield Asked(question, self.answers.get(question.name, question.default))
            with Horizontal(classes="buttons"):
                yield Button("Go on", variant="primary", id="accept")
                yield Button("Back", id="back")
            yield Keys()

    def on_mount(self) -> None:
        self.query_one("#accept").focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        asked = list(self.query(Asked))
        for each in asked:
            if not each.check():
                each.field.focus()
                return
        self.dismiss({each.question.name: each.answer for each in asked})

    @on(Button.Pressed, "#back")
    def turn_away(self) -> None:
        self.dismiss(None)


def sure(title: str, text: str, why: str, *, default: str = "no") -> Form:
    """A form with one question to be answered by yes or no; `agreed` reads its answer."""
    choices = ("yes", "no") if default == "yes" else ("no", "yes")
    return Form(title, [Question("sure", text, default, why, choices)])


def agreed(answers: dict[str, str] | None) -> bool:
    return bool(answers) and answers is not None and answers["sure"] == "yes"
