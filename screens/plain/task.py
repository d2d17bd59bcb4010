"""One task as lines and prompts: its items, its plan, the choices, and what to do when it fails."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from screens.engine_session import Prepared
from screens.formatting import NOTHING_CHANGED, many, next_task, undo_question, undone_text
from screens.plain import prompts
from screens.plain.prompts import agreed, ask, say
from wizard.base.errors import GoliveError, Stopped
from wizard.checklist.evidence import Status
from wizard.checklist.model import Item, Task
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import TaskFailed
from wizard.plan.actions import Action, Choice, WriteFile, key
from wizard.reporting.event_text import WORDED, hint, plan_lines

if TYPE_CHECKING:
    from screens.plain.session import Plain

KEYS = """Enter     make the changes, then verify; or go on when all is done
1         decide change by change
o         answer this task's questions anew
ITEM      what an item rests on, and your own word on it, for example 1.2
u         undo: put back everything this task changed
k         set aside what is open, with a reason
g         the troubleshooting guide
d         the documentation behind it
log       what was told while it was worked on
n         next task
b         back"""


class TaskTalk:
    """A person's way through one task."""

    def __init__(self, plain: Plain, task: Task) -> None:
        assert plain.desk is not None
        self.plain, self.desk, self.task = plain, plain.desk, task
        self.prepared: Prepared | None = None
        self.onward: Task | None = None
        """Where the person went from a failure."""

    def run(self) -> Task | None:
        """Returns the task the person goes on to; None for back."""
        task = self.task
        say(f"\nTask {task.number}, {task.title}. Day {task.day}, {task.session}, {task.minutes} minutes. {task.why}")
        if not self.look():
            return self.onward
        while True:
            prepared = self.prepared
            changes = len(prepared.plan.work) if prepared else 0
            state = self.desk.engine.state
            settled = not changes and state.settled_count(task) == len(task.items)
            move = "go on" if settled else f"make {many(changes, 'change')}" if changes else "verify"
            given = ask(f"Enter to {move}, b for back, or ? for help:")
            if given == "b":
                return None
            if given == "n" or (not given and settled):
                return next_task(self.desk.engine.checklist, state, task.number)
            try:
                if not given:
                    return self.do(Choice())
                if given == "1":
                    return self.do(self.one_by_one())
                self.obey(given)
            except GoliveError as error:
                say(str(error))

    def obey(self, given: str) -> None:
        does = {
            "o": self.ask_again, "u": self.undo, "k": self.set_aside, "g": self.guide,
            "d": self.documentation, "log": self.log,
        }  # fmt: skip
        item = next((each for each in self.task.items if each.id == given), None)
        if item:
            self.open_item(item)
        elif given in does:
            does[given]()
        else:
            say(KEYS)

    # ---- what is known and planned

    def look(self) -> bool:
        """Inspect and plan; tell the items, what was found and the plan. Whether it could be."""
        first = self.prepared is None
        try:
            prepared = self.prepared = self.plain.work(partial(self.desk.prepare, self.task))
        except Stopped as error:
            say(str(error))
            return False
        except GoliveError as error:
            self.onward = self.failed(TaskFailed(self.task, str(error)))
            return False
        answers = self.desk.engine.answers
        unanswered = [each for each in prepared.questions if not answers.get(each.name)]
        if first and unanswered and (prepared.plan.work or any(each.needed for each in unanswered)):
            self.ask_again()
            return True
        for item in self.task.items:
            self.tell_item(item)
        self.plain.tell_findings(prepared.findings)
        for line in plan_lines(prepared.plan, WORDED):
            self.plain.say(line)
        return True

    def tell_item(self, item: Item) -> None:
        evidence = self.desk.engine.state.evidence.get(item.id)
        status = evidence.status if evidence else Status.OPEN
        rests = f". {evidence.ran}: {evidence.showed}" if evidence and evidence.showed else ""
        say(f"{item.id} {status}: {item.text}{rests}")

    def ask_again(self) -> None:
        assert self.prepared is not None
        answers = self.desk.engine.answers
        if not self.prepared.questions:
            say("This task asks nothing.")
            return
        given = {
            each.name: prompts.answer(each, answers.get(each.name, each.default)) for each in self.prepared.questions
        }
        self.desk.answer(given)
        self.look()

    # ---- working

    def do(self, choice: Choice) -> Task | None:
        """Work as the plan says, with the person's *choice*; returns the task to go on to."""
        self.desk.choose(self.task, choice)
        failure = self.plain.do([self.task])
        if failure:
            return self.failed(failure)
        left = [item for item in self.task.items if self.desk.engine.state.status(item.id) is Status.OPEN]
        if left and not agreed(f"{many(len(left), 'item')} left open. Go on to the next task?", default=True):
            return self.task
        return self.following()

    def following(self) -> Task | None:
        return next_task(self.desk.engine.checklist, self.desk.engine.state, self.task.number)

    def one_by_one(self) -> Choice:
        """What the person makes of each change; one left out keeps its items open."""
        assert self.prepared is not None
        left_out, written = set(), {}
        for action in self.prepared.plan.work:
            say(f"{action.describe()}")
            prompts.listed(action.preview().splitlines())
            given = ask(f"Enter to make it, no to leave it out{', e to edit it first' * editable(action)}:").lower()
            if given.startswith("n"):
                left_out.add(key(action))
            elif given == "e" and editable(action):
                assert isinstance(action, WriteFile)
                content = self.plain.edit(action.after, action.path.name)
                if content is not None:
                    written[action.path] = content
        return Choice(frozenset(left_out), written)

    def undo(self) -> None:
        tasks, revert = self.plain.work(partial(self.desk.undo_needs, self.task))
        if not tasks:
            say(NOTHING_CHANGED)
            return
        text, why = undo_question(tasks, revert)
        say(why)
        if agreed(text, default=False):
            say(undone_text(self.plain.work(partial(self.desk.undo, tasks, revert=revert))))
            self.look()

    def set_aside(self) -> None:
        if why := ask("Why is it set aside? The report shows it. Enter for back:"):
            self.plain.work(partial(self.desk.set_aside, self.task, why))
            self.look()

    def open_item(self, item: Item) -> None:
        """What the item rests on; then a token, a word or a reason, where the person has one."""
        self.tell_item(item)
        services = self.desk.engine.checklist.services.values()
        if service := next((each for each in services if each.account == item.id), None):
            say(f"No account yet? {service.sign_up}")
            say(f"Its token: {service.tokens}; it needs {service.needs}.")
            if token := prompts.ask_hidden(f"{service.token}: paste it, it is not shown; Enter for none:"):
                say(f"It is in {self.plain.work(partial(self.desk.store, service.token, token))} now.")
                return
        if item.way != "auto" and (words := ask("What did you see? It confirms the item. Enter for nothing:")):
            self.plain.work(partial(self.desk.note, self.task, item, Status.DONE, words))
        elif why := ask("Why is it set aside? Enter to leave it as it is:"):
            self.plain.work(partial(self.desk.note, self.task, item, Status.WAIVED, why))

    # ---- help

    def guide(self) -> None:
        for guide in self.desk.engine.checklist.guides_for(self.task):
            say(guide.title)
            prompts.listed(f"  {each.text}. {each.fix}" for each in guide.hints)

    def documentation(self) -> None:
        links = self.desk.engine.checklist.links
        prompts.listed(f"{links[name].title}: {links[name].url}" for name in self.task.links)

    def log(self) -> None:
        prompts.listed(self.desk.log.last(200))

    # ---- failure

    def failed(self, failure: TaskFailed) -> Task | None:
        """What went wrong and what may mend it, diagnosed; returns the task to go on to."""
        desk = self.desk
        say(f"Task {failure.task.number}, {failure.task.title}, failed. {failure.error}")
        if lines := desk.last_lines():
            say("The last lines of the log:")
            prompts.listed(f"  {line}" for line in lines)
        prompts.listed(hint(each, WORDED) for each in failure.diagnoses)
        mendable = self.mendable(failure)
        fix = "f to make these changes and try again, " if mendable else ""
        while True:
            given = ask(
                f"{fix}r to try again, log for the log, bundle for one to share, n for the next task, Enter for back:"
            )
            try:
                if given == "f" and mendable:
                    self.plain.work(partial(desk.mend, mendable))
                    return self.do(Choice())
                if given == "r":
                    return self.do(Choice())
                if given == "n":
                    return self.following()
                if not given:
                    return None
                if given == "log":
                    self.log()
                elif given == "bundle":
                    path = self.plain.work(partial(desk.bundle, f"Task {failure.task.number}: {failure.error}"))
                    say(f"It is in {path}; no secret is in it.")
            except GoliveError as error:
                say(str(error))

    def mendable(self, failure: TaskFailed) -> Diagnosis | None:
        """The first confirmed hint that a plan can act on; the plan is told."""
        found = self.plain.work(partial(self.desk.mendable, failure.diagnoses))
        if found is None:
            return None
        diagnosis, plans = found
        say("Golive can mend it:")
        for _, plan in plans:
            prompts.listed(plan_lines(plan, WORDED))
        return diagnosis


def editable(action: Action) -> bool:
    return isinstance(action, WriteFile) and not action.secret
