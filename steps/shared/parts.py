"""Parts of a verification that do not depend on each other: an error in one does not end the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.base.errors import NotYetError, StepError, Stopped
from wizard.checklist.evidence import Evidence


class Parts:
    """Yields the evidence of each part. `finish` raises the first error, so that the task is not complete."""

    def __init__(self) -> None:
        self._errors: list[StepError] = []

    def of(self, part: Iterable[Evidence]) -> Iterator[Evidence]:
        """Yield the evidence of one *part*, until its end or its error."""
        try:
            yield from part
        except Stopped:
            raise
        except StepError as error:
            self._errors.append(error)

    def finish(self) -> None:
        """Raise the first error of the parts. A failure comes before something that can't be checked yet."""
        for error in sorted(self._errors, key=lambda error: isinstance(error, NotYetError)):
            raise error
