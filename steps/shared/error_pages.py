"""The project's own 404 and 500 pages, from a handler or from a template."""

from __future__ import annotations

import re

import httpx

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
    return any((folder / f"{code}.html").is_file() for folder in project.template_folders())
