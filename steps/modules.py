"""Modules that Golive adds to a project, in the project's own style."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from wizard.edit.style import BLACKS_WIDTH, Style
from wizard.project import Project

FILES = Path(__file__).parent / "files"


def text(project: Project, name: str) -> str:
    """The module *name* of steps/files/ as this project would have written it."""
    return _written(name, project.settings.main_source.style)


@lru_cache(maxsize=16)
def _written(name: str, style: Style) -> str:
    shipped = (FILES / name).read_text("utf-8")
    # Black need not be asked for what it laid out already.
    return style.written(shipped) if style.width == BLACKS_WIDTH else style.formatted(shipped)
