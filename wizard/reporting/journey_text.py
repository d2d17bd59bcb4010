"""Journeys as lines of text: the list of all, and one step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wizard.base.secrets import excerpt
from wizard.base.wording import plural, time_ago
from wizard.journeys.result import SentRequest, Verdict
from wizard.journeys.store import StoredJourney

WORDS = {Verdict.WORKS: "works", Verdict.BROKEN: "broken", Verdict.OPEN: "open"}
NOT_RUN = "not run"
SIGNS = {"works": "✔", "broken": "✘", "open": "☐", NOT_RUN: "·"}
SHOWN = 100
"""Characters of the reason in the list."""
BODY = 300
"""Characters of a body, an answer and of what was learned."""


def outcome(journey: StoredJourney) -> str:
    """`works`, `broken`, `open` or `not run`."""
    return WORDS[journey.result.verdict] if journey.at else NOT_RUN


def listing(journeys: Sequence[StoredJourney]) -> list[str]:
    """One line for each journey, in columns: sign, name, source, result, items, and what was seen."""
    rows = [
        (SIGNS[outcome(each)], each.name, each.source, outcome(each), ", ".join(each.items), _about(each))
        for each in journeys
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    return ["  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[5]]) for row in rows]


def _about(journey: StoredJourney) -> str:
    result = journey.result
    return excerpt(f"{result.title}: {result.why}" if result.why else result.title, SHOWN)


def steps(journey: StoredJourney) -> list[str]:
    """One journey: its result, and each request with the answer and what was learned from it."""
    result = journey.result
    ran = f"{journey.target}, {time_ago(journey.at)}" if journey.at else ""
    head = [journey.name, journey.source, outcome(journey), ", ".join(journey.items), ran]
    lines = [" · ".join(part for part in head if part), f"{result.title}: {result.why}" if result.why else result.title]
    if result.expected:
        lines.append(f"Expected: {result.expected}")
    if result.where:
        lines.append(f"Where: {result.where}")
    if result.rounds:
        lines.append(f"The site refused what was sent {plural(result.rounds, 'time')}.")
    for number, sent in enumerate(result.requests, 1):
        lines += [
            "",
            f"{number:>2}  {sent.request} → {sent.status or 'no answer'}, {sent.seconds * 1000:.0f} ms",
            *_more(sent),
        ]
    return lines


def _more(sent: SentRequest) -> list[str]:
    parts = (("sent", sent.sent), ("answer", sent.answer), ("learned", sent.learned))
    return [f"    {name:<8} {excerpt(text, BODY)}" for name, text in parts if text]


def as_record(journey: StoredJourney) -> dict[str, Any]:
    """A journey as a JSON object."""
    result = journey.result
    return {
        "name": result.name, "title": result.title, "source": journey.source, "kind": result.kind,
        "subject": result.subject, "visitor": result.visitor, "items": list(journey.items), "result": outcome(journey),
        "why": result.why, "expected": result.expected, "where": result.where, "at": journey.at,
        "target": journey.target,
        "requests": [
            {"request": each.request, "sent": each.sent, "status": each.status, "seconds": each.seconds,
             "answer": each.answer, "learned": each.learned}
            for each in result.requests
        ],
    }  # fmt: skip
