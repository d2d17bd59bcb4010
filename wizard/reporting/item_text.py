"""An item and its evidence as redacted text in one line. Each report format escapes its own markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.checklist.evidence import Status
from wizard.checklist.model import Item, Task
from wizard.reporting.status_words import WORDS
from wizard.state.state_file import State


@dataclass(frozen=True)
class ItemText:
    """An item's status and its word, its evidence in a line, the time of the evidence, and the place of a failure."""

    status: Status
    word: str
    evidence: str
    at: str
    where: str = ""


def item_text(item: Item, state: State) -> ItemText:
    evidence = state.evidence.get(item.id)
    if evidence is None:
        return ItemText(Status.OPEN, WORDS[Status.OPEN], "not checked yet", "")
    text = f"{evidence.ran}: {evidence.result(item.text)}" if evidence.ran else evidence.result(item.text)
    word = WORDS[evidence.status]
    return ItemText(evidence.status, word, one_line(text), moment_text(evidence.at), one_line(evidence.where))


def one_line(text: str) -> str:
    """*text* as one line, without secrets, terminal control sequences or deceptive characters."""
    return " ".join(redact(harmless(text)).split())


def moment_text(at: str) -> str:
    """The ISO 8601 time *at* in readable form: `2026-11-27 00:57 UTC`. Other text is only redacted and sanitized."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return one_line(at)
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".rstrip()


def time_text(task: Task, state: State) -> str:
    """The task's estimated time, and the time that it took, as text."""
    seconds = state.spent.get(str(task.number))
    return f"{task.minutes} min planned" + (f", {seconds:.0f} s taken" if seconds is not None else "")
