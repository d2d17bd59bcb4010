"""Modules that Golive adds to a project, formatted in the project's own style."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from wizard.base import files
from wizard.editing.style import BLACKS_WIDTH, Style
from wizard.project.platform import Platform
from wizard.project.project import Project

TEMPLATES = Path(__file__).parents[1] / "templates"
EARLIER_FIRST_LINES = {
    "health.py": "The address the platform and the monitor ask: does the site live, and its database too?",
    "ratelimits.py": "Rate limits: counted in the project's database, exactly, whatever the number of workers.",
    "graphql_limits.py": "Limits mutations of a GraphQL address; each use of one counts, an alias and a batch too.",
    "missing_pages.py": "Reports addresses that visitors ask for and do not find;",
}
"""The first words of the docstrings in Golive 0.1, to recognise its modules and not add them a second time."""


def render(project: Project, name: str) -> str:
    """Return the source of the template *name* in the project's style, with the platform's names filled in."""
    return _render(name, project.settings.main_source.style, project.platform)


def locate(project: Project, name: str) -> tuple[Path, str]:
    """Return the path and the dotted name for the template *name*, next to the root URL configuration.

    If the project already has its own module or app of that name, the name gets a prefix (`site_`, then `golive_`).
    """
    folder = project.urls_file.parent if project.urls_file else project.root
    package = str(project.value("ROOT_URLCONF")).rpartition(".")[0]
    stem = Path(name).stem
    for module in (stem, f"site_{stem}", f"golive_{stem}"):
        content = files.read(folder / f"{module}.py")
        if not (folder / module).is_dir() and (content is None or _is_from_template(name, content)):
            break
    return folder / f"{module}.py", f"{package}.{module}".lstrip(".")


def _is_from_template(name: str, content: bytes) -> bool:
    """Whether *content* begins as the template *name* does, or as it did in Golive 0.1."""
    first_line = (TEMPLATES / name).read_text("utf-8").splitlines()[0]
    earlier = EARLIER_FIRST_LINES.get(name)
    begins = (first_line.encode(), *([f'"""{earlier}'.encode()] if earlier else []))
    return content.startswith(begins)


@lru_cache(maxsize=16)
def _render(name: str, style: Style, platform: Platform) -> str:
    source = (TEMPLATES / name).read_text("utf-8")
    source = source.replace("PLATFORM_MARKER", platform.marker_variable)
    source = source.replace("HTTP_CLIENT_ADDRESS", platform.client_meta)
    source = source.replace("PLATFORM_DOMAIN", platform.domain_variable)
    # The templates are formatted for Black's default width, so running it again would change nothing.
    return style.written(source) if style.width == BLACKS_WIDTH else style.formatted(source)
