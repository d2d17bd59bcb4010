"""Circles of redirects that are a fault wherever they begin."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LOG_IN_ADDRESS = re.compile(r"(?:^|&)next=")


def asks_itself(way: str) -> bool:
    """Whether the circle *way* is a page that sends a visitor to itself to log in, so that nobody can."""
    found = [urlsplit(each.strip()) for each in way.split("→")]
    return len({each.path for each in found}) == 1 and all(LOG_IN_ADDRESS.search(each.query) for each in found)
