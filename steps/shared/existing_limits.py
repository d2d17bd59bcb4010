"""Rate limits that a project already has: replace those of django-ratelimit, and give others the client's address.

django-ratelimit's decorator answers 403 below `@api_view`, raises on a method without `method_decorator`, and counts
all visitors behind a proxy as one client. So Golive's decorator replaces it, and a view has one limit at the end.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from steps.shared.rate_limited_views import Kind, LimitedView, find_views
from steps.shared.view_functions import FUNCTION_KINDS, requests_per_second, view_path
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project import release_copy
from wizard.project.own_modules import apps_of_packages
from wizard.project.project import Project
from wizard.project.urls import Url

Decorated = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
PythonFiles = Sequence[tuple[Path, bytes]]
LIBRARY = re.compile(r"^(method_decorator\(\s*)?(\w+\.)*(ratelimit|RateLimit)\(")
OURS = re.compile(r'^(?:method_decorator\()?limit\(["\'](\w+)["\'], ["\']([^"\']+)["\']')
ADDRESS = re.compile(
    rb"X_FORWARDED_FOR|X-Forwarded-For|REMOTE_ADDR|CF_CONNECTING_IP|TRUE_CLIENT_IP|get_client_ip", re.I
)
LIMITER = re.compile(rb"limit|throttl|attempt|lockout|cache\.(incr|get|set|add)", re.I)
THROTTLES = re.compile(rb"throttle_classes|throttle_scope")
LIMITERS = ("axes", "defender", "allauth.account")
"""Apps that limit logins by the client's address."""


@dataclass
class Removed:
    """Decorators to remove from a view: their places and texts, and the comments that belong to them."""

    places: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    above: str = ""
    trailing: str = ""


# ---- decorators of django-ratelimit


def remove(project: Project, source: Source, url: Url) -> Removed:
    """Remove the decorators of django-ratelimit from the view behind *url*, with their comments.

    A decorator stays if it does not block and the view itself reads `request.limited`.
    """
    places, texts, above, trailing = [], [], "", ""
    for owner in _owners(source, url):
        for node in _replaceable(source, owner):
            texts.append(source.segment(node))
            places.append(f"{project.display_path(source.path)}:{node.lineno}: @{texts[-1]}")
            comments, behind = _cut(source, owner, node, keep=url.kind not in FUNCTION_KINDS)
            above, trailing = above + comments, trailing or behind
    return Removed(tuple(places), tuple(texts), above, trailing)


def library_limits(project: Project, url: Url) -> list[str]:
    """The rates of django-ratelimit's decorators of a view that `remove` would remove."""
    if url.file is None:
        return []
    source = _source(project, url)
    found = [node for owner in _owners(source, url) for node in _replaceable(source, owner)]
    return [rate for node in found for rate in _rates(source.segment(node))]


def _rates(text: str) -> list[str]:
    return re.findall(r"rate\s*=\s*[\"'](\d+/\d*[smhd])[\"']", text)


def strictest_rate(project: Project, kind: Kind) -> str:
    """The default rate of *kind*, or a stricter one that the code of the project has already."""
    rates = [kind.rate]
    for view in find_views(project, kind):
        rates += library_limits(project, view.url)
        if view.url.file:
            source = _source(project, view.url)
            for owner in _owners(source, view.url):
                texts = (source.segment(node) for node in owner.decorator_list)
                rates += [found[2] for text in texts if (found := OURS.match(text)) and found[1] == kind.name]
    allowed = [rate for rate in rates if requests_per_second(rate) > 0]
    return min(allowed, key=requests_per_second)


def rate_of(project: Project, kind: Kind, answers: Answers) -> str:
    """The answer to the question of *kind*, or its default."""
    return answers.get(kind.rate_name, "") or strictest_rate(project, kind)


def _source(project: Project, url: Url) -> Source:
    path = view_path(project, url.file or "")
    return _parsed(path, files.read(path) or b"")


@lru_cache(maxsize=64)
def _parsed(path: Path, content: bytes) -> Source:
    return Source.of(path, content)


def _owners(source: Source, url: Url) -> list[Decorated]:
    """The function behind *url*, or its class and the methods of that class that answer requests."""
    named = [node for node in source.tree.body if isinstance(node, Decorated) and node.name == url.function]
    if not named:
        return []
    if url.kind in FUNCTION_KINDS:
        return named[:1]
    wanted = {"dispatch", "post", (url.actions or {}).get("post", "post")}
    methods = [node for node in named[0].body if isinstance(node, Decorated) and node.name in wanted]
    return [named[0], *methods]


def _replaceable(source: Source, owner: Decorated) -> list[ast.expr]:
    found = [node for node in owner.decorator_list if LIBRARY.match(source.segment(node))]
    body = "\n".join(source.segment(statement) for statement in owner.body)
    reads = re.search(r"\blimited\b", body) is not None
    return [node for node in found if not (reads and re.search(r"block\s*=\s*False", source.segment(node)))]


def _cut(source: Source, owner: Decorated, node: ast.expr, *, keep: bool) -> tuple[str, str]:
    """Remove the lines of a decorator. Returns the comment lines above it, and the comment behind it.

    The comments above the first decorator stay, since they may be about the view. To *keep* all of them leaves them
    where they are, on lines of their own.
    """
    start = source.line_start(node.lineno)
    end = source.line_end(source.span(node)[1])
    behind = source.text[source.span(node)[1] : end].strip()
    comments = ""
    if node is not owner.decorator_list[0]:
        lines = source.text[:start].splitlines(keepends=True)
        while lines and re.match(r"\s*#", lines[-1]):
            comments = lines.pop() + comments
    behind = behind if behind.startswith("#") else ""
    if keep:
        indent = source.text[start : source.span(node)[0]].partition("@")[0]
        source.splice(start, end, f"{indent}{behind}\n" if behind else "")
        return "", ""
    source.splice(start - len(comments), end, "")
    return comments, behind


def remove_imports(source: Source, removed: list[str]) -> None:
    """Remove an import of `ratelimit` or `method_decorator` that only the *removed* decorators used.

    It must have a line of its own. An import that a new decorator needs stays, since its name is used by then.
    """
    used = Counter(each.id for each in source.nodes if isinstance(each, ast.Name))
    gone = Counter(word for text in removed for word in re.findall(r"\b(\w*ratelimit|method_decorator)\(", text))
    for node in source.tree.body:
        if not isinstance(node, ast.ImportFrom) or len(node.names) != 1:
            continue
        name = node.names[0].asname or node.names[0].name
        start, end = source.line_start(node.lineno), source.line_end(source.span(node)[1])
        is_own_line = not source.text[source.span(node)[1] : end].strip()
        if is_own_line and gone[name] and used[name] == gone[name] and not source.adds(f"{name}("):
            source.splice(start, end, "")


def unwrap_routes(
    project: Project, draft: Draft, views: Sequence[LimitedView], python: PythonFiles
) -> Iterator[tuple[Path, str, str]]:
    """Replace `ratelimit(…)(view)` by `view` in the routes of *views*.

    Yields the file, the decorator and its place.
    """
    names = {(view.url.name or "").split(":")[-1] for view in views} - {""}
    for path, content in python:
        if not re.search(rb"ratelimit\([^\n]*\)\(", content):
            continue
        source = draft.source(path, "replace limits of views")
        routes = [node for node in source.nodes if isinstance(node, ast.Call) and len(node.args) > 1]
        for node in routes:
            wrapped = node.args[1]
            given = {word.value.value for word in node.keywords if isinstance(word.value, ast.Constant)}
            if not (names & given and isinstance(wrapped, ast.Call) and len(wrapped.args) == 1):
                continue
            text = source.segment(wrapped.func)
            if isinstance(wrapped.func, ast.Call) and LIBRARY.match(text):
                source.replace(wrapped, source.segment(wrapped.args[0]))
                yield path, text, f"{project.display_path(path)}:{wrapped.lineno}: {text}"


# ---- other limiters


def library_is_used(python: PythonFiles, rewritten: Sequence[Source]) -> bool:
    """Whether a decorator of django-ratelimit remains after the changes to the files in *rewritten*."""
    changed = {source.path: source.result() for source in rewritten if source.changed}
    return any(
        re.search(rb"@(method_decorator\(\s*)?(\w+\.)*ratelimit\(", changed.get(path, content))
        for path, content in python
    )


def needs_client_address(project: Project, python: PythonFiles) -> str:
    """A limiter of the project that reads the client's address from the request itself; empty if there is none."""
    apps = apps_of_packages(project)
    if found := next((name for name in LIMITERS if any(app.startswith(name) for app in apps)), ""):
        return found
    drf = project.value("REST_FRAMEWORK") or {}
    if isinstance(drf, dict) and drf.get("DEFAULT_THROTTLE_CLASSES"):
        return "the throttles of Django REST framework"
    settings = {source.path for source in project.settings.sources}
    for path, content in python:
        is_limiter = ADDRESS.search(content) and LIMITER.search(content)
        if path not in settings and (is_limiter or THROTTLES.search(content)):
            return project.display_path(path)
    return ""


def python_files(project: Project) -> Iterator[tuple[Path, bytes]]:
    """The Python files of the project with their contents, without tests and the module that Golive adds."""
    for path in release_copy.walk(project.root):
        inside = path.relative_to(project.root).as_posix()
        if path.suffix == ".py" and not re.search(r"(^|/)tests?(_\w+)?(/|\.py)", inside):
            content = files.read(path) or b""
            if b"class CounterCache" not in content:
                yield path, content


def axes_lines(project: Project, module: str) -> tuple[list[str], list[str]]:
    """Settings with which django-axes locks a client instead of an account or the proxy, and remarks for the plan."""
    if not any(str(app).startswith("axes") for app in project.value("INSTALLED_APPS") or []):
        return [], []
    lines, remarks = [], []
    if not project.value("AXES_CLIENT_IP_CALLABLE"):
        lines.append(f'AXES_CLIENT_IP_CALLABLE = "{module}.client_address"')
    parameters = project.value("AXES_LOCKOUT_PARAMETERS")
    legacy = [name for name in ("AXES_ONLY_USER_FAILURES", "AXES_LOCK_OUT_BY_USER_OR_IP") if project.value(name)]
    locks_account = isinstance(parameters, list | tuple) and "username" in parameters
    if locks_account or (legacy and not parameters):
        lines.append('AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]')
        remarks.append(
            "django-axes locks an account for its owner too. It will lock it only for the client that failed."
        )
    return lines, remarks
