"""Task 27, Workers and Schedules Run: processes beside the site, and the Redis that they and the caches use.

The Procfile gets a line for each worker and each schedule. The rehearsal runs these lines, hands work over in a
process of the site, and stops the worker during work.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from steps.shared import (
    background_processes,
    background_work,
    cron_evidence,
    derived_journeys,
    packages,
    redis_literals,
)
from steps.shared.background_evidence import EXPECTED, NO_QUEUE, RAN, SEARCHED, Workers
from steps.shared.parts import Parts
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import WORST, Evidence, not_applicable, undecided, waiting
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project import cron_jobs, process_lines, procfile, queue_names, redis_variables
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.background import BackgroundRun
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

ITEMS = tuple(f"27.{number}" for number in range(1, 7))
CLIENTS = {"redis", "django-redis", "channels-redis", "valkey", "django-valkey"}
OF_PROCESSES = ("27.1", "27.3", "27.4", "27.5")
FROM_VARIABLE = "an address that is read from a variable"
UNAUTHENTICATED = (
    "the settings read the host and the port of Redis, and no password. A platform's Redis asks for one: read its "
    "whole address from a variable such as REDIS_URL"
)
IN_THE_SITE = (
    "starts a scheduler in each process of the site. Two processes run each entry twice. "
    "Start it in a management command with a process of its own, by a BlockingScheduler"
)
NEXT_DOOR = "the settings, and a connection from a process of the site"


class WorkersAndSchedules(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = [
            Finding(f"{each.where} needs a process: {each.command}") for each in background_processes.needed(project)
        ]
        found += [Finding(f"{each.where} needs a schedule: {each.command}") for each in cron_jobs.find(project)]
        return found or [Finding("No queue and no schedule was found")]

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return sandbox.target.questions(Stage.BACKGROUND)

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, actions = Draft(), list[Action]()
        path, given = process_lines.procfile_path(project), process_lines.lines(project)
        for each in background_processes.needed(project):
            found = background_processes.matching(each, given)
            left = queue_names.without_worker(project, each.library, found) if found and each.runs_work else {}
            if left or not found:
                name = _free_name(each.name, given)
                command = background_processes.command_for(each, sorted(left)) if left else each.command
                why = f"take work from the queue {', '.join(sorted(left))}" if left else f"run the {name}"
                draft.put(path, procfile.with_command(draft.content(path), command, name), why)
                given = [*given, process_lines.Line(name, command, "")]
        redis_literals.read_from_environment(project, draft)
        if _names_redis(project) and not CLIENTS & packages.provided(project):
            actions += packages.add_packages(project, ("redis",), "the client for Redis", answers)
        if background_processes.lacks_packaging(project):
            actions += packages.add_packages(project, ("packaging",), "Celery's client for Redis imports it", answers)
        actions += draft.actions()
        return Plan.of(*actions, *sandbox.target.actions(Stage.BACKGROUND, changed=bool(actions)))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        needed = background_processes.needed(project)
        cron, in_the_site = cron_jobs.find(project), background_processes.site_scheduler(project)
        if not needed and not cron and not in_the_site and not _names_redis(project):
            yield from (
                not_applicable(item, SEARCHED, "the project has no queue, no schedule and no Redis") for item in ITEMS
            )
            return
        started = sandbox.target.background_run()
        if started is None:
            yield from _at_platform(sandbox, needed)
            return
        with started as run:
            parts = Parts()
            yield from parts.of(_redis(project, sandbox, run))
            yield from parts.of(_processes(project, sandbox, run, needed))
            yield from parts.of(_stores(project, sandbox, run))
            parts.finish()


def _at_platform(sandbox: Sandbox, needed: list[background_processes.Needed]) -> Iterator[Evidence]:
    """Evidence from the services at the platform, where Golive starts nothing itself."""
    statuses = sandbox.target.background_statuses([each.schedule for each in needed])
    for item in ITEMS:
        if status := statuses.get(item):
            yield sandbox.evidence_of(item, status)
        else:
            yield not_applicable(item, SEARCHED, "the project has nothing of this kind")


def _processes(
    project: Project, sandbox: Sandbox, run: BackgroundRun, needed: list[background_processes.Needed]
) -> Iterator[Evidence]:
    """Evidence from the workers and schedulers, and from what cron would run."""
    jobs, place = cron_jobs.find(project), background_processes.site_scheduler(project)
    others = list(cron_evidence.of_jobs(jobs, sandbox, run)) if jobs else []
    others += [waiting("27.4", SEARCHED, f"{place} {IN_THE_SITE}")] if place else []
    if idle := background_processes.idle_worker(project, process_lines.lines(project)):
        showed, where = idle
        yield sandbox.evidence("27.3", False, "settings", RAN, showed, expected=EXPECTED, where=where)
        why = "no work reaches the worker, see 27.3"
        yield from (undecided(item, RAN, why) for item in ("27.1", "27.5"))
        yield from worst(others, iter([undecided("27.4", RAN, why)]))
        return
    if not needed:
        yield from worst(others, iter(())) if others else ()
        why = NO_QUEUE if others else "the project has no queue and no schedule"
        yield from (not_applicable(item, SEARCHED, why) for item in OF_PROCESSES if not (others and item == "27.4"))
        return
    if why := _no_queue_here(project, sandbox):
        yield from (undecided(item, NEXT_DOOR, why) for item in OF_PROCESSES)
        return
    if unmet := [need for need in background_work.unmet_needs(project, sandbox.target) if need.worker]:
        showed, where = f"the queue has no server in production: {unmet[0].server}", unmet[0].where
        for item in OF_PROCESSES:
            yield sandbox.evidence(item, False, "settings", NEXT_DOOR, showed, expected=FROM_VARIABLE, where=where)
        return
    workers = Workers(sandbox, run, needed, process_lines.lines(project))
    parts = Parts()
    workers.start_all()
    if background_work.hands_over(project):
        with sandbox.target.site() as site:
            derived_journeys.explore(project, sandbox, site)
    for part in (workers.work(), workers.stop(), worst(others, workers.schedule()), workers.processes()):
        yield from parts.of(part)
    parts.finish()


def worst(others: list[Evidence], of_queue: Iterator[Evidence]) -> Iterator[Evidence]:
    """The evidence of other schedules, such as cron's, and of a queue: the one with the worst status."""
    found = [*others, *of_queue]
    applicable = [each for each in found if each.status in WORST] or found
    yield min(applicable, key=lambda each: WORST.index(each.status) if each.status in WORST else 0)


def _no_queue_here(project: Project, sandbox: Sandbox) -> str:
    """Why the queue's server is not on this machine, though production may have one. Empty if it is here."""
    if lacking := _lacking_redis(sandbox):
        return lacking
    server = background_work.remote_broker(project, sandbox.target)
    return f"{server}: a rehearsal reaches this machine only, and brings no server of this kind" if server else ""


def _lacking_redis(sandbox: Sandbox) -> str:
    """Why the rehearsal has no Redis, though a variable names one."""
    return "" if sandbox.target.redis_hosts() else sandbox.target.redis_description()


def _free_name(name: str, given: list[process_lines.Line]) -> str:
    """*name*, with a number if the Procfile uses it for something else."""
    taken, count = {line.name for line in given}, 2
    found = name
    while found in taken:
        found, count = f"{name}{count}", count + 1
    return found


def _names_redis(project: Project) -> bool:
    return bool(background_work.redis_settings(project)) or any(True for _ in redis_literals.clients(project))


def _redis(project: Project, sandbox: Sandbox, run: BackgroundRun) -> Iterator[Evidence]:
    """Evidence that Redis answers to each part of the site that the settings lead there."""
    if client := next(redis_literals.clients(project), None):
        where = f"{project.display_path(client[0])}:{client[1].lineno}"
        showed = "the code connects to this machine"
        yield sandbox.evidence("27.2", False, "file", SEARCHED, showed, expected=FROM_VARIABLE, where=where)
        return
    named = background_work.redis_settings(project)
    if not named:
        yield not_applicable("27.2", SEARCHED, "no setting names Redis")
        return
    if lacking := _lacking_redis(sandbox):
        yield undecided("27.2", NEXT_DOOR, lacking)
        return
    described = sandbox.target.redis_description()
    if unmet := background_work.unmet_needs(project, sandbox.target):
        server = unmet[0].server
        yield sandbox.evidence(
            "27.2", False, "settings", NEXT_DOOR, server, expected=FROM_VARIABLE, where=unmet[0].where
        )
        return
    if not described:
        yield undecided("27.2", NEXT_DOOR, "no variable names its address, which a rehearsal would replace")
        return
    if not redis_variables.needs_password(redis_variables.find(project)):
        yield sandbox.evidence(
            "27.2", False, "settings", NEXT_DOOR, UNAUTHENTICATED, expected="an address with a password"
        )
        return
    failed = run.call("answer")
    answers = [event for event in run.events() if event["event"] == "answers"]
    broken = [f"{event['what']}: {excerpt(str(event['error']), 160)}" for event in answers if event["error"]]
    showed = failed or "; ".join(broken) or f"{described}: {', '.join(str(event['what']) for event in answers)}"
    yield sandbox.evidence(
        "27.2", not failed and not broken, "service", NEXT_DOOR, showed, expected="an answer to each"
    )


def _stores(project: Project, sandbox: Sandbox, run: BackgroundRun) -> Iterator[Evidence]:
    """Evidence that what one process keeps in Redis is found by another."""
    ran = "kept in one process of the site, and read in another"
    if background_work.redis_settings(project) and not sandbox.target.redis_hosts():
        yield undecided("27.6", ran, _lacking_redis(sandbox) or "no variable names the address of Redis")
        return
    token = secrets.token_hex(8)
    if failed := run.call("keep", token):
        yield sandbox.evidence("27.6", False, "service", ran, excerpt(failed, 300))
        return
    kept = {str(event["what"]): str(event.get("key") or "") for event in run.events() if event["event"] == "kept"}
    if not kept:
        yield not_applicable("27.6", SEARCHED, "no cache, no session and no channel layer is on Redis")
        return
    failed = run.call("find", token, kept.get("session", ""))
    found = {str(event["what"]) for event in run.events() if event["event"] == "found" and event["same"]}
    lost = sorted(set(kept) - found)
    showed = failed or (f"not found again: {', '.join(lost)}" if lost else f"found again: {', '.join(sorted(found))}")
    yield sandbox.evidence("27.6", not failed and not lost, "service", ran, showed, expected="the same value")


STEP = WorkersAndSchedules
