"""The phases of a task's screen, and its texts."""

from __future__ import annotations

from enum import Enum

from screens.formatting import needing_input, needs_input_text
from wizard.base.wording import plural
from wizard.checklist.evidence import Status
from wizard.checklist.model import Checklist, Task
from wizard.state.state_file import State


class Phase(Enum):
    """The phases of a task's screen. The value is the text of the status line."""

    WAITING = "Another task is running. Golive plans this one when it ends."
    INSPECTING = "Inspecting the project …"
    PLANNED = "Planned"
    RUNNING = "Running …"
    FINISHED = "Finished"
    FAILED = "Failed"


IDLE = {Phase.PLANNED, Phase.FINISHED, Phase.FAILED}


def button_label(phase: Phase, changes: int | None, following: Task | None) -> str:
    """The label of the main button. *changes*: how many actions Apply would run; None while there is no plan."""
    match phase:
        case Phase.RUNNING:
            return "Stop"
        case Phase.FAILED:
            return "Troubleshoot"
        case Phase.FINISHED:
            return f"Next: {following.number} {following.title}" if following else "Back to the dashboard"
    if changes:
        return f"Apply {plural(changes, 'change')}"
    return "Verify" if phase is Phase.PLANNED else "…"


def plan_text(changes: int) -> str:
    """The status line for a plan."""
    if not changes:
        return "Nothing to change. Verify runs the checks."
    return f"{plural(changes, 'change')} planned. Nothing changes until you apply."


def result_text(task: Task, state: State) -> str:
    """The status line after *task* has run."""
    if open_items := needing_input(task, state):
        return f"{needs_input_text(len(open_items))}. Open {'it' if len(open_items) == 1 else 'them'} in the list."
    if not state.is_complete(task):
        return "Finished. Some items are still open."
    return f"All checks passed{' in the rehearsal' * (state.task_status(task) is Status.REHEARSED)}"


def guide_text(checklist: Checklist, task: Task) -> str:
    """The commands, files, troubleshooting guides and links of *task*."""
    parts = [f"Commands:\n  {chr(10).join(task.commands)}\n"] if task.commands else []
    parts += [f"Files: {', '.join(task.files)}\n"] if task.files else []
    for guide in checklist.guides_for(task):
        parts += [guide.title, *(f"  · {hint.text}. {hint.fix}" for hint in guide.hints), ""]
    parts += [f"{link.title}: {link.url}" for name in task.links if (link := checklist.links.get(name))]
    return "\n".join(parts)
