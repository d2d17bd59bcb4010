"""The result of a journey: its requests with their answers, what was learned, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Verdict(Enum):
    """What a journey shows about the site."""

    WORKS = "works"
    BROKEN = "broken"
    OPEN = "open"
    """It could not be carried to its end, which says nothing against the site."""


NOT_FOR_VISITORS = "visitors can't"
"""How the reason of an open journey begins where the site keeps it from everybody who has no account."""


@dataclass(frozen=True)
class SentRequest:
    """One request of a journey, with secrets redacted.

    Arguments:
        request: method and path.
        sent: the body for display.
        status: of the answer; 0 without one.
        answer: the beginning of the answer's body, for display.
        learned: what the site's refusal said, and what is sent instead in the next round.
        replay: the same request as a step of golive.yaml. Empty for one that can't be replayed.
    """

    request: str
    sent: str = ""
    status: int = 0
    seconds: float = 0.0
    answer: str = ""
    learned: str = ""
    replay: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class JourneyResult:
    """What came out of one journey.

    Arguments:
        name: a short unique name, for example `books-create`.
        title: what a visitor does, for example `A visitor signs up`.
        kind: `signup`, `confirm`, `login`, `logout`, `login-again`, `reset`, `list`, `detail`, `create`, `update`,
            `delete`, `cart-add`, `cart-change`, `cart-remove`, `cart-show`, `order`, `payment`, `orders`, `upload`,
            `admin-login`, `admin-change`, `hole`, `search` or `other`.
        subject: the resource: a model's label or a word from the URL.
        visitor: `anonymous`, `first`, `second` or `staff`.
        why: the effect that was seen, or why it is broken or open, in one sentence.
        expected: what should have happened, for a broken one.
        where: the view's file and line.
    """

    name: str
    title: str
    kind: str
    subject: str
    verdict: Verdict
    why: str
    visitor: str = "first"
    requests: tuple[SentRequest, ...] = ()
    expected: str = ""
    where: str = ""

    @property
    def rounds(self) -> int:
        """How many times the site refused what was sent."""
        return sum(bool(each.learned) for each in self.requests)
