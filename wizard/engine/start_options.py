"""The project's folder and the options of a run. Imports little: the first screen needs nothing else of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class StartOptions:
    """The folder to search for the project, and the options that choose its interpreter, settings and target."""

    folder: Path
    manage: str | None = None
    python: str | None = None
    settings: str | None = None
    target: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
