"""Whether output is to be plain: for screen readers, without colours and without lines that are drawn again."""

from __future__ import annotations

import os


def is_accessible() -> bool:
    """Whether the user asks all programs for output that a screen reader can read, with ACCESSIBLE=1."""
    return os.environ.get("ACCESSIBLE", "0") not in {"", "0"}
