"""The state of the checklist, printed line by line."""

from __future__ import annotations

from screens.formatting import (
    estimate,
    local_time,
    needing_input,
    needs_input_text,
    time_left,
    was_run,
)
from screens.plain.prompts import say
from wizard.base.wording import plural
from wizard.checklist.evidence import Status
from wizard.engine.runner import Engine
from wizard.reporting import go_live
from wizard.reporting.status_words import WORDS


def progress(engine: Engine) -> None:
    """Print the time that Golive still needs, and the number of items of each status."""
    tasks = engine.checklist.required_tasks
    statuses = [engine.state.status(item.id) for task in tasks for item in task.items]
    counts = [f"{count} {WORDS[word].lower()}" for word in Status if (count := statuses.count(word))]
    left = time_left(engine.checklist, engine.state)
    say(f"{f'{left} left to run; ' if left else ''}{', '.join(counts)}.")


def all_tasks(engine: Engine) -> None:
    """Print every task with its progress, by day."""
    state = engine.state
    for day in engine.checklist.days:
        say(f"Day {day.number}, {day.title}{' (optional)' * day.optional}")
        for session in day.sessions:
            say(f"  {session.title}, {session.hours} h")
            for task in session.tasks:
                waiting = was_run(task, state) and needing_input(task, state)
                label = "Needs your input" if waiting else WORDS[state.task_status(task)]
                settled = f"{state.settled_count(task)} of {plural(state.applicable_count(task), 'item')}"
                say(f"    {task.number}. {task.title}: {label}, {settled}, {estimate(task, state)}")


def needs_input(engine: Engine) -> None:
    """Print the items that need the user's input."""
    items = [item for task in engine.checklist.tasks.values() for item in needing_input(task, engine.state)]
    for item in items:
        say(f"{item.id} {item.text}: {engine.state.evidence[item.id].showed}")
    say(f"{needs_input_text(len(items))}.")


def search(engine: Engine, words: list[str]) -> None:
    """Print the tasks and items that have all *words* (in lower case) in their number, text or status."""
    count = 0
    for task in engine.checklist.tasks.values():
        rows = [(f"{task.number}. {task.title}", engine.state.task_status(task))]
        rows += [(f"{item.id} {item.text}", engine.state.status(item.id)) for item in task.items]
        for text, status in rows:
            label = WORDS[status]
            if all(word in f"{text} {label} {status}".lower() for word in words):
                count += 1
                say(f"{text}: {label}")
    say(f"{plural(count, 'result')}." if count else "No matches.")


def go_live_lists(engine: Engine) -> None:
    """Print the four go-live lists."""
    state = engine.state
    say(f"Live since {local_time(state.launched)}." if state.launched else "Not live yet.")
    for go_live_list in engine.checklist.go_live:
        say(f"{go_live_list.title}, {go_live.due(go_live_list, state)}")
        for standing in go_live.standings(go_live_list, state):
            label = WORDS[standing.status]
            say(f"  {standing.item.id} {standing.item.text}: {label}, {standing.reason}")
