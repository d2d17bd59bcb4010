"""Evidence from workers and schedulers that run beside the rehearsal's service."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from steps.shared.background_processes import BY_COMMAND, Needed, matching
from wizard.base.secrets import excerpt
from wizard.checklist.evidence import Evidence, not_applicable, undecided
from wizard.project import queue_names
from wizard.project.agent.background_events import PROBE
from wizard.project.process_lines import Line
from wizard.targets.background import BackgroundProcess, BackgroundRun, Event
from wizard.targets.sandbox import Sandbox

START_SECONDS, WORK_SECONDS, SCHEDULE_SECONDS = 40.0, 30.0, 40.0
SHORTEST, LONGEST = 2.0, 8.0
"""How many seconds the work takes that must not get lost: longer on a busy machine, where SIGTERM arrives late."""
OF_SCHEDULES = {"celery", "huey", "rq_cron", "rq_scheduler", "django_q"}
"""Libraries whose entries Golive makes due."""
OUTSIDE = re.compile(r"Connection|Network|resolve|Timeout|unreachable|Errno|gaierror|SSL", re.IGNORECASE)
"""Errors of work that wants to reach another host, which a rehearsal does not let it."""
SEARCHED, NO_QUEUE = "searched the code and the settings", "the project has no queue"
RAN = "the worker's own command, beside the service of the rehearsal"
NOT_HANDED = "Golive hands no work of its own to {}. Hand some over on your site, and see that it is done"
EXPECTED = "work that is handed over is done once"


@dataclass
class Workers:
    """The workers of *run*, and what they showed."""

    sandbox: Sandbox
    run: BackgroundRun
    needed: list[Needed]
    lines: list[Line]
    started: dict[Line, BackgroundProcess] = field(default_factory=dict)
    length: float = SHORTEST
    late: dict[Line, str] = field(default_factory=dict)
    """Why a process was not ready in time."""
    not_due: str = ""
    """Why the entries of a schedule could not be made due."""

    @property
    def workers(self) -> list[tuple[Needed, Line]]:
        """The workers that have a line in the Procfile, one for each queue of a library."""
        found = dict[tuple[str, str], tuple[Needed, Line]]()
        for each in self.needed:
            for line in matching(each, self.lines) if each.runs_work else ():
                found.setdefault((each.library, _queue(each, line)), (each, line))
        return list(found.values())

    def _scheduled(self) -> set[str]:
        """The work of the schedule's entries, which were made due."""
        return {str(event["name"]) for event in self.run.events() if event["event"] == "scheduled"}

    def start(self, line: Line) -> BackgroundProcess:
        self.started[line] = self.run.start(line.name, line.command)
        return self.started[line]

    def ran(self, token: str) -> int:
        """How often the work *token* was done."""
        return sum(event["event"] == "end" and event.get("token") == token for event in self.run.events())

    def _done(self, tokens: list[str], process: BackgroundProcess) -> bool:
        """Wait until the work of all *tokens* is done."""
        return self.run.wait(lambda _: all(map(self.ran, tokens)), WORK_SECONDS, process)

    # ---- 27.1

    def _lines(self, each: Needed) -> list[Line]:
        """The lines to start: all workers, and one that only runs the schedule."""
        found = matching(each, self.lines)
        return found if each.runs_work else found[:1]

    def start_all(self) -> None:
        """Start a process for each that is needed, and wait until those that tell it are ready."""
        for each in self.needed:
            for line in self._lines(each):
                if each.library == "django_q" and each.schedule and line not in self.started:
                    self.not_due = self.run.call("hurry_django_q")
                tells = each.library == "celery" and each.runs_work
                ready = _ready(self.run.events()) if tells else 0
                process = self.started.get(line) or self.start(line)
                if tells and not self.run.wait(partial(_is_another_ready, before=ready), START_SECONDS, process):
                    self.late[line] = process.failure() or f"not ready after {START_SECONDS:.0f} seconds"

    def processes(self) -> Iterator[Evidence]:
        """Judge each process, after it had work to do: does it still run?"""
        problems, good, where = list[str](), list[str](), ""
        for each in self.needed:
            found = matching(each, self.lines)
            if not found:
                problems.append(f"no process runs what {each.where} needs: {each.command}")
            elif each.name == "beat" and len(found) > 1:
                names = ", ".join(line.name for line in found)
                problems.append(f"the schedule runs in {names}, so each entry would run {len(found)} times")
            for line in self._lines(each):
                good.append(f"{line.name}: {line.command}")
                if problem := self.late.get(line) or self.started[line].failure():
                    problems.append(f"{line.name}: {problem}")
                    where = where or line.where
        showed = "; ".join(problems) or "; ".join(good)
        expected = "a line in the Procfile for each, which keeps running"
        yield self.sandbox.evidence(
            "27.1", not problems, "process", "the Procfile, and its processes", showed, expected=expected, where=where
        )

    # ---- 27.3

    def work(self) -> Iterator[Evidence]:
        """Hand work over, and see its effect."""
        if not any(each.runs_work for each in self.needed):
            yield not_applicable("27.3", SEARCHED, NO_QUEUE)
            return
        if not self.workers:
            yield self.sandbox.evidence("27.3", False, "process", RAN, "no worker runs", expected=EXPECTED)
            return
        for each, line in self.workers:
            if each.library in BY_COMMAND:
                continue
            token, process = secrets.token_hex(8), self.started[line]
            begun = time.monotonic()
            failed = self.run.hand_over(each.library, token, queue=_queue(each, line))
            self.length = max(self.length, min(2 * (time.monotonic() - begun), LONGEST))
            if failed:
                showed = f"the site can't hand work over: {excerpt(failed, 300)}"
            elif not self._done([token], process):
                showed = f"the work stays in the queue: {process.failure() or 'the worker did not take it'}"
            else:
                continue
            yield self.sandbox.evidence("27.3", False, "process", RAN, showed, expected=EXPECTED, where=line.where)
            return
        if library := self._untried():
            yield undecided("27.3", RAN, NOT_HANDED.format(library))
            return
        yield from self._own_work(self.workers[0][0])

    def _untried(self) -> str:
        """A library of the workers to which Golive hands no work; empty if there is none."""
        return next((each.library for each, _ in self.workers if each.library in BY_COMMAND), "")

    def _own_work(self, each: Needed) -> Iterator[Evidence]:
        """Evidence from the project's own tasks, which journeys have handed over, and from Golive's own work."""
        events = self.run.events()
        if unknown := _unknown(events):
            showed = f"the worker does not know {', '.join(unknown)}: nothing imports its module there"
            yield self.sandbox.evidence("27.3", False, "process", RAN, showed, expected=EXPECTED, where=each.where)
            return
        for queue, what, where in self._left(events):
            showed = f"{what} puts work into the queue {queue}, and no worker takes it from there"
            yield self.sandbox.evidence("27.3", False, "process", RAN, showed, expected=EXPECTED, where=where)
            return
        of_schedule = self._scheduled()
        failed = [event for event in events if event["event"] == "failed" and event["name"] not in of_schedule]
        done = _own({str(event["name"]) for event in events if _succeeded(event)})
        if failed:
            showed = f"{failed[0]['name']} raised {excerpt(str(failed[0]['error']), 200)}"
            if OUTSIDE.search(str(failed[0]["error"])):
                yield undecided("27.3", RAN, f"{showed}. The rehearsal reaches this machine only")
                return
            yield self.sandbox.evidence("27.3", False, "process", RAN, showed, expected=EXPECTED, where=each.where)
            return
        showed = "work of Golive's own was handed over by the site and done"
        showed += f"; so were the project's {', '.join(done)}" if done else ""
        yield self.sandbox.evidence("27.3", True, "process", RAN, showed)

    def _left(self, events: list[Event]) -> Iterator[tuple[str, str, str]]:
        """The queues from which no worker takes work: each with what puts work into it, and its file and line."""
        project = self.sandbox.project
        for queue, task in _stranded(events).items():
            yield queue, task, queue_names.used(project, "celery").get(queue, "")
        for each in self.needed:
            if each.runs_work:
                left = queue_names.without_worker(project, each.library, matching(each, self.lines))
                yield from ((queue, where, where) for queue, where in left.items())

    # ---- 27.4

    def schedule(self) -> Iterator[Evidence]:
        """Let each entry of the schedule be due, and see its work done."""
        ran = "the scheduler's own command, with each entry due at once"
        each = next((each for each in self.needed if each.schedule), None)
        if each is None:
            yield not_applicable("27.4", SEARCHED, "the project has no schedule")
            return
        found = matching(each, self.lines)
        if not found:
            showed = f"no process runs the schedule of {each.where}"
            yield self.sandbox.evidence("27.4", False, "process", ran, showed, expected="a process for it")
            return
        if each.library not in OF_SCHEDULES:
            yield undecided("27.4", ran, f"Golive does not make the entries of {each.library} due")
            return
        if self.not_due:
            yield undecided("27.4", ran, f"the entries could not be made due: {excerpt(self.not_due, 300)}")
            return
        process = self.started.get(found[0]) or self.start(found[0])
        self.run.wait(_all_fired, SCHEDULE_SECONDS, process)
        events, names = self.run.events(), self._scheduled()
        ran_at_all = {str(event["name"]) for event in events if event["event"] == "ran"}
        done = {str(event["name"]) for event in events if _succeeded(event)}
        lost, failed = sorted(names - ran_at_all), sorted((names & ran_at_all) - done)
        if failed and not lost:
            errors = [str(each["error"]) for each in events if each["event"] == "failed" and each["name"] in failed]
            why = excerpt(errors[0], 200) if errors else "see the log of the worker"
            yield undecided("27.4", ran, f"{', '.join(failed)} ran and failed here: {why}")
            return
        showed = f"{process.failure() or 'no work came'} for {', '.join(lost)}" if lost else _done(names)
        showed = showed if names else process.failure() or "the schedule did not start"
        yield self.sandbox.evidence(
            "27.4",
            bool(names) and not lost,
            "process",
            ran,
            showed,
            expected="each entry is done",
            where=found[0].where,
        )

    # ---- 27.5

    def stop(self) -> Iterator[Evidence]:
        """Stop each worker by SIGTERM during work, hand over more, and start it again. Each work is done once."""
        ran = "SIGTERM during work, then the worker again"
        if not any(each.runs_work for each in self.needed):
            yield not_applicable("27.5", SEARCHED, NO_QUEUE)
            return
        if not self.workers:
            yield self.sandbox.evidence("27.5", False, "process", ran, "no worker runs", expected=EXPECTED)
            return
        for each, line in self.workers:
            if each.library not in BY_COMMAND and (showed := self._lost(each, line)):
                yield self.sandbox.evidence("27.5", False, "process", ran, showed, expected=EXPECTED, where=line.where)
                return
        if library := self._untried():
            yield undecided("27.5", ran, NOT_HANDED.format(library))
            return
        showed = "work begun before SIGTERM and work queued after it were each done once"
        yield self.sandbox.evidence("27.5", True, "process", ran, showed)

    def _lost(self, each: Needed, line: Line) -> str:
        """What is lost when the worker of *line* is stopped during work. Empty if nothing is."""
        during, later = secrets.token_hex(8), secrets.token_hex(8)
        queue, process = _queue(each, line), self.started[line]
        failed = self.run.hand_over(each.library, during, self.length, queue)
        begun = not failed and self.run.wait(lambda events: _begun(events, during), WORK_SECONDS, process)
        if not begun:
            return failed or process.failure() or "the worker did not begin the work"
        obeyed = process.stop()
        self.run.hand_over(each.library, later, 0.0, queue)
        process = self.start(line)
        self._done([during, later], process)
        counts = self.ran(during), self.ran(later)
        problems = (
            [] if obeyed else ["SIGTERM does not reach the worker, so it is killed: put `exec` before its command"]
        )
        if counts != (1, 1):
            problems.append(
                f"work begun before SIGTERM was done {counts[0]} times, work queued after it {counts[1]} times"
            )
        return "; ".join(problems)


def _queue(each: Needed, line: Line) -> str:
    """The first queue that the worker's command names. Empty without one."""
    return next(iter(queue_names.in_command(each.library, line.command)), "")


def _ready(events: list[Event]) -> int:
    """How many workers of Celery are ready."""
    return sum(event["event"] == "ready" for event in events)


def _is_another_ready(events: list[Event], before: int) -> bool:
    return _ready(events) > before


def _stranded(events: list[Event]) -> dict[str, str]:
    """Celery's queues for the project's tasks from which no worker takes work, each with a task that goes there."""
    taken = {str(name) for event in events if event["event"] == "ready" for name in event.get("queues", ())}
    sent = {str(queue): str(task) for event in events if event["event"] == "known"
            for task, queue in event.get("queues", {}).items()}  # fmt: skip
    return {queue: task for queue, task in sent.items() if queue and taken and queue not in taken}


def _unknown(events: list[Event]) -> list[str]:
    """The tasks that the site knows and the worker does not. Those of the schedule are judged with it."""
    names = {"ready": set[str](), "known": set[str]()}
    for event in events:
        if event["event"] in names:
            names[event["event"]] |= set(event["names"])
    refused = {str(event["name"]) for event in events if event["event"] == "unknown"}
    scheduled = {str(event["name"]) for event in events if event["event"] == "scheduled"}
    return sorted((names["known"] - names["ready"]) | (refused - scheduled))


def _own(names: set[str]) -> list[str]:
    """Those of *names* that are the project's, and neither Golive's nor Celery's."""
    return sorted(name for name in names - {PROBE} if not name.startswith("celery."))


def _done(names: set[str]) -> str:
    own = _own(names)
    return f"done: {', '.join(own)}" if own else "the schedule has no entry yet; one of Golive's own was done"


def _succeeded(event: Event) -> bool:
    return event["event"] == "ran" and event["state"] in {"SUCCESS", "COMPLETE"}


def _begun(events: list[Event], token: str) -> bool:
    return any(event["event"] == "begin" and event.get("token") == token for event in events)


def _all_fired(events: list[Event]) -> bool:
    """Whether each entry of the schedule, once all of them are known, has led to work that is done."""
    names = {event["name"] for event in events if event["event"] == "scheduled"}
    return bool(names) and names <= {event["name"] for event in events if event["event"] == "ran"}
