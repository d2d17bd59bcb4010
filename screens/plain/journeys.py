"""The user journeys, printed: the list, and one of them step by step."""

from __future__ import annotations

from collections.abc import Iterator

from screens.engine_session import EngineSession
from screens.plain.prompts import say, say_lines
from wizard.base.secrets import excerpt
from wizard.checklist.model import OVERLAY
from wizard.engine.user_journeys import named
from wizard.journeys.store import DERIVED, StoredJourney
from wizard.reporting.journey_text import BODY, outcome

NONE = f"Golive has found no journeys yet. Run task 21, or write flows in {OVERLAY}."


def show(session: EngineSession, name: str) -> None:
    """Print all journeys, or the steps of the one called *name*.

    Raises:
        GoliveError: there is no such journey, or golive.yaml is invalid.
    """
    journeys = session.journeys()
    if name:
        say_lines(steps(named(journeys, name)))
        return
    for journey in journeys:
        items = f"item {', '.join(journey.items)}" if journey.items else "no item"
        source = "found by Golive" if journey.source == DERIVED else journey.source
        say(f"{journey.name}: {outcome(journey)}, {items}, {source}. {summary(journey)}")
    say("Type j and a name to show its steps." if journeys else NONE)


def summary(journey: StoredJourney) -> str:
    """What a visitor does in *journey*, and the result."""
    result = journey.result
    return excerpt(f"{result.title}: {result.why}" if result.why else result.title, BODY)


def steps(journey: StoredJourney) -> Iterator[str]:
    """The result of *journey*, and each request with what was sent, the answer and what was learned."""
    result = journey.result
    yield f"{journey.name}, {outcome(journey)}. {summary(journey)}"
    for label, text in (("Expected", result.expected), ("Where", result.where)):
        if text:
            yield f"{label}: {excerpt(text, BODY)}"
    for number, sent in enumerate(result.requests, 1):
        status = f"status {sent.status}, {sent.seconds * 1000:.0f} ms" if sent.status else "no answer"
        yield f"Request {number}: {excerpt(sent.request, BODY)}, {status}"
        for label, text in (("Sent", sent.sent), ("Answer", sent.answer), ("Learned", sent.learned)):
            if text:
                yield f"  {label}: {excerpt(text, BODY)}"
