"""Modules that Golive adds to a project, in the project's own style."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from wizard.base import files
from wizard.editing.style import BLACKS_WIDTH, Style
from wizard.project.platform import Platform
from wizard.project.project import Project

FILES = Path(__file__).parents[1] / "templates"


def render(project: Project, name: str) -> str:
    """The module *name* of steps/templates/ as this project would have written it."""
    return _written(name, project.settings.main_source.style, project.platform)


def locate(project: Project, name: str) -> tuple[Path, str]:
    """Where the module *name* of steps/templates/ goes, beside the root URL configuration, and its dotted name.

    Under another name where the project has a module or an app of its own that is called so.
    """
    folder = project.urls_file.parent if project.urls_file else project.root
    package = str(project.value("ROOT_URLCONF")).rpartition(".")[0]
    mark = (FILES / name).read_text("utf-8").splitlines()[0].encode()
    stem = Path(name).stem
    for each in (stem, f"site_{stem}", f"golive_{stem}"):
        content = files.read(folder / f"{each}.py")
        if not (folder / each).is_dir() and (content is None or content.startswith(mark)):
            break
    return folder / f"{each}.py", f"{package}.{each}".lstrip(".")


@lru_cache(maxsize=16)
def _written(name: str, style: Style, platform: Platform) -> str:
    shipped = (FILES / name).read_text("utf-8")
    shipped = shipped.replace("PLATFORM_MARKER", platform.marker_variable)
    shipped = shipped.replace("HTTP_CLIENT_ADDRESS", platform.client_meta)
    # Black need not be asked for what it laid out already.
    return style.written(shipped) if style.width == BLACKS_WIDTH else style.formatted(shipped)
