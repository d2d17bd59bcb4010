"""The project's own 404 and 500 pages, from a handler or from a template, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import httpx

from steps.shared.error_handlers import Handler, find_handlers
from steps.shared.page_details import MARKUP, found_details, is_blank
from steps.shared.problem import Problem
from wizard.base import files
from wizard.base.secrets import excerpt
from wizard.project.project import Project

DJANGO_DEFAULT_PAGE = re.compile(
    r"<h1>(Not Found|Server Error \(500\))</h1>\s*<p>(The requested resource was not found|</p>)"
)
"""Matches the pages that Django sends if the project has none of its own."""
SERVER_PAGE = re.compile(
    r"\s*(A server error occurred\.\s+Please contact the administrator\.|Internal Server Error"
    r"|<html>\s*<head>\s*<title>Internal Server Error</title>.*)\s*",
    re.DOTALL,
)
"""Matches what the WSGI or ASGI server sends if the application raises. Source: wsgiref, gunicorn, uvicorn."""
QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
OTHER_TEMPLATE = re.compile(r"\{%-?\s*(?:extends|include)\s+[\"']([^\"']+)[\"']")
TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
PROPAGATE = "DEBUG_PROPAGATE_EXCEPTIONS"
"""With this setting Django passes errors on to the server."""
LITERAL = 12
"""Shorter literal texts of a template may stand on any page."""


def find_fault(project: Project, code: int, response: httpx.Response, raised: Sequence[str] = ()) -> Problem | None:
    """Return what is wrong with *response*, the page for *code*; None if visitors see a page of the project.

    *raised* are the errors that the project logged while it made the page.
    """
    handler = next((found for found in find_handlers(project) if found.code == code), None)
    if SERVER_PAGE.fullmatch(response.text):
        setting = project.origin(PROPAGATE) if project.value(PROPAGATE) and not raised else ""
        place = setting or _place(project, code, handler, raised)
        return Problem(f"the server's own page{_why_not_rendered(project, raised)}", where=place)
    if response.status_code != code:
        return _wrong_status(project, code, response, handler, raised)
    if not is_own_page(project, code, response):
        return _not_own(project, code)
    if is_blank(response):
        return Problem("the page is empty", where=_place(project, code, handler, ()))
    if details := found_details(project, response):
        return Problem(f"the page shows {details}", where=_place(project, code, handler, (), details))
    if handler and _ignores_template(project, handler, response):
        place = f"{project.display_path(handler.path)}:{handler.line}"
        return Problem(f"handler{code} does not show {code}.html", where=place)
    return None


def is_frontend(response: httpx.Response) -> bool:
    """Whether *response* is the page of a frontend in the browser, which shows its own page for a missing one."""
    return response.status_code == 200 and "<script" in response.text.lower()


def is_own_page(project: Project, code: int, response: httpx.Response) -> bool:
    """Whether the project made *response*, the page for *code*, with its own handler or template."""
    if SERVER_PAGE.fullmatch(response.text):
        return False
    own_template = has_template(project, code) and not DJANGO_DEFAULT_PAGE.search(response.text)
    return is_from_handler(project, code, response) or own_template


def is_from_handler(project: Project, code: int, response: httpx.Response) -> bool:
    """Whether the project has a handler for *code* and *response* has a body."""
    return code in project.inspect_settings()["handlers"] and bool(response.text)


def has_template(project: Project, code: int) -> bool:
    """Whether Django finds a template such as 404.html for *code*."""
    return find_template(project, code) is not None


def find_template(project: Project, code: int) -> Path | None:
    """Return the project's template for *code*, such as templates/404.html."""
    return next((path for path in _places(project, code) if path.is_file()), None)


def _places(project: Project, code: int) -> list[Path]:
    return [folder / f"{code}.html" for folder in project.template_folders()]


def _not_own(project: Project, code: int) -> Problem:
    """Why visitors get Django's own page: there is no template, or Django can't use it."""
    path = find_template(project, code)
    if path is None:
        places = _places(project, code)
        name = project.display_path(places[0]) if places else f"templates/{code}.html"
        return Problem(f"{name} is missing", where=name)
    place = project.display_path(path)
    if not project.copy.at(path).is_file():
        return Problem(f"{place} is not deployed, because git ignores it", where=place)
    text = files.text(path)
    for match in OTHER_TEMPLATE.finditer(text):
        if not any((folder / match[1]).is_file() for folder in project.template_folders()):
            line = text[: match.start()].count("\n") + 1
            return Problem(f"{place} uses {match[1]}, which is missing", where=f"{place}:{line}")
    return Problem("not a page of the project", where=place)


def _wrong_status(
    project: Project, code: int, response: httpx.Response, handler: Handler | None, raised: Sequence[str]
) -> Problem:
    status, place = response.status_code, _place(project, code, handler, raised)
    if status == 500 and raised:
        return Problem(f"status 500{_why_not_rendered(project, raised)}", where=place)
    if response.is_redirect:
        return Problem(f"{status}, a redirect to {response.headers.get('location', '')}", where=place)
    if handler:
        return Problem(f"handler{code} answers {status}", where=place)
    return Problem(f"status {status}", where=place)


def _why_not_rendered(project: Project, raised: Sequence[str]) -> str:
    if raised:
        return f". It can't be rendered: {excerpt(raised[-1], 200)}"
    return f": {PROPAGATE} is True" if project.value(PROPAGATE) else ""


def _place(project: Project, code: int, handler: Handler | None, raised: Sequence[str], details: str = "") -> str:
    """The file and line to look at: the handler, or the line of the template that a message names."""
    if handler:
        return f"{project.display_path(handler.path)}:{handler.line}"
    path = find_template(project, code)
    if path is None:
        return ""
    lines, place = files.text(path).splitlines(), project.display_path(path)
    names = [first or second for text in raised[-1:] for first, second in QUOTED.findall(text)]
    names += [text.rpartition(": ")[2] for text in raised[-1:]]
    names += ["request.", "settings", "debug", "environ", "traceback", "exception", "{{"] if details else []
    wanted = [details.rpartition(": ")[2], *names] if details else names
    for name in filter(None, wanted):
        number = next((number for number, line in enumerate(lines, 1) if name in line), 0)
        if number:
            return f"{place}:{number}"
    return place


def _ignores_template(project: Project, handler: Handler, response: httpx.Response) -> bool:
    """Whether *handler* answers with a bare text although the project has a page for it.

    A handler may answer API clients in JSON, or show another template.
    """
    path = find_template(project, handler.code)
    if path is None or "json" in response.headers.get("content-type", "") or "<" in response.text:
        return False
    parts = (part.strip() for part in MARKUP.split(TAG.sub("<>", files.text(path))) if part)
    texts = [part for part in parts if len(part) >= LITERAL]
    return bool(texts) and not any(text in response.text for text in texts)
