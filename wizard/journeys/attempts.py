"""Send a form until the site accepts it, learning from each refusal, at most four rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.journeys.filling import Filled, Filler
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

ROUNDS = 4


@dataclass
class Attempt:
    """How a form went.

    Arguments:
        answer: the last one. None if nothing was sent.
        filled: what was sent last.
        accepted: whether the site took it: a success status, and no errors in the answer.
        why: the site's own words of refusal, or why the form could not be filled. Empty if it was accepted.
        broken: whether the site failed by itself: a status of 500 or above.
    """

    answer: Answer | None
    filled: Filled
    accepted: bool
    why: str = ""
    broken: bool = False


def attempt(
    visitor: Visitor,
    filler: Filler,
    form: Form,
    path: str = "",
    *,
    given: Mapping[str, Any] | None = None,
    accepts: Callable[[Answer], bool] | None = None,
) -> Attempt:
    """Fill *form* and send it to *path*. The page at *path* is read before, as a browser would.

    *given* are values that must be used. *accepts* says whether an answer means success, where statuses don't tell.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    raise NotImplementedError
