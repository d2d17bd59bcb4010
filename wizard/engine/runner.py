"""inspect → plan → apply → verify, for one task or many; undo; and recovery after a kill."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from wizard import step
from wizard.base import process
from wizard.base.errors import (
    GoliveError,
    MissingModule,
    NotYetError,
    ProjectError,
    StaleError,
    StepError,
    Stopped,
    UndoError,
)
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, Status, waiting
from wizard.checklist.model import Checklist, Task
from wizard.diagnosis.diagnose import Diagnosis, diagnose
from wizard.engine.apply import Applier
from wizard.engine.events import (
    Emit,
    Event,
    FindingReported,
    Output,
    Planned,
    Recovered,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    Ticked,
    Verifying,
)
from wizard.engine.records import Records
from wizard.engine.undo import Undone
from wizard.plan.actions import Choice, InstallPackages, Plan, RunCommand
from wizard.project import release_copy
from wizard.project.project import Project
from wizard.state import state_file
from wizard.state.journal import Journal
from wizard.state.state_file import Facts, State
from wizard.targets.registry import check, names, platform_of
from wizard.targets.sandbox import Sandbox


def _joined(first: Evidence | None, second: Evidence) -> Evidence:
    """Two views' evidence for one item: failed if one of them failed, and all that was shown."""
    if first is None or first.status is not second.status:
        return first if first and first.status is Status.FAILED else second
    return dataclasses.replace(second, showed=f"{first.showed}; {second.showed}")


TICKED = {Status.DONE, Status.REHEARSED}
CHECKED = {*TICKED, Status.DRIFTED}
"""What `check` looks at: what has drifted is looked at until it holds again."""
ROUNDS = 3
"""How often a task is planned anew, after a change of somebody else's or because its own brought something up."""


@dataclass
class Engine:
    """Works on one project; the caller holds its lock. Synchronous: front ends run it where waiting is allowed."""

    project: Project
    checklist: Checklist
    answers: Answers
    emit: Emit
    target_name: str = ""
    """Where production is; empty for where it was the last time, at first the rehearsal."""
    pause: Callable[[int], str] = field(default=lambda minutes: "skipped")
    interact: Callable[[list[str]], int] | None = None
    choices: dict[int, Choice] = field(default_factory=dict)
    """What a person chose of the next plan of a task, by its number."""
    reading: bool = False
    """Whether this run only looks: it writes nothing, and takes over nothing that another left half done."""
    records: Records = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)

    def __post_init__(self) -> None:
        found = self.project
        self.records = Records(found.root, found.git, self.checklist, self.emit, reading=self.reading)
        self.record, self.note, self.launch = self.records.record, self.records.note, self.records.launch
        self.answers.remembered = self.state.answers
        self.applier = Applier(self.project, self.journal, self.tell, self.pause)
        self.applier.perform = self._perform
        self.sandbox = self._aimed(self.target_name or self.state.facts.get("target", "") or names()[0])
        self._learn_originals()

    @property
    def state(self) -> State:
        return self.records.state

    @property
    def journal(self) -> Journal:
        return self.records.journal

    def _aimed(self, name: str) -> Sandbox:
        check(name)
        facts = Facts(self.state, self.journal)
        facts.put("target", name)
        self.project.platform = platform_of(name)
        say = lambda line: self.tell(Output(line))  # noqa: E731
        made = Sandbox(self.project, name, facts, self.checklist, self.answers, say)
        made.interact = self.interact
        return made

    def aim(self, name: str) -> None:
        """From now on production is at the target *name*.

        Raises:
            UsageError: there is no such target.
        """
        if name != self.sandbox.name:
            self.sandbox.close()
            self.sandbox = self._aimed(name)

    def _perform(self, part: str) -> dict[str, str]:
        return self.sandbox.target.do(part)

    def tell(self, event: Event) -> None:
        """Pass on *event*. Every event is a moment at which a person may stop the task without harm.

        Raises:
            Stopped: somebody called `stop`.
        """
        if self._stop.is_set():
            raise Stopped("Stopped")
        self.emit(event)

    def resume(self) -> None:
        """Begin new work, whatever was stopped before: a stop may come when there is nothing left to stop."""
        self._stop.clear()
        process.resume()

    def stop(self) -> None:
        """Stop the task that another thread works on; half-done changes are taken back there."""
        self._stop.set()
        process.stop_running()
        self.sandbox.interrupt()
        self.project.interpreter.interrupt()

    def recover(self, *, died: bool) -> None:
        """Roll back what a killed run left half done; the task is then simply run again."""
        self.records.recover(died=died)
        self.project.refresh()
        self._learn_originals()

    def _learn_originals(self) -> None:
        originals: dict[str, str | None] = {}
        for batch in self.records.undoing.standing():
            for each in batch.steps:
                if "before" in each.action and "path" in each.action:
                    originals.setdefault(each.action["path"], each.action["before"])
        self.project.originals = {}
        for name, kept in originals.items():
            with suppress(UndoError):  # forgotten or lost: the file as it is now is all that is known of it
                self.project.originals[self.applier.absolute(name)] = self.journal.kept(kept)

    # ---- running

    def plan(self, task: Task) -> Plan:
        return self._completing() or step.load(task).plan(self.project, self.sandbox, self.answers)

    def complete_environment(self, task: Task) -> None:
        """Install what the project wrote down and its settings don't load without, as a plan of *task*.

        Raises:
            MissingModule: it is missing even so.
        """
        done: set[str] = set()
        while made := self._completing():
            names = {name for each in made.actions if isinstance(each, InstallPackages) for name in each.packages}
            if names <= done:
                self.project.inspect_settings()
            done |= names
            self.tell(Planned(task, made))
            self.applier.apply(task.number, made.work)
            self.project.refresh()

    def _completing(self) -> Plan:
        try:
            self.project.inspect_settings()
        except MissingModule as missing:
            return Plan.of(InstallPackages((missing.package,), "the settings don't load without it"))
        return Plan()

    def run(self, tasks: Iterable[Task], *, keep_going: bool = False) -> list[Task]:
        """Do *tasks* in order; returns those that failed. Without *keep_going* the first failure ends the run."""
        failed = []
        for task in tasks:
            if not self.run_task(task):
                failed.append(task)
                if not keep_going:
                    break
        return failed

    def run_task(self, task: Task) -> bool:
        """Plan, apply and verify one task; its failure is an event, and False."""
        self.emit(TaskStarted(task))
        self.state.position = task.number
        self.state.save()
        began, choice = time.monotonic(), self.choices.pop(task.number, Choice())
        try:
            self._apply(task, choice)
            evidence = self.verify(task)
            self._spent(task, round(time.monotonic() - began, 1))
        except GoliveError as error:
            if self._stop.is_set():
                raise self._stopped(task) from error
            self._take_back(task)
            if not isinstance(error, StepError):
                raise
            self._failed(task, str(error))
            self.emit(TaskFinished(task, Status.FAILED))
            return False
        failed = [each for each in evidence if each.status is Status.FAILED]
        if choice.left_out:
            self._leave_open(task, failed)
            failed = []
        if failed:
            told = "; ".join(f"{each.item}: {each.showed}" for each in failed)
            self._failed(task, told)
        self.state.fingerprint = self.fingerprint() if not failed else ""
        self.state.save()
        self.emit(TaskFinished(task, self.state.of(task)))
        return not failed

    def _spent(self, task: Task, seconds: float) -> None:
        self.journal.append("spent", task=task.number, seconds=seconds)
        self.state.spent[str(task.number)] = seconds

    def _leave_open(self, task: Task, failed: list[Evidence]) -> None:
        """What a person left out of the plan is open, and no failure."""
        for each in failed:
            evidence = waiting(each.item, each.ran, f"you left out a part of the plan: {each.showed}")
            self.record(task, evidence)
            self.tell(Ticked(task.item(each.item), evidence))

    def _stopped(self, task: Task) -> Stopped:
        """Take back what was half done; says what stands."""
        self.resume()
        self.project.interpreter.close()
        half = self._take_back(task)
        self.emit(TaskFinished(task, self.state.of(task)))
        what = (
            "its unfinished changes were taken back" if half else "what it had changed stands, and is not verified yet"
        )
        return Stopped(f"Task {task.number} was stopped", what, "Run it again to go on.")

    def _failed(self, task: Task, told: str) -> None:
        """Tell of a failure with its guides already diagnosed."""
        self.emit(Verifying("what the troubleshooting guide suggests"))
        self.emit(TaskFailed(task, told, diagnose(self.checklist, task, self.project, self.sandbox, told)))

    def _apply(self, task: Task, choice: Choice) -> None:
        """Carry out the plan as chosen; what a change brings to light is planned for, until nothing is left to do."""
        work = step.load(task)
        for attempt in range(1, ROUNDS + 1):
            self._settle(work.questions(self.project, self.sandbox))
            if attempt == 1:
                for finding in work.inspect(self.project):
                    self.tell(FindingReported(finding))
            made = choice.of(work.plan(self.project, self.sandbox, self.answers))
            if attempt == 1 or made.work:
                self.tell(Planned(task, made))
            if not made.work:
                return
            try:
                self._carry_out(task, made, temporary=work.temporary)
            except StaleError:
                self._take_back(task)
                if attempt == ROUNDS:
                    raise

    def _carry_out(self, task: Task, made: Plan, *, temporary: bool = False) -> None:
        """Apply *made*; what keeps the project from loading is taken back."""
        before = self.project.development_status()
        self.applier.apply(task.number, made.work, temporary=temporary)
        self.project.refresh()
        self._learn_originals()
        self._must_still_load(before)

    def _settle(self, questions: list[Question]) -> None:
        """Keep what was answered, so that later runs verify against the same figures."""
        for name, answer in self.answers.validated(questions).items():
            if self.state.answers.get(name) != answer:
                self.state.answers[name] = answer
                self.journal.append("answer", name=name, answer=answer)

    def _must_still_load(self, before: tuple[bool, object]) -> None:
        """A project that no longer loads after a change gets its old content back: in production, or on this machine,
        where it was developed with DEBUG on *before*.

        Raises:
            StepError: it didn't load; says why.
        """
        try:
            self.project.inspect_settings()
            loads, debug = self.project.development_status()
            worse = (before[0] and not loads) or (before[1] is True and debug is not True)
            broken = f"on this machine: {self.project.why_not_here()}" if worse else ""
        except ProjectError as error:
            broken = str(error)
        if broken:
            self.records.undoing.run(self.records.undoing.standing()[-1:])
            self.project.refresh()
            self._learn_originals()
            raise StepError("The project no longer loads after this change, so it was taken back", broken)

    def _take_back(self, task: Task) -> int:
        """Undo the unfinished batches of *task*; returns how many there were."""
        half = [batch for batch in self.journal.batches() if batch.task == task.number and batch.interrupted]
        for batch in reversed(half):
            if odd := self.records.roll_back(batch):
                self.emit(Recovered(f"Task {task.number}: {odd}"))
        self.project.refresh()
        self._learn_originals()
        return len(half)

    def verify(self, task: Task, only: Container[str] | None = None) -> list[Evidence]:
        """Evidence for every item of *task*, or of *only*; an item nothing was shown for waits for a person."""
        found: dict[str, Evidence] = {}
        known = {item.id for item in task.items}
        also = {item.id for each in self.checklist.go_live for item in each.items}
        also |= {item.id for _, item in self.checklist.items()} - known
        self.tell(Verifying(task.title))
        self.sandbox.mark_log()
        reason, missing = "waits for a person", False
        try:
            for evidence in self._seen(task):
                # Several views may speak for one item: one that fails is not outvoted.
                if evidence.item in known:
                    found[evidence.item] = _joined(found.get(evidence.item), evidence)
                elif evidence.item in also:
                    self.record(task, evidence)
        except NotYetError as error:  # the rest can't be looked at yet, and that is no failure
            reason, missing = str(error), True
        asked = [item for item in task.items if only is None or item.id in only]
        for item in asked:
            kept = self.state.evidence.get(item.id)
            if kept and self._stands(kept, found.get(item.id), missing=missing):
                found[item.id] = kept
            evidence = found.setdefault(item.id, waiting(item.id, "", reason))
            self.record(task, evidence)
            self.tell(Ticked(item, evidence))
        return [found[item.id] for item in asked]

    def _stands(self, kept: Evidence, seen: Evidence | None, *, missing: bool) -> bool:
        """Whether what was known of an item outlasts what was *seen* of it now; *missing*: there was nothing to see."""
        if seen is None and not missing and not self.sandbox.acting and kept.status is not Status.OPEN:
            return True  # a mere look leaves alone what only an act can show
        if seen is not None and seen.status is Status.REHEARSED and kept.status is Status.DONE:
            # What was seen in production outranks its rehearsal.
            return kept.kind not in {"note", "not-applicable"}
        if kept.kind != "note" or kept.status not in {Status.DONE, Status.WAIVED}:
            return False
        # What a person said stands until something was seen to the contrary.
        return seen is None or not (
            (seen.status in {Status.DONE, Status.REHEARSED} and seen.kind != "skipped")
            or (seen.status is Status.FAILED and kept.status is Status.DONE)
        )

    def _seen(self, task: Task) -> Iterator[Evidence]:
        work = step.load(task)
        yield from work.verify(self.project, self.sandbox, self.answers)
        if work.temporary:
            self._take_back(task)
            yield from work.after(self.project, self.sandbox)

    def set_aside(self, task: Task, why: str) -> None:
        """Waive every item of *task* that is not settled."""
        for item in task.items:
            if self.state.status(item.id) not in state_file.SETTLED:
                self.tell(Ticked(item, self.note(task, item, Status.WAIVED, why)))

    def mending(self, found: Diagnosis) -> Iterator[tuple[Task, Plan]]:
        """What would mend what *found* confirmed, by the task it belongs to; nothing where only a person can.

        Each is planned when it is asked for: an earlier one, once applied, changes the files of a later.
        """
        for number in found.hint.tasks:
            task = self.checklist.tasks[number]
            if (plan := self.plan(task)).work:
                yield task, plan
        if found.hint.run:
            argv = (str(self.project.found.path), str(self.project.manage), *found.hint.run.split())
            command = RunCommand(argv, self.project.root, found.hint.text.lower())
            yield self.checklist.tasks[self.state.position], Plan.of(command)

    def mend(self, found: Diagnosis) -> None:
        """Apply what `mending` says; what keeps the project from loading is taken back.

        Raises:
            GoliveError: it could not be done; what was half done is taken back.
        """
        for task, plan in self.mending(found):
            self.tell(Planned(task, plan))
            try:
                self._carry_out(task, plan)
            except GoliveError as error:
                if self._stop.is_set():
                    raise self._stopped(task) from error
                self._take_back(task)
                raise

    def fingerprint(self) -> str:
        made = (self.project.root / "staticfiles", self.project.root / "logs")
        tree = release_copy.fingerprint(self.project.top, self.project.git, self.project.found.prefix, made)
        where = f"{self.sandbox.name} {self.sandbox.target.connected_accounts()}"
        return hashlib.sha256(f"{where} {tree} {self.answers.fingerprint()}".encode()).hexdigest()

    def check(self, tasks: Iterable[Task]) -> list[Evidence]:
        """Verify anew every item that was ticked or rehearsed, or had drifted; those that don't hold have drifted."""
        drifted = []
        for task in tasks:
            before = {item.id for item in task.items if self.state.status(item.id) in CHECKED}
            if not before or step.load(task).temporary:  # what needs a change to be seen is no matter of a look
                continue
            with self.sandbox.read_only():
                found = self.verify(task, before)
            for evidence in found:
                if evidence.status not in TICKED:
                    gone = dataclasses.replace(evidence, status=Status.DRIFTED)
                    self.record(task, gone)
                    drifted.append(gone)
        self.state.save()
        return drifted

    def learn(self, ticked: Iterable[Evidence]) -> None:
        """Take over the ticked boxes of a report, where nothing is known of their items here and they can hold here."""
        elsewhere = {item.id for _, item in self.checklist.items() if item.here}
        for evidence in ticked:
            if (
                evidence.status in TICKED
                and evidence.item not in elsewhere
                and self.state.status(evidence.item) is Status.OPEN
            ):
                self.state.evidence[evidence.item] = evidence

    # ---- undoing

    def undo(self, numbers: Iterable[int], *, revert: bool = False) -> Undone:
        """Put back what Golive changed for these tasks; see `Records.undo`."""
        undone = self.records.undo(numbers, revert=revert)
        self.project.refresh()
        self._learn_originals()
        return undone
