"""The stylesheet that a page of the site links, fetched as a browser would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from steps.shared.problem import Problem
from wizard.base import files
from wizard.project.project import Project
from wizard.project.static_settings import static_path
from wizard.site.session import Site
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import static_root_settings
from wizard.targets.verification.static_files import Collected

REFERENCE = re.compile(r"""{%\s*static\s+["']([^"']+)["']""")
"""A file that a template refers to."""
HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.)")
"""The part of a file's name that Django's manifest storage adds."""


@dataclass(frozen=True)
class Stylesheet:
    """The *answer* to a request for the stylesheet at *path*. *page* is the page that links it, if there is one."""

    path: str
    answer: httpx.Response
    page: str = ""

    @property
    def served(self) -> bool:
        return self.answer.status_code == 200 and "css" in self.answer.headers.get("content-type", "")

    @property
    def hashed(self) -> bool:
        return bool(HASHED.search(self.path))

    @property
    def showed(self) -> str:
        headers = self.answer.headers
        caching = headers.get("cache-control", "none")
        return f"{self.answer.status_code} {headers.get('content-type', '')}, cache-control {caching}"


def fetch_stylesheet(project: Project, site: Site, folder: Path) -> Stylesheet | None:
    """Fetch the stylesheet that the admin's login page links. Without one, fetch one of the collected files.

    *folder* is where STATIC_ROOT is for *site*. Returns None if no stylesheet was collected.
    """
    for page in [url.path for url in project.urls if url.name == "admin:login"]:
        answer = site.get(page)
        if answer.status_code == 200 and (linked := _linked(answer.text)):
            path = urlsplit(urljoin(page, linked[0])).path
            return Stylesheet(path, site.get(path), page)
    sheet = find_stylesheet(folder)
    if sheet is None:
        return None
    path = static_path(project) + sheet
    return Stylesheet(path, site.get(path))


def not_served(project: Project, sandbox: Sandbox) -> str:
    """How the site answers for a collected stylesheet instead of serving it. Empty if it serves it."""
    collected = sandbox.static_files.collect()
    sheet = find_stylesheet(collected.folder)
    if collected.error or sheet is None:
        return ""
    path = static_path(project) + sheet
    with sandbox.running(static_root_settings(collected.folder)) as site:
        answer = Stylesheet(path, site.get(path))
    return "" if answer.served else f"GET {path} got {answer.showed}"


def find_stylesheet(folder: Path) -> str | None:
    """The name of a stylesheet in STATIC_ROOT, one of the admin if possible: its hashed name, if it has one."""
    names: Iterable[str] = _manifest(folder).values()
    if not names:
        names = [path.relative_to(folder).as_posix() for path in files.below(folder, "*.css")]
    sheets = sorted(name for name in names if name.endswith(".css"))
    sheets = [name for name in sheets if name.startswith("admin/")] or sheets
    return sheets[0] if sheets else None


def _manifest(folder: Path) -> dict[str, str]:
    """The hashed name of each collected file by its name. Empty without a manifest."""
    try:
        return dict(json.loads(files.read(folder / "staticfiles.json") or b"")["paths"])
    except (ValueError, KeyError):
        return {}


def is_collected(name: Path, folder: Path) -> bool:
    """Whether `collectstatic` writes the file *name*: it is in *folder*, or an old version or compressed copy is."""
    plain = name.with_name(HASHED.sub("", name.name).removesuffix(".gz").removesuffix(".br"))
    manifest = name.name.startswith("staticfiles") and name.name.endswith(".json")
    return manifest or any((folder / each).is_file() for each in (name, plain))


def missing_reference(project: Project, collected: Collected) -> Problem | None:
    """The first template that refers to a file which was not collected. With a manifest, its page answers 500."""
    names = _manifest(collected.folder)
    if not names or project.value("WHITENOISE_MANIFEST_STRICT") is False:
        return None
    for path in (path for folder in project.template_folders() for path in files.below(folder, "*.html")):
        for number, line in enumerate(files.text(path).split("\n"), 1):
            for name in REFERENCE.findall(line):
                plain = re.split(r"[#?]", name)[0].lstrip("/")
                if plain not in names and not plain.endswith("/"):  # a folder's name has no hash
                    place = f"{project.display_path(path)}:{number}"
                    return Problem(
                        f"{place} refers to {name}, which no app contains", "a file for each reference", place
                    )
    return None


def referring_file(project: Project, error: str) -> str:
    """The file of the project that refers to a missing one, by the *error* of collectstatic; empty if it names none."""
    found = re.search(r"file '([^']+)' references", error)
    if found is None:
        return ""
    end = f"/{found[1]}"
    return next((project.display_path(path) for path in sorted(project.copy.known()) if f"{path}".endswith(end)), "")


def published_code(project: Project, collected: Collected) -> Problem | None:
    """A folder with the project's own code that WhiteNoise would publish."""
    script = project.manage.name
    for name in ("STATIC_ROOT", "WHITENOISE_ROOT"):
        if (folder := project.value(name)) and (Path(folder) / script).is_file():
            own = project.display_path(project.own(Path(folder)) or Path(folder))
            found = f"{name} is {own}, so visitors can read {script}"
            return Problem(found, "a folder with static files only", project.origin(name))
    if (collected.folder / script).is_file():
        found = f"collectstatic publishes {script}"
        return Problem(found, "STATICFILES_DIRS with static files only", project.origin("STATICFILES_DIRS"))
    return None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and "stylesheet" in (given.get("rel") or "").lower() and given.get("href"):
            self.found.append(str(given["href"]))


def _linked(text: str) -> list[str]:
    """The addresses of the stylesheets that a page links."""
    links = _Links()
    links.feed(text)
    return links.found
