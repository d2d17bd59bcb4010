"""Requirements as they stand in the lines of a file, or in a package's metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement


def valid_requirements(lines: Iterable[str]) -> Iterator[Requirement]:
    """The requirements in *lines*, without comments and options. Invalid lines are skipped."""
    for line in lines:
        try:
            yield Requirement(re.split(r"\s+#|\s+--", str(line), maxsplit=1)[0].strip())
        except InvalidRequirement:
            continue
