"""What became of a form that was sent until the site accepted it."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.journeys.filling import Filled
from wizard.journeys.html_page import Page
from wizard.journeys.refusals import Refusal
from wizard.journeys.visitor import Answer


@dataclass
class Attempt:
    """How a form went.

    Arguments:
        answer: the last one. None if nothing was sent.
        filled: what was sent last.
        accepted: whether the site took it: a success status, and no errors in the answer.
        path: the address to which it was sent last.
        before: the page with the form, before it was sent; an empty one without.
        why: the site's own words of refusal, or why the form could not be filled. Empty if it was accepted.
        broken: whether the site contradicts itself: a status of 500 or above, or its own form without a CSRF token.
        refusals: those of the last answer.
    """

    answer: Answer | None
    filled: Filled
    accepted: bool
    path: str = ""
    before: Page = field(default_factory=Page)
    why: str = ""
    broken: bool = False
    refusals: list[Refusal] = field(default_factory=list)
