"""The requests of a journey as they are shown, and as steps of golive.yaml that can be run again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from wizard.base.errors import SiteError
from wizard.base.secrets import redact, redacted
from wizard.journeys.filling import Person
from wizard.journeys.result import SentRequest

SENT_AGAIN = ("Authorization", "X-Session-Token", "X-Auth-Token", "X-API-Key", "HX-Request")
"""Headers that a step of golive.yaml needs."""


class Sender(Protocol):
    """The visitor that sends a request."""

    role: str
    headers: dict[str, str]

    @property
    def person(self) -> Person: ...


class Recorder:
    """Records the requests of a journey, and watches its time.

    Arguments:
        budget: the seconds that a journey may take.
    """

    def __init__(self, budget: float) -> None:
        self.budget = budget
        self.requests: list[SentRequest] = []
        self.variables: dict[str, str] = {}
        """The variable in golive.yaml for each value that an earlier step keeps, by the value."""
        self.refresh_token = ""
        """What a log-in's answer gave for new tokens. Some log-outs want it back."""
        self._longest = budget
        self.begin()

    def begin(self) -> None:
        """Begin a journey."""
        self.requests = []
        self._deadline = time.monotonic() + self.budget
        self._changed_address = False

    def seconds_left(self) -> float:
        """The seconds that the journey has left for the next answer.

        Raises:
            SiteError: none.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            slowest = max(self.requests, key=lambda each: each.seconds, default=None)
            why = f"the slowest answer, to {slowest.request}, took {slowest.seconds:.1f} s" if slowest else ""
            raise SiteError(f"The journey took longer than {self.budget:g} s", why, "Look at the site's log.")
        return min(left, self._longest)

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Wait no longer than *seconds* for an answer."""
        self._longest, before = seconds, self._longest
        try:
            yield
        finally:
            self._longest = before

    def may_change_address(self) -> bool:
        """Whether a new client address may meet a rate limit: once in a journey."""
        first, self._changed_address = not self._changed_address, True
        return first

    def add(self, visitor: Sender, step: Mapping[str, Any], request: SentRequest) -> None:
        """Record *request*, which *visitor* sent as *step*."""
        replay: dict[str, object] = {**step, "as": visitor.role}
        sent = {name: value for name, value in visitor.headers.items() if name in SENT_AGAIN}
        if sent:
            replay["headers"] = sent
        if request.status:
            replay["expect"] = {"status": request.status}
        self.requests.append(replace(request, replay=redacted(self.with_variables(replay, visitor.person))))

    def learned(self, text: str) -> None:
        """Note *text* with the last request."""
        if self.requests:
            last = self.requests[-1]
            self.requests[-1] = replace(last, learned="; ".join(filter(None, (last.learned, redacted(text)))))

    def keep(self, variable: str, value: str, place: str) -> None:
        """Let the last request's step keep *value*, found at the dotted path *place* of its answer, as *variable*."""
        self.variables[value] = variable
        if self.requests:
            last = self.requests[-1]
            before = last.replay.get("keep")
            kept = {**(before if isinstance(before, dict) else {}), variable: place}
            self.requests[-1] = replace(last, replay={**last.replay, "keep": kept})

    def with_variables(self, value: Any, person: Person) -> Any:
        """*value* with golive.yaml's variables in place of the visitor's own names and of what earlier steps kept."""
        if isinstance(value, dict):
            return {name: self.with_variables(part, person) for name, part in value.items()}
        if isinstance(value, list):
            return [self.with_variables(part, person) for part in value]
        if not isinstance(value, str):
            return value
        own = {person.password: "{password}"}
        if person.name == f"visitor{person.random}":
            own |= {person.email: "{email}", person.name: "{name}"}
        for text, variable in (*own.items(), (person.random, "{random}")):
            value = value.replace(text, variable) if text else value
        for kept, name in self.variables.items():
            value = value.replace(kept, f"{{{name}}}") if len(kept) > 7 else _in_path(value, kept, f"{{{name}}}")
        return value


def _in_path(value: str, kept: str, variable: str) -> str:
    """*value* with *variable* where a short *kept* is a whole part of a path."""
    if not value.startswith("/"):
        return variable if value == kept else value
    return "/".join(variable if part == kept else part for part in value.split("/"))


def step_title(step: Mapping[str, Any]) -> str:
    """Method and path of a step, redacted."""
    method, path = next(iter(step.items()))
    return f"{method.upper()} {redact(str(path))}"
