"""One task as lines and prompts: its items, its plan, the user's choices, and troubleshooting."""

from __future__ import annotations

from functools import partial

from screens.engine_session import Prepared
from screens.formatting import NOTHING_TO_UNDO, SECRETS_REDACTED, next_task, undo_question, undone_text
from screens.plain import journeys
from screens.plain.conversation import Conversation
from screens.plain.prompts import InputClosed, ask, ask_hidden, ask_question, confirm, say, say_lines
from wizard.base.errors import GoliveError, Stopped
from wizard.base.wording import plural
from wizard.checklist.evidence import Status
from wizard.checklist.model import Item, Task
from wizard.diagnosis.cause import of_error
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed
from wizard.plan.actions import Action, Choice, WriteFile, key
from wizard.reporting.event_text import WORDED, failure_lines, hints, plan_lines
from wizard.reporting.status_words import WORDS

KEYS = """Enter     make the changes and run the checks, or go to the next task if everything is done
1         decide about each change
o         change the answers to this task's questions
ITEM      show an item, for example 1.2, and confirm or skip it
u         undo everything this task changed
k         skip the open items, with a reason
h         show the troubleshooting guide
j         list the user journeys; j NAME shows one step by step
d         show the links to the documentation
l         show the log
n         next task
b         back
q         quit; finished work is kept, and a later start resumes here"""


class PlainTask:
    """The conversation about one task."""

    def __init__(self, conversation: Conversation, task: Task) -> None:
        self.conversation, self.session, self.task = conversation, conversation.session, task
        self.prepared: Prepared | None = None
        self.following: Task | None = None
        """The task to open after a failure."""

    def run(self) -> Task | None:
        """Ask for commands until the user leaves the task; returns the task to open next, or None to go back."""
        task = self.task
        say(f"\nTask {task.number}, {task.title}. Day {task.day}, {task.session}, {task.minutes} minutes. {task.why}")
        if not self.inspect():
            return self.following
        while True:
            changes = len(self.prepared.plan.work) if self.prepared else 0
            finished = not changes and self.session.engine.state.is_complete(task)
            move = "continue" if finished else f"make {plural(changes, 'change')}" if changes else "run the checks"
            answer = ask(f"Press Enter to {move}, or type b for back, or ? for help:")
            if answer == "b":
                return None
            if answer == "q":
                raise InputClosed
            if answer == "n" or (not answer and finished):
                return self.next_task()
            try:
                if not answer:
                    return self.apply(Choice())
                if answer == "1":
                    return self.apply(self.ask_about_each())
                self.run_command(answer)
            except GoliveError as error:
                say(str(error))

    def run_command(self, answer: str) -> None:
        commands = {
            "o": self.ask_questions, "u": self.undo, "k": self.skip, "h": self.guide,
            "d": self.documentation, "l": self.log,
        }  # fmt: skip
        item = next((item for item in self.task.items if item.id == answer), None)
        if item:
            self.open_item(item)
        elif answer.partition(" ")[0] == "j":
            journeys.show(self.session, answer[1:].strip())
        elif answer in commands:
            commands[answer]()
        else:
            say(KEYS)

    # ---- planning

    def inspect(self) -> bool:
        """Inspect and plan; print the items, the findings and the plan. Returns whether that worked."""
        first = self.prepared is None
        try:
            prepared = self.prepared = self.conversation.work(partial(self.session.prepare, self.task))
        except Stopped as error:
            say(str(error))
            return False
        except GoliveError as error:
            cause = of_error(error, self.session.engine.project)
            self.following = self.show_failure(TaskFailed(self.task, str(error), cause=cause))
            return False
        answers = self.session.engine.answers
        unanswered = [question for question in prepared.questions if not answers.get(question.name)]
        if first and unanswered and (prepared.plan.work or any(question.needed for question in unanswered)):
            self.ask_questions()
            return True
        for item in self.task.items:
            self.say_item(item)
        self.conversation.say_findings(prepared.findings)
        for line in plan_lines(prepared.plan, WORDED):
            self.conversation.say(line)
        return True

    def say_item(self, item: Item) -> None:
        evidence = self.session.engine.state.evidence.get(item.id)
        label = WORDS[evidence.status if evidence else Status.OPEN]
        proof = f". {evidence.ran}: {evidence.result(item.text)}" if evidence and evidence.showed else ""
        say(f"{item.id} {label}: {item.text}{proof}")

    def ask_questions(self) -> None:
        assert self.prepared is not None
        answers, questions = self.session.engine.answers, self.prepared.questions
        if not questions:
            say("This task has no questions.")
            return
        self.session.answer(
            {
                question.name: ask_question(question, answers.get(question.name, question.default))
                for question in questions
            }
        )
        self.inspect()

    # ---- running

    def apply(self, choice: Choice) -> Task | None:
        """Run the task with the user's *choice*; returns the task to open next."""
        self.session.choose(self.task, choice)
        if failure := self.conversation.run_tasks([self.task]):
            return self.show_failure(failure)
        left = [item for item in self.task.items if self.session.engine.state.status(item.id) is Status.OPEN]
        if left and not confirm(f"{plural(len(left), 'item')} still open. Go to the next task?", default=True):
            return self.task
        return self.next_task()

    def next_task(self) -> Task | None:
        return next_task(self.session.engine.checklist, self.session.engine.state, self.task.number)

    def ask_about_each(self) -> Choice:
        """Ask about each change of the plan. The items of a skipped change stay open."""
        assert self.prepared is not None
        skipped, edited = set(), {}
        for action in self.prepared.plan.work:
            say(action.describe())
            say_lines(action.preview().splitlines())
            edit = ", or e to edit it first" * editable(action)
            answer = ask(f"Press Enter to make this change, or type no to skip it{edit}:").lower()
            if answer.startswith("n"):
                skipped.add(key(action))
            elif answer == "e" and editable(action):
                assert isinstance(action, WriteFile)
                content = self.conversation.edit(action.after, action.path.name)
                if content is not None:
                    edited[action.path] = content
        return Choice(frozenset(skipped), edited)

    def undo(self) -> None:
        tasks, revert = self.conversation.work(partial(self.session.undo_needs, self.task))
        if not tasks:
            say(NOTHING_TO_UNDO)
            return
        text, why = undo_question(tasks, revert)
        say(why)
        if confirm(text, default=False):
            say(undone_text(self.conversation.work(partial(self.session.undo, tasks, revert=revert))))
            self.inspect()

    def skip(self) -> None:
        if why := ask("Reason for skipping (the report shows it), or press Enter for back:"):
            self.conversation.work(partial(self.session.skip_task, self.task, why))
            self.inspect()

    def open_item(self, item: Item) -> None:
        """Print the evidence of *item*, then ask for a token, a confirmation, or a reason to skip it."""
        self.say_item(item)
        services = self.session.engine.checklist.services.values()
        if service := next((service for service in services if service.account == item.id), None):
            say(f"No account yet? {service.sign_up}")
            say(f"Create a token: {service.tokens}. It needs {service.needs}.")
            if token := ask_hidden(f"Paste {service.token} (it is not shown), or press Enter for none:"):
                where = self.conversation.work(partial(self.session.store, service.token, token))
                say(f"Stored in {where}.")
                return
        if item.way != "auto" and (words := ask("What you checked, to confirm the item; or press Enter:")):
            self.conversation.work(partial(self.session.note, self.task, item, Status.DONE, words))
        elif why := ask("Reason for skipping; or press Enter to leave the item open:"):
            self.conversation.work(partial(self.session.note, self.task, item, Status.WAIVED, why))

    # ---- help

    def guide(self) -> None:
        for guide in self.session.engine.checklist.guides_for(self.task):
            say(guide.title)
            say_lines(f"  {hint.text}. {hint.fix}" for hint in guide.hints)

    def documentation(self) -> None:
        links = self.session.engine.checklist.links
        say_lines(f"{links[name].title}: {links[name].url}" for name in self.task.links)

    def log(self) -> None:
        say_lines(self.session.log.last(200, self.task.number))

    # ---- troubleshooting

    def show_failure(self, failure: TaskFailed) -> Task | None:
        """Print *failure* with its diagnosis and ask for the next step; returns the task to open next."""
        first, *more = failure_lines(failure)
        say(f"Task {failure.task.number}, {failure.task.title}, failed. {first}")
        say_lines(more)
        if lines := self.session.last_lines(failure.task):
            say("Last lines of the log:")
            say_lines(f"  {line}" for line in lines)
        say_lines(hints(failure.diagnoses, WORDED))
        diagnosis = self.find_fix(failure)
        fix = "f to make these changes and retry, " if diagnosis else ""
        while True:
            answer = ask(
                f"Type {fix}r to retry, l for the log, b for a support bundle, n for the next task; "
                "or press Enter for back:"
            )
            try:
                if answer == "f" and diagnosis:
                    self.conversation.work(partial(self.session.apply_fix, diagnosis))
                    return self.apply(Choice())
                if answer == "r":
                    return self.apply(Choice())
                if answer == "n":
                    return self.next_task()
                if not answer:
                    return None
                if answer == "l":
                    self.log()
                elif answer == "b":
                    about = f"Task {failure.task.number}: {failure.error}"
                    say(f"{self.conversation.work(partial(self.session.bundle, about))}. {SECRETS_REDACTED}")
            except GoliveError as error:
                say(str(error))

    def find_fix(self, failure: TaskFailed) -> Diagnosis | None:
        """The first confirmed diagnosis that Golive can fix; prints how."""
        found = self.conversation.work(partial(self.session.find_fix, failure.diagnoses))
        if found is None:
            return None
        diagnosis, plans = found
        say("Golive can fix this:")
        for _, plan in plans:
            say_lines(plan_lines(plan, WORDED))
        return diagnosis


def editable(action: Action) -> bool:
    return isinstance(action, WriteFile) and not action.secret
