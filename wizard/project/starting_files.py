"""The files that start a project on a server: Procfile, Dockerfiles, compose files and configurations of platforms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError

PATTERNS = (
    "Procfile", "Dockerfile*", "*compose*.y*ml", "fly.toml", "render.yaml", "app.json", "railway.*", "nixpacks.toml",
)  # fmt: skip


def texts(root: Path, top: Path, *more: str) -> Iterator[str]:
    """The texts of these files in the folder *root* of manage.py and above it, up to the repository's folder *top*.

    Files that can't be read are left out, and so is what lies outside of the repository. *more* are further patterns.
    """
    for folder in (root, *(parent for parent in root.parents if parent.is_relative_to(top))):
        for pattern in (*PATTERNS, *more):
            for path in sorted(folder.glob(pattern)):
                try:
                    yield files.text(path) if files.inside(path, top) else ""
                except EditError:
                    continue
