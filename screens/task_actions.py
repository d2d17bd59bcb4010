"""Actions on a task other than Apply: undo, skip, confirm items, store tokens."""

from __future__ import annotations

from functools import partial

from textual import work

from screens.base_screen import BaseScreen
from screens.formatting import NOTHING_TO_UNDO, safe, undo_question, undone_text
from screens.forms import Confirmation, Form
from screens.item import ItemDialog, ItemNote, ServiceToken, VariableValue
from screens.messages import OpenJourneys
from screens.work_item import WorkItem
from wizard.base.errors import GoliveError
from wizard.checklist.answers import Question
from wizard.checklist.model import Item, Task
from wizard.engine import user_journeys
from wizard.engine.undo import Undone


class TaskActions(BaseScreen):
    """Mixed into the screen of a task."""

    task_shown: Task

    def inspect(self) -> None:
        """Inspect the project and plan the task again."""
        raise NotImplementedError

    def undo_started(self) -> None:
        """Show that an undo is running."""
        raise NotImplementedError

    def undo_finished(self) -> None:
        """Show the task as it is after an undo."""
        raise NotImplementedError

    # ---- items

    def open_item(self, item: Item) -> None:
        evidence = self.engine_session.engine.state.evidence.get(item.id)
        services = self.engine_session.engine.checklist.services.values()
        service = next((service for service in services if service.account == item.id), None)
        top, journeys = self.engine_session.engine.project.top, user_journeys.can_prove(item.id)
        dialog = ItemDialog(item, evidence, service, top, journeys=journeys)
        self.app.push_screen(dialog, partial(self.record, item))

    def record(self, item: Item, result: ItemNote | ServiceToken | VariableValue | None) -> None:
        """Record the user's note on *item*, or store the token or the value."""
        if isinstance(result, ServiceToken):
            self.store_token(result)
        elif isinstance(result, VariableValue):
            write = partial(self.engine_session.write_value, self.task_shown, result.name, result.value)
            self.session_app.begin(WorkItem(result.name, write, on_success=lambda _: self.value_written(result.name)))
        elif result:
            note = partial(self.engine_session.note, self.task_shown, item, result.status, result.text)
            self.session_app.begin(WorkItem(f"Item {item.id}", note))

    def value_written(self, name: str) -> None:
        text = f"{name} is set in .env.production. Run the task again to check it."
        self.app.notify(text, title=name)
        self.inspect()

    @work(thread=True, group="tokens")
    def store_token(self, token: ServiceToken) -> None:
        notify, call = self.app.notify, self.app.call_from_thread
        try:
            where = self.engine_session.store(token.name, token.value)
        except GoliveError as error:
            call(notify, safe(str(error)), title=token.name, timeout=12, severity="warning")
        else:
            call(notify, f"Stored in {where}", title=token.name)
            call(self.inspect)

    # ---- journeys

    @property
    def has_journeys(self) -> bool:
        """Whether journeys prove items of this task."""
        return self.task_shown.number in user_journeys.TASKS

    def action_journeys(self) -> None:
        self.post_message(OpenJourneys())

    # ---- undo

    def action_undo(self) -> None:
        needs = partial(self.engine_session.undo_needs, self.task_shown)
        self.session_app.begin(WorkItem("Undo", needs, on_success=self.confirm_undo))

    def confirm_undo(self, needs: tuple[tuple[int, ...], bool]) -> None:
        """Name everything that has to be undone together, and ask for confirmation."""
        tasks, revert = needs
        if not tasks:
            self.app.notify(NOTHING_TO_UNDO, title="Undo")
            return

        def undo_if_agreed(agreed: bool | None) -> None:
            if agreed:
                self.undo_started()
                undo = partial(self.engine_session.undo, tasks, revert=revert)
                self.session_app.begin(WorkItem("Undo", undo, on_success=self.show_undone))

        self.app.push_screen(Confirmation("Undo", *undo_question(tasks, revert), yes="Undo"), undo_if_agreed)

    def show_undone(self, undone: Undone) -> None:
        self.app.notify(safe(undone_text(undone)), title="Undo", timeout=15 if undone.left else 5)
        self.undo_finished()

    # ---- skip

    def action_skip_task(self) -> None:
        why = "The report shows this reason."
        question = Question("why", "Reason for skipping", "", why, pattern=r".*\S.*")
        self.app.push_screen(Form(f"Skip the open items of task {self.task_shown.number}", [question]), self.skip)

    def skip(self, answers: dict[str, str] | None) -> None:
        if answers:
            skip = partial(self.engine_session.skip_task, self.task_shown, answers["why"])
            self.session_app.begin(WorkItem("Skip", skip))
