"""Evidence from workers and schedulers that run beside the rehearsal's service."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from steps.shared.background_processes import BY_COMMAND, Needed, matching, queue_of
from wizard.base.secrets import excerpt
from wizard.checklist.evidence import Evidence, not_applicable, undecided
from wizard.project.process_lines import Line
from wizard.targets.background import BackgroundProcess, BackgroundRun, Event
from wizard.targets.sandbox import Sandbox

START_SECONDS, WORK_SECONDS, SCHEDULE_SECONDS = 40.0, 30.0, 40.0
LENGTH = 2.0
"""How many seconds the work takes that must not get lost."""
PROBE = "golive.probe"
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
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def worker(self) -> tuple[Needed, Line] | None:
        """The first worker that has a line in the Procfile."""
        pairs = ((each, matching(each, self.lines)) for each in self.needed if each.runs_work)
        return next(((each, found[0]) for each, found in pairs if found), None)

    def start(self, line: Line) -> BackgroundProcess:
        self.started[line] = self.run.start(line.name, line.command)
        return self.started[line]

    def ran(self, token: str) -> int:
        """How often the work *token* was done."""
        return sum(event["event"] == "end" and event.get("token") == token for event in self.run.events())

    # ---- 27.1

    def processes(self) -> Iterator[Evidence]:
        """Start each process, and see that it stays up."""
        problems, good, where = list[str](), list[str](), ""
        for each in self.needed:
            found = matching(each, self.lines)
            if not found:
                problems.append(f"no process runs what {each.where} needs: {each.command}")
            elif each.name == "beat" and len(found) > 1:
                names = ", ".join(line.name for line in found)
                problems.append(f"the schedule runs in {names}, so each entry would run {len(found)} times")
            for line in found[:1]:
                problem = self._stays_up(each, line)
                good.append(f"{line.name}: {line.command}")
                if problem:
                    problems.append(f"{line.name}: {problem}")
                    where = where or line.where
        showed = "; ".join(problems) or "; ".join(good)
        expected = "a line in the Procfile for each, which keeps running"
        yield self.sandbox.evidence(
            "27.1", not problems, "process", "the Procfile, and its processes", showed, expected=expected, where=where
        )

    def _stays_up(self, each: Needed, line: Line) -> str:
        """Start the process of *line* unless it runs. Returns why it is of no use, or an empty text."""
        process = self.started.get(line) or self.start(line)
        if each.library == "celery" and each.runs_work:
            ready = self.run.wait(
                lambda events: any(event["event"] == "ready" for event in events), START_SECONDS, process
            )
            return "" if ready else process.failure() or f"not ready after {START_SECONDS:.0f} seconds"
        return process.failure()

    # ---- 27.3

    def work(self) -> Iterator[Evidence]:
        """Hand work over, and see its effect."""
        if not any(each.runs_work for each in self.needed):
            yield not_applicable("27.3", SEARCHED, NO_QUEUE)
            return
        if (pair := self.worker) is None:
            yield self.sandbox.evidence("27.3", False, "process", RAN, "no worker runs", expected=EXPECTED)
            return
        each, line = pair
        if each.library in BY_COMMAND:
            yield undecided("27.3", RAN, NOT_HANDED.format(each.library))
            return
        token, process = secrets.token_hex(8), self.started[line]
        failed = self.run.hand_over(each.library, token, queue=queue_of(line.command))
        if failed:
            showed = f"the site can't hand work over: {excerpt(failed, 300)}"
        elif not self.run.wait(lambda _: bool(self.ran(token)), WORK_SECONDS, process):
            showed = f"the work stays in the queue: {process.failure() or 'the worker did not take it'}"
        else:
            yield from self._own_work(each)
            return
        yield self.sandbox.evidence("27.3", False, "process", RAN, showed, expected=EXPECTED, where=line.where)

    def _own_work(self, each: Needed) -> Iterator[Evidence]:
        """Evidence from the project's own tasks, which journeys have handed over, and from Golive's own work."""
        events = self.run.events()
        if unknown := _unknown(events):
            showed = f"the worker does not know {', '.join(unknown)}: nothing imports its module there"
            yield self.sandbox.evidence("27.3", False, "process", RAN, showed, expected=EXPECTED, where=each.where)
            return
        failed = [event for event in events if event["event"] == "failed"]
        done = sorted({str(event["name"]) for event in events if _succeeded(event)} - {PROBE})
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
        if each.library not in {"celery", "huey"}:
            yield undecided("27.4", ran, f"Golive does not make the entries of {each.library} due")
            return
        process = self.started.get(found[0]) or self.start(found[0])
        self.run.wait(_all_fired, SCHEDULE_SECONDS, process)
        events = self.run.events()
        names = {str(event["name"]) for event in events if event["event"] == "scheduled"}
        ran_at_all = {str(event["name"]) for event in events if event["event"] == "ran"}
        done = {str(event["name"]) for event in events if _succeeded(event)}
        lost, failed = sorted(names - ran_at_all), sorted((names & ran_at_all) - done)
        if failed and not lost:
            yield undecided("27.4", ran, f"{', '.join(failed)} ran and failed; see the log of the worker")
            return
        showed = (
            f"{process.failure() or 'no work came'} for {', '.join(lost)}"
            if lost
            else f"done: {', '.join(sorted(names))}"
        )
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
        """Stop the worker by SIGTERM during work, hand over more, and start it again. Each is done once."""
        ran, pair = "SIGTERM during work, then the worker again", self.worker
        if not any(each.runs_work for each in self.needed):
            yield not_applicable("27.5", SEARCHED, NO_QUEUE)
            return
        if pair is None:
            yield self.sandbox.evidence("27.5", False, "process", ran, "no worker runs", expected=EXPECTED)
            return
        each, line = pair
        if each.library in BY_COMMAND:
            yield undecided("27.5", ran, NOT_HANDED.format(each.library))
            return
        during, later = secrets.token_hex(8), secrets.token_hex(8)
        queue, process = queue_of(line.command), self.started[line]
        failed = self.run.hand_over(each.library, during, LENGTH, queue)
        begun = not failed and self.run.wait(lambda events: _begun(events, during), WORK_SECONDS, process)
        if not begun:
            showed = failed or process.failure() or "the worker did not begin the work"
            yield self.sandbox.evidence("27.5", False, "process", ran, showed, expected=EXPECTED, where=line.where)
            return
        obeyed = process.stop()
        self.run.hand_over(each.library, later, 0.0, queue)
        process = self.start(line)
        self.run.wait(lambda _: bool(self.ran(during) and self.ran(later)), WORK_SECONDS, process)
        counts = self.ran(during), self.ran(later)
        problems = (
            [] if obeyed else ["SIGTERM does not reach the worker, so it is killed: put `exec` before its command"]
        )
        if counts != (1, 1):
            problems.append(
                f"work begun before SIGTERM was done {counts[0]} times, work queued after it {counts[1]} times"
            )
        showed = "; ".join(problems) or "work begun before SIGTERM and work queued after it were each done once"
        yield self.sandbox.evidence("27.5", not problems, "process", ran, showed, expected=EXPECTED, where=line.where)


def _unknown(events: list[Event]) -> list[str]:
    """The tasks that the site knows and the worker does not. Those of the schedule are judged with it."""
    names = {"ready": set[str](), "known": set[str]()}
    for event in events:
        if event["event"] in names:
            names[event["event"]] |= set(event["names"])
    refused = {str(event["name"]) for event in events if event["event"] == "unknown"}
    scheduled = {str(event["name"]) for event in events if event["event"] == "scheduled"}
    return sorted((names["known"] - names["ready"]) | (refused - scheduled))


def _succeeded(event: Event) -> bool:
    return event["event"] == "ran" and event["state"] in {"SUCCESS", "COMPLETE"}


def _begun(events: list[Event], token: str) -> bool:
    return any(event["event"] == "begin" and event.get("token") == token for event in events)


def _all_fired(events: list[Event]) -> bool:
    """Whether each entry of the schedule, once all of them are known, has led to work that is done."""
    names = {event["name"] for event in events if event["event"] == "scheduled"}
    return bool(names) and names <= {event["name"] for event in events if event["event"] == "ran"}
