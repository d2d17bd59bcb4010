"""The texts of the screen of journeys: the rows of the list, and one journey step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content
from textual.widgets import Static

from screens.formatting import safe
from screens.key_names import with_keys
from screens.status_symbols import QUIET
from screens.widgets.hanging import Hanging
from wizard.base.secrets import excerpt
from wizard.base.wording import plural, time_ago
from wizard.checklist.model import OVERLAY
from wizard.journeys.result import SentRequest
from wizard.journeys.store import DERIVED, StoredJourney
from wizard.reporting.journey_text import NOT_RUN, SIGNS, outcome

STYLES = {"works": "$text-success", "broken": "$text-error", "open": "$text-warning"}
"""Colours of the results. Each row has a symbol and a word as well."""
LESSONS = {"Learned": STYLES["open"], "Wrong": STYLES["open"]}
INDENT = 11
"""Where the title of a journey begins in the list: after its symbol and its result."""
BODY = 600
"""Characters of a body and of an answer. The stored results have no more."""
NO_REQUESTS = "No requests are recorded. Press {journeys.run} to run this journey."
EMPTY = (
    "Golive has found no journeys yet.\n\n"
    "Press {journeys.run} to run task 21. It looks for what visitors can do on the site, such as signing up or "
    f"ordering, and tries it on the deployed site.\n\nYou can also write your own journeys as flows in {OVERLAY}."
)


def row(journey: StoredJourney) -> Hanging:
    """One journey in the list. Its name and source are above its steps."""
    word = outcome(journey)
    title = (f"{SIGNS[word]} {word:<7}  {safe(journey.result.title)}", STYLES.get(word, ""))
    return Hanging(Content.assemble(title, (f"  {items_text(journey.items)}", QUIET)), INDENT)


def items_text(items: Sequence[str]) -> str:
    return ", ".join(items) or "no item"


def source(journey: StoredJourney) -> str:
    return "found by Golive" if journey.source == DERIVED else journey.source


def counts(journeys: Sequence[StoredJourney]) -> str:
    """How many journeys have which result, and where and when they ran."""
    words = [outcome(journey) for journey in journeys]
    parts = [f"{SIGNS[word]} {word}: {words.count(word)}" for word in SIGNS if word in words]
    latest = max((journey for journey in journeys if journey.at), key=lambda journey: journey.at, default=None)
    parts += [f"Last run: {place(latest.target)}, {time_ago(latest.at)}"] if latest else []
    return "   ".join(parts)


def place(target: str) -> str:
    """Where journeys ran."""
    return "the rehearsal" if target == "local" else safe(target)


def result_text(journey: StoredJourney) -> str:
    """The result of *journey* in one line."""
    word, why = outcome(journey), safe(journey.result.why)
    return f"{SIGNS[word]} {word}: {why}" if why and word != NOT_RUN else f"{SIGNS[word]} {word}"


def steps(journey: StoredJourney) -> Iterator[Static]:
    """*journey* with its result, and each request with what was sent, the answer and what was learned."""
    result, word = journey.result, outcome(journey)
    yield Static(Content.styled(safe(result.title), "bold"), classes="step")
    ran = f"{place(journey.target)}, {time_ago(journey.at)}" if journey.at else "not run yet"
    about = [safe(journey.name), items_text(journey.items), source(journey), ran]
    yield Static(" · ".join(about), classes="quiet", markup=False)
    yield Static(Content.styled(result_text(journey), STYLES.get(word, "")), classes="step")
    facts = [("Expected", result.expected), ("Where", result.where)]
    if result.rounds and journey.source == DERIVED:
        facts.append(("Refused", f"The site refused what was sent {plural(result.rounds, 'time')}."))
    if lines := _labelled(facts):
        yield Static(lines, classes="step")
    for number, sent in enumerate(result.requests, 1):
        yield from _request(number, sent, journey)
    if not result.requests:
        text = with_keys(NO_REQUESTS) if not journey.at else "It sent no request."
        yield Static(text, classes="step gap quiet", markup=False)


def _request(number: int, sent: SentRequest, journey: StoredJourney) -> Iterator[Static]:
    status = f"{sent.status}, {sent.seconds * 1000:.0f} ms" if sent.status else "no answer"
    failed = not sent.status or sent.status >= 500 or bool(sent.learned)
    line = Content.assemble(
        (f"{number:>2}  {safe(excerpt(sent.request, BODY))}", "bold"),
        (f"  →  {status}", STYLES["open"] if failed else ""),
    )
    yield Static(line, classes="step gap")
    learned = "Learned" if journey.source == DERIVED else "Wrong"
    parts = [("Sent", sent.sent), ("Answer", sent.answer), (learned, sent.learned)]
    if lines := _labelled(parts):
        yield Static(lines, classes="step part")


def _labelled(parts: Sequence[tuple[str, str]]) -> Content | None:
    lines = [
        Content.assemble((f"{label:<9}", QUIET), (safe(excerpt(text, BODY)), LESSONS.get(label, "")))
        for label, text in parts
        if text
    ]
    return Content("\n").join(lines) if lines else None
