"""Running a whole half-day: ask all of its questions, show all of its plans, then run it unattended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from textual import work

from screens.base_screen import BaseScreen
from screens.formatting import NOTHING_TO_RUN, half_day_tasks, next_task, safe
from screens.forms import Form
from screens.session_review import SessionReview
from screens.widgets.diff_rows import Diff, diff_of
from wizard.base.errors import GoliveError, Stopped
from wizard.base.wording import plural
from wizard.checklist.answers import Question
from wizard.checklist.model import Task
from wizard.plan.actions import Action, Plan

T = TypeVar("T")
Plans = tuple[list[tuple[Task, Plan]], dict[Action, Diff]]
"""Each task with its plan, and the diff of each action that changes a file."""


class HalfDayRun(BaseScreen):
    """Mixed into the dashboard."""

    asked: set[str]
    """The names of the questions asked since the user pressed the key."""

    def show(self) -> None:
        """Update the screen."""
        raise NotImplementedError

    def show_headline(self, text: str) -> None:
        """Show *text* at the top of the screen."""
        raise NotImplementedError

    def action_run_half_day(self) -> None:
        engine = self.engine_session.engine
        first = next_task(engine.checklist, engine.state)
        if first is None:
            self.app.notify(NOTHING_TO_RUN)
            return
        tasks = half_day_tasks(first, engine.checklist, engine.state)
        self.show_headline(f"Collecting the questions of {plural(len(tasks), 'task')} …")
        self.asked = set()
        self.fetch(partial(self.engine_session.questions, tasks), partial(self.ask, tasks))

    @work(thread=True, exclusive=True, group="planning")
    def fetch(self, read: Callable[[], T], then: Callable[[T], None]) -> None:
        """Call *read* on a thread, and *then* with its result."""
        try:
            result = read()
        except Stopped:  # the session is ending
            return
        except GoliveError as error:
            self.app.call_from_thread(self.app.notify, safe(str(error)), severity="error", timeout=15)
        else:
            self.app.call_from_thread(then, result)

    def ask(self, tasks: list[Task], found: list[tuple[Task, Question]]) -> None:
        """Ask the questions *found*. Answers may lead to more questions; when there are none, show the plans."""
        self.show()
        if not found:
            self.fetch(partial(self.plans_with_diffs, tasks), self.review)
            return
        questions, headings, previous = [question for _, question in found], {}, None
        for task, question in found:
            if task is not previous:
                headings[question.name] = f"Task {task.number}: {task.title}"
            previous = task
        self.asked.update(question.name for question in questions)
        form = Form("Questions for this half-day", questions, headings=headings)
        self.app.push_screen(form, lambda answers: self.answered(tasks, answers))

    def answered(self, tasks: list[Task], answers: dict[str, str] | None) -> None:
        def read() -> list[tuple[Task, Question]]:
            self.engine_session.answer(answers or {})
            return self.engine_session.questions(tasks, self.asked)

        if answers is not None:
            self.fetch(read, partial(self.ask, tasks))

    def plans_with_diffs(self, tasks: list[Task]) -> Plans:
        """The plans of *tasks*, with their diffs. Blocks."""
        plans = self.engine_session.plans(tasks)
        actions = [action for _, plan in plans for action in plan.actions]
        return plans, {action: diff for action in actions if (diff := diff_of(action))}

    def review(self, found: Plans) -> None:
        plans, diffs = found

        def run_if_agreed(agreed: bool | None) -> None:
            if agreed:
                self.session_app.run_tasks([task for task, _ in plans], unattended=True)
                self.show()

        self.app.push_screen(SessionReview(plans, self.engine_session.engine.project.top, diffs), run_if_agreed)
