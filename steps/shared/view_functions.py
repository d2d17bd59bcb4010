"""Find the function behind a URL in its source file, and a rate limit that it already has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from steps.shared.rate_limited_views import Kind
from wizard.base import files
from wizard.editing.source import Source
from wizard.project.project import Project
from wizard.project.urls import Url

FUNCTION_KINDS = {"function", "api_view"}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def view_path(project: Project, file: str) -> Path:
    """Return the path in the project of *file*, which `Url.file` gives relative to the copy."""
    return project.copy.back(project.copy.at(project.root) / file)


def place_of(project: Project, url: Url) -> str:
    """The file and line of the view behind *url*; empty if it is not in the project."""
    if not url.file:
        return ""
    path = view_path(project, url.file)
    line = url.line or _line_of_class(path, url.function)
    return project.display_path(path) + (f":{line}" if line else "")


def _line_of_class(path: Path, name: str) -> int:
    """The line of the class *name*, which a decorator may hide from the agent. 0 without one."""
    text = files.text(path)
    found = re.search(rf"^[ \t]*class {re.escape(name)}\b", text, re.MULTILINE) if name else None
    return text.count("\n", 0, found.start()) + 1 if found else 0


def place_of_path(project: Project, path: str) -> str:
    """The file and line of the view at the URL *path*; empty if it is not in the project."""
    url = next((url for url in project.urls if url.path == path or _matches(url, path)), None)
    return place_of(project, url) if url else ""


def _matches(url: Url, path: str) -> bool:
    """Whether *path* fits the route of *url*, with any text for its parameters."""
    parts = re.split(r"<[^>]+>", url.shown)
    return len(parts) > 1 and re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None


def find_view_function(source: Source, url: Url, kind: Kind) -> ast.FunctionDef | None:
    """Find the view function, or the POST method of a DRF view if the limit is per user.

    DRF identifies the user only when it calls the method.
    """
    if url.kind in FUNCTION_KINDS:
        return _find_function(source.tree.body, url.function)
    if not (url.drf and kind.key == "user_or_ip"):
        return None
    classes = (node for node in source.tree.body if isinstance(node, ast.ClassDef) and node.name == url.function)
    found = next(classes, None)
    return _find_function(found.body if found else [], (url.actions or {}).get("post", "post"))


def find_existing_limit(project: Project, url: Url, rate: str) -> str:
    """Find a django-ratelimit decorator that is as strict as *rate*, and describe it with its place.

    Returns an empty string if there is none. It raises `Ratelimited`, which Golive's middleware turns into a 429.
    Below `@api_view` DRF would turn it into a 403, so those views are left out.
    """
    if url.file is None or url.kind != "function":
        return ""
    path = view_path(project, url.file)
    source = Source.of(path, files.read(path) or b"")
    function = _find_function(source.tree.body, url.function)
    for decorator in function.decorator_list if function else []:
        if not isinstance(decorator, ast.Call) or not source.segment(decorator.func).endswith("ratelimit"):
            continue
        given = {word.arg: word.value.value for word in decorator.keywords if isinstance(word.value, ast.Constant)}
        is_strict = requests_per_second(str(given.get("rate", ""))) <= requests_per_second(rate)
        if given.get("key") == "ip" and given.get("block", True) and is_strict:
            return f"{project.display_path(path)}:{decorator.lineno}: @{source.segment(decorator)}"
    return ""


def requests_per_second(rate: str) -> float:
    """Return the requests per second that *rate* allows, such as `5/m`. Infinite if it is no valid rate."""
    found = re.fullmatch(r"(\d+)/(\d*)([smhd])", rate)
    return int(found[1]) / (int(found[2] or 1) * SECONDS[found[3]]) if found else float("inf")


def period_of(rate: str) -> int:
    """Return the seconds for which *rate* counts, such as 60 for `5/m`. 0 if it is no valid rate."""
    found = re.fullmatch(r"\d+/(\d*)([smhd])", rate)
    return int(found[1] or 1) * SECONDS[found[2]] if found else 0


def _find_function(body: list[ast.stmt], name: str) -> ast.FunctionDef | None:
    return next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)
