"""Probes of rate-limited views: the decorator's place, the shared count, and the client's address."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.base import files
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.editing.syntax import parsed_bytes
from wizard.project import release_copy
from wizard.project.project import Project

LIMIT = re.compile(r"(ratelimit|limit|method_decorator\((ratelimit|limit))\(")

LEFT_END = re.compile(rb"X.FORWARDED.FOR[^\n]*(\n[^\n]*){0,3}split\([^)]*\)\s*\[0\]", re.IGNORECASE)


@dataclass(frozen=True)
class LimitedView:
    """A view with django-ratelimit's decorator or the `limit` that Golive installs."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    decorators: tuple[str, ...]
    place: str
    is_method: bool


def _limited_views(project: Project) -> Iterator[LimitedView]:
    for path in release_copy.walk(project.root):
        if path.suffix != ".py" or b"limit(" not in (content := files.read(path) or b""):
            continue
        try:
            tree = parsed_bytes(content)
        except (SyntaxError, ValueError):
            continue
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        methods = {id(statement) for node in classes for statement in node.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                decorators = tuple(ast.unparse(decorator) for decorator in node.decorator_list)
                if any(LIMIT.match(decorator) for decorator in decorators):
                    place = f"{project.display_path(path)}:{node.lineno}"
                    yield LimitedView(node, decorators, place, id(node) in methods)


@probe
def decorator(context: ProbeContext) -> ProbeResult:
    count = 0
    for view in _limited_views(context.project):
        count += 1
        if problem := _misplaced(view):
            return confirmed(f"{view.place}: {problem}")
    if not count:
        return not_checked("no view is decorated")
    return ruled_out(f"{count} decorated views are correct")


def _misplaced(view: LimitedView) -> str:
    """Describe the mistake in the place of the view's rate-limit decorator; empty if there is no mistake."""
    index = next(position for position, text in enumerate(view.decorators) if "limit(" in text)
    limit = view.decorators[index]
    if not limit.startswith("method_decorator") and (view.is_method or isinstance(view.node, ast.ClassDef)):
        return "the decorator is on a method or class without method_decorator"
    below = any(text.startswith("api_view") for text in view.decorators[:index])
    if below and re.match(r"(\w+\.)*ratelimit\(", limit) and "block=False" not in limit:
        return "the decorator is below @api_view, where DRF turns its refusal into a 403"
    above = any(text.startswith("api_view") for text in view.decorators[index + 1 :])
    if above and "user" in limit:
        return "the decorator is above @api_view, where request.user is not set yet"
    return ""


@probe
def limited(context: ProbeContext) -> ProbeResult:
    project = context.project
    cache = str(project.value("RATELIMIT_USE_CACHE") or "default")
    backend = str(((project.value("CACHES") or {}).get(cache) or {}).get("BACKEND", "LocMemCache"))
    views = list(_limited_views(project))
    if not views:
        return not_checked("no view is decorated")
    if backend.endswith(("LocMemCache", "DummyCache")):
        return confirmed(f"each worker counts on its own, in {backend.rsplit('.', 1)[-1]} (cache {cache!r})")
    for view in views:
        limits = [text for text in view.decorators if text.startswith("ratelimit(")]
        passes = any("block=False" in text.replace(" ", "") for text in limits)
        if passes and "limited" not in ast.unparse(view.node).replace("ratelimit", ""):
            return confirmed(f"{view.place}: block=False, but the view never reads request.limited")
    return ruled_out(f"{len(views)} decorated views respect the limit")


def _left_end(project: Project) -> str:
    """The place of code that takes the left end of X-Forwarded-For, on the line that names it or in the next three."""
    for path in release_copy.walk(project.root):
        content = files.read(path) or b"" if path.suffix == ".py" else b""
        found = LEFT_END.search(content)
        if found and b"class CounterCache" not in content:
            return f"{project.display_path(path)}:{content[: found.start()].count(bytes([10])) + 1}"
    return ""


@probe
def client_address(context: ProbeContext) -> ProbeResult:
    chain = [str(name) for name in context.project.value("MIDDLEWARE") or []]
    if any(name.endswith(".ClientAddressMiddleware") for name in chain):
        return ruled_out("a middleware puts the client's address where limiters read it")
    if place := _left_end(context.project):
        return confirmed(f"{place}: the left end of X-Forwarded-For is what the client says, so it is never limited")
    header = context.project.value("RATELIMIT_IP_META_KEY")
    if header and "FORWARDED_FOR" in str(header):
        return confirmed(f"RATELIMIT_IP_META_KEY is {header}: a client that varies it is never limited")
    for view in _limited_views(context.project):
        if not header and any(re.search(r"key=['\"]ip['\"]", text) for text in view.decorators):
            return confirmed(f"{view.place}: key='ip' counts all clients behind the proxy as one")
    return ruled_out("clients are distinguished by the address that the proxy sends")
