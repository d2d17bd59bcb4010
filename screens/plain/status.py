"""How things stand, said line by line."""

from __future__ import annotations

from screens.formatting import hours, many, minutes_left, seen, span, waits
from screens.plain.prompts import say
from wizard.checklist.evidence import Status
from wizard.engine.runner import Engine
from wizard.reporting import go_live
from wizard.reporting.event_text import WORDED


def left(engine: Engine) -> None:
    """The time left, and the items by status."""
    tasks = engine.checklist.tasks.values()
    statuses = [engine.state.status(item.id) for task in tasks for item in task.items]
    counted = [f"{count} {word}" for word in WORDED.statuses if (count := statuses.count(Status(word)))]
    planned = sum(task.minutes for task in tasks)
    say(f"{hours(minutes_left(engine.checklist, engine.state))} left of {hours(planned)}; {', '.join(counted)}.")


def whole_map(engine: Engine) -> None:
    """Every task of the three days, and how far it is."""
    state = engine.state
    for day in engine.checklist.days:
        say(f"Day {day.number}, {day.title}")
        for session in day.sessions:
            say(f"  {session.title}, {session.hours} hours")
            for task in session.tasks:
                word = "waits for you" if seen(task, state) and waits(task, state) else str(state.task_status(task))
                took = state.spent.get(str(task.number))
                time = f"{hours(task.minutes)} planned" + (f", {span(took)} taken" if took is not None else "")
                settled = f"{state.settled_count(task)} of {len(task.items)} items"
                say(f"    {task.number}. {task.title}: {word}, {settled}, {time}")


def waiting(engine: Engine) -> None:
    found = [item for task in engine.checklist.tasks.values() for item in waits(task, engine.state)]
    for item in found:
        say(f"{item.id} {item.text}: {engine.state.evidence[item.id].showed}")
    say(f"{many(len(found), 'item')} {'waits' if len(found) == 1 else 'wait'} for you.")


def search(engine: Engine, words: list[str]) -> None:
    """Tasks and items that have all *words* in their number, text or status."""
    count = 0
    for task in engine.checklist.tasks.values():
        rows = [(f"{task.number}. {task.title}", engine.state.task_status(task))]
        rows += [(f"{item.id} {item.text}", engine.state.status(item.id)) for item in task.items]
        for text, status in rows:
            if all(word in f"{text} {status}".lower() for word in words):
                count += 1
                say(f"{text}: {status}")
    say(f"{count} found.")


def lists(engine: Engine) -> None:
    """The four go-live lists."""
    state = engine.state
    say(f"Live since {state.launched}." if state.launched else "Not live yet.")
    for each in engine.checklist.go_live:
        say(f"{each.title}, {go_live.due(each, state)}")
        for standing in go_live.standings(each, state):
            say(f"  {standing.item.id} {standing.item.text}: {standing.status}, {standing.reason}")
