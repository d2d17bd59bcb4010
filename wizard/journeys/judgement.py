"""What journeys show about one item: the verdict, and one line of evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.base.secrets import excerpt
from wizard.journeys.result import JourneyResult, Verdict

LENGTH = 120
"""Characters of what one journey showed, as evidence."""
REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE|HEAD) /")
"""How a reason begins that names its request."""


@dataclass(frozen=True)
class Judgement:
    """What the journeys show about one item.

    Arguments:
        verdict: None if the item does not apply.
        ran: the journeys or the search.
        showed: the requests with their effect, or why nothing is known.
        expected, where: of a broken one.
    """

    item: str
    verdict: Verdict | None
    ran: str
    showed: str
    expected: str = ""
    where: str = ""


def judgement(item: str, results: Sequence[JourneyResult]) -> Judgement:
    """What *results* show together: the worst of the broken, else those that work, else why they are open."""
    broken = [result for result in results if result.verdict is Verdict.BROKEN]
    works = [result for result in results if result.verdict is Verdict.WORKS and result.kind != "hole"]
    opened = [result for result in results if result.verdict is Verdict.OPEN and result.kind != "hole"]
    if broken:
        first = broken[0]
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        showed, expected = f"{shown(first)}{more}", cut(first.expected) or f"the effect of {first.title}"
        return Judgement(item, Verdict.BROKEN, names_of(broken), showed, expected, first.where)
    if works:
        more = f"; {len(works) - 1} more" if len(works) > 1 else ""
        return Judgement(item, Verdict.WORKS, names_of(works), f"{shown(works[0])}{more}")
    if not opened:
        return Judgement(item, Verdict.OPEN, names_of(results), "no journey could decide it")
    return Judgement(item, Verdict.OPEN, names_of(opened), f"{shown(opened[0])}. {next_step(opened[0])}")


def cut(text: str, most: int = LENGTH) -> str:
    """*text* in one line of at most *most* characters."""
    line = excerpt(text, most + 1).rstrip(".")
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def shown(result: JourneyResult) -> str:
    """`POST /signup/ → 302, the account exists`: the request that decided, and the effect or the reason."""
    last = result.requests[-1] if result.requests else None
    if result.verdict is Verdict.WORKS:
        changing = [each for each in result.requests if not each.request.startswith("GET ") and not each.learned]
        last = changing[-1] if changing else last
    if last is None or REQUEST.match(result.why):
        return cut(result.why)
    status = f" → {last.status}" if last.status else " without an answer"
    known = excerpt(last.request, 60) + status
    return cut(f"{known}, {result.why}")


def next_step(result: JourneyResult) -> str:
    return f"`golive journeys {result.name}` shows each request"


def names_of(results: Sequence[JourneyResult]) -> str:
    names = [result.name for result in results]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"journey {', '.join(names[:3])}{more}" if names else "the journeys"
