"""Draft user journeys from the project's URLs and serializers, as a starting point to edit.

The draft guesses by words in a URL which checklist item it serves. Items without a matching URL are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wizard.project.project import Project
from wizard.project.urls import Url

VALUES = (
    (r"mail", "{email}"),
    (r"pass", "{password}"),
    (r"user|login|name", "{name}"),
    (r"phone", "+15550100"),
    (r"quantity|count|amount", 1),
)
"""Values for form fields, by a pattern of the field's name. The first match wins."""


@dataclass(frozen=True)
class Guess:
    """A checklist item, a pattern of words in its URL, and the method of its request."""

    item: str
    title: str
    words: str
    method: str = "get"
    parameters: bool = False


GUESSES = (
    Guess("21.1", "A visitor signs up", r"sign_?up|register", "post"),
    Guess("21.2", "The visitor logs in", r"(?<!social.)(log_?in|sign_?in|token_obtain|obtain_?token)", "post"),
    Guess("21.3", "The visitor logs out", r"log_?out|sign_?out", "post"),
    Guess("21.4", "The visitor logs in again", r"(?<!social.)(log_?in|sign_?in|token_obtain|obtain_?token)", "post"),
    Guess("21.5", "The packages are shown", r"package|product|item|shop|catalog"),
    Guess("21.6", "The campaigns are shown", r"campaign|offer|categor"),
    Guess("21.7", "A product is shown in detail", r"package|product|item", parameters=True),
    Guess("21.10", "The cart is shown", r"cart|basket"),
    Guess("21.13", "An order is made", r"create_?order|order_?create|checkout|place_?order", "post"),
    Guess("21.16", "The orders are shown", r"order"),
)
CREDENTIAL_ITEMS = {"21.1", "21.2", "21.4"}
EXCLUDED = re.compile(r"social|password|confirm|verify|refresh|reset|format")


def draft_journeys(project: Project) -> str:
    """Return the text of a golive.yaml with a journey for each item that has a matching URL."""
    import yaml

    flows = [flow for guess in GUESSES if (flow := _flow(project, guess))]
    head = (
        "# User journeys, run against the deployed site by tasks 18, 21 and 22. Golive drafted them from the\n"
        "# project's URLs: correct the paths, the fields and the expectations, and add what is missing.\n"
    )
    body = yaml.safe_dump({"version": 1, "flows": flows}, sort_keys=False, allow_unicode=True, width=110)
    return head + body


def _flow(project: Project, guess: Guess) -> dict[str, Any] | None:
    url = next(_matching(project, guess), None)
    if url is None:
        return None
    step: dict[str, Any] = {guess.method: url.path}
    if guess.method == "post":
        names = url.fields or (("username", "password") if guess.item in CREDENTIAL_ITEMS else ())
        fields = {name: _value(name) for name in names}
        step |= {"json": fields} if url.drf else {"csrf": True, "form": {**fields, "csrfmiddlewaretoken": "{csrf}"}}
    # A form with errors is shown again with status 200, so success means a redirect.
    step["expect"] = {"status": [200, 201, 204] if url.drf else 302 if guess.method == "post" else 200}
    name = re.sub(r"\W+", "-", guess.title.lower())
    return {"flow": name, "item": guess.item, "title": guess.title, "steps": [step]}


def _matching(project: Project, guess: Guess) -> Iterator[Url]:
    admin = next((url.route for url in project.urls if url.name == "admin:index"), None)
    for url in project.urls:
        if admin and url.route.startswith(admin):
            continue
        words = f"{(url.name or '').split(':')[-1]} {url.route} {url.function}".lower().replace("-", "_")
        matches = bool(re.search(r"<|\(\?P", url.route)) is guess.parameters
        matches = matches and (url.methods is None or guess.method in url.methods)
        if matches and re.search(guess.words, words) and not EXCLUDED.search(words):
            yield url


def _value(name: str) -> Any:
    return next((value for pattern, value in VALUES if re.search(pattern, name.lower())), name)
