"""Load the checklist: checklist.yaml, the overlays of plug-ins, and the project's golive.yaml."""

from __future__ import annotations

from pathlib import Path

from wizard.base import files
from wizard.base.errors import ChecklistError
from wizard.checklist import cache, plugins
from wizard.checklist.model import OVERLAY, Checklist


def bundled() -> Path:
    """The path of checklist.yaml: inside the installed package, or at the top of a source checkout."""
    package = Path(__file__).parents[1]
    installed = package / "bundled" / "checklist.yaml"
    return installed if installed.is_file() else package.parent / "checklist.yaml"


def load(project_root: Path | None = None, path: Path | None = None) -> Checklist:
    """Read the checklist, with the project's overlay if it has one.

    Raises:
        ChecklistError: a file is wrong. The error names file and line.
        EditError: golive.yaml is not a regular file, or can't be read.
    """
    paths = [path or bundled(), *plugins.overlays()]
    contents = [files.read(each) or b"" for each in paths]
    if project_root and (content := files.read(overlay := project_root / OVERLAY)) is not None:
        if overlay.is_symlink() and not files.inside(overlay, files.repository(project_root)):
            raise ChecklistError(f"{overlay} is a link out of the repository", f"it leads to {overlay.resolve()}",
                                 "Replace the link with a regular file.")  # fmt: skip
        paths.append(overlay)
        contents.append(content)
    cached = cache.path_for(contents, list(plugins.steps()))
    if checklist := cache.load(cached):
        return checklist
    from wizard.checklist.reader import read

    checklist = read(list(zip(paths, contents, strict=True)))
    cache.save(cached, checklist)
    return checklist
