"""Which copy of a project this process uses. Commands that only read have copies of their own.

So they can run while a session works on the project, several at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_numbers = [0]
"""The copy in use is the last one. The whole process uses one, whatever the thread."""


def suffix() -> str:
    """What the names of this process's copies end with: nothing for the run that may change the project."""
    return f"-{_numbers[-1]}" if _numbers[-1] else ""


@contextmanager
def using(number: int) -> Iterator[None]:
    """Use the copy *number* for the duration of the block."""
    _numbers.append(number)
    try:
        yield
    finally:
        _numbers.pop()
