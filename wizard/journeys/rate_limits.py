"""Whether a site refuses a visitor for a while, as it should after many requests or wrong passwords."""

from __future__ import annotations

import re

from wizard.journeys.visitor import Answer

LIMITED = re.compile(
    r"too[ _-]many|locked|lock(?:ed)?[ _-]?out|throttl|rate[ _-]?limit|ratelimit|slow down|flood"
    r"|(?:try|come back|wait)\b[^.!]{0,40}\b(?:later|minutes?|seconds?|hours?|\d+ ?[smh]\b)"
    r"|(?:request|attempt|submission|log-?in|sign-?in)s?\b[^.!]{0,40}\b(?:limit|exceeded)",
    re.IGNORECASE,
)
"""What a site says that refuses a visitor for a while."""
SHOWN = 4_000


def is_limited(answer: Answer | None, said: str = "") -> bool:
    """Whether *answer* refuses for a while. *said*: the refusals that were read from it."""
    if answer is not None and (answer.status in (423, 429) or answer.response.headers.get("retry-after")):
        return True
    if LIMITED.search(said[:SHOWN]):
        return True
    return answer is not None and answer.status == 403 and bool(LIMITED.search(answer.text[:SHOWN]))


def why_limited(why: str) -> str:
    """The reason of a journey that a limit ended: *why* with what it means."""
    return f"the site limits how often a visitor may try: {why}"
