"""User journeys as data: sequences of requests with expectations, in the `flows` of a project's golive.yaml.

    flows:
      - flow: login
        item: "21.2"                        # the item it is the evidence for; several flows may serve one item
        title: "A customer logs in"
        as: customer                        # whose cookies and token; each name is a browser of its own
        steps:
          - post: /api/auth/login/
            json: {username: "{name}", password: "{password}"}
            expect: {status: 200, has: [token]}
            keep: {token: token}            # from the JSON answer, by dotted path; later {token}
          - get: /api/cart/
            headers: {Authorization: "Bearer {token}"}
            expect: {status: 200}

Bodies are `json`, `form` or `files` (name: {name: poster.png, size: 5242880, type: image/png}). `csrf: true` gets the
page first and posts its token as a browser would. `repeat: 3` sends a step that often. Variables hold for the whole
run: what one flow kept, a later one may use. {random} is new in every run.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from wizard.base.secrets import redact
from wizard.checklist.model import OVERLAY
from wizard.site.session import Site, cookie_header

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fea7"
    "c4b2a50000000049454e44ae426082"
)
"""A picture of one pixel."""
USUAL = (200, 201, 202, 204)
"""Statuses of an answer that nothing else is expected of."""


@dataclass(frozen=True)
class File:
    """A file that a visitor sends: a picture of one pixel, filled up to *size* bytes."""

    name: str = "picture.png"
    type: str = "image/png"
    size: int = len(PNG)

    def content(self) -> bytes:
        return PNG + b"\0" * max(0, self.size - len(PNG))


@dataclass(frozen=True)
class JourneyStep:
    """One request, and what its answer should be: `wizard.site.journey_reader` says in which form."""

    method: str
    path: str
    visitor: str
    json: Any = None
    form: dict[str, str] | None = None
    files: dict[str, File] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    csrf: bool = False
    repeat: int = 1


@dataclass(frozen=True)
class Journey:
    name: str
    item: str
    title: str
    steps: tuple[JourneyStep, ...]
    location: str


@dataclass(frozen=True)
class ProjectConfig:
    """What golive.yaml says beyond the checklist: flows, variables of the rehearsal, and settings of the seed."""

    journeys: tuple[Journey, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    seed: str = ""

    @classmethod
    def of(cls, root: Path) -> ProjectConfig:
        """Read the project's golive.yaml.

        Raises:
            ChecklistError: it is wrong; names file, line, what was found and expected.
        """
        path = root / OVERLAY
        if not path.exists():
            return cls()
        from wizard.site.journey_reader import read

        return read(path)


@dataclass
class Exchange:
    """One request of a flow and what came back, told without secrets."""

    request: str
    status: int
    seconds: float
    body: str
    wrong: str = ""

    def __str__(self) -> str:
        return f"{self.request} → {self.status} in {self.seconds * 1000:.0f} ms" + (
            f": {self.wrong}; {self.body}" if self.wrong else ""
        )


@dataclass
class Outcome:
    journey: Journey
    exchanges: list[Exchange]

    @property
    def holds(self) -> bool:
        return bool(self.exchanges) and not any(each.wrong for each in self.exchanges)

    def __str__(self) -> str:
        shown = [each for each in self.exchanges if each.wrong] or self.exchanges
        return f"{self.journey.title}: " + "; ".join(str(each) for each in shown)


class JourneyRunner:
    """Runs flows against one site; variables and browsers live as long as it does."""

    def __init__(self, site: Site, variables: dict[str, str], *, client: str) -> None:
        self.site, self.client = site, client
        self.variables: dict[str, Any] = {"random": secrets.token_hex(4), **variables}
        self._browsers: dict[str, httpx.Cookies] = {}
        self.timings: dict[str, list[float]] = {}

    def run(self, flow: Journey) -> Outcome:
        """Run *flow* up to its first step that goes wrong."""
        outcome = Outcome(flow, [])
        for step in flow.steps:
            for _ in range(step.repeat):
                exchange = self._send(step)
                outcome.exchanges.append(exchange)
                if exchange.wrong:
                    return outcome
        return outcome

    def _send(self, step: JourneyStep) -> Exchange:
        path = self._text(step.path)
        told = f"{step.method.upper()} {path}"
        if missing := re.search(r"\{(\w+)\}", path):
            return Exchange(told, 0, 0.0, "", f"nothing was kept as {missing[1]} by an earlier step")
        jar = self._browsers.setdefault(step.visitor, httpx.Cookies())
        headers = {name: self._text(value) for name, value in step.headers.items()}
        if step.csrf:
            headers.update(self._token(path, jar))
        headers.update(cookie_header(jar))
        began = time.perf_counter()
        patient = 429 not in step.expect.get("status", ())
        answer = self.site.request(
            step.method.upper(), path, client=self.client, headers=headers, patient=patient, **self._body(step)
        )
        seconds = time.perf_counter() - began
        self.timings.setdefault(f"{step.method.upper()} {step.path}", []).append(seconds)
        jar.update(answer.cookies)
        wrong = self._judged(step, answer, seconds)
        if not wrong:
            wrong = self._keep(step, answer)
        return Exchange(told, answer.status_code, seconds, redact(" ".join(answer.text.split()))[:300], wrong)

    def _token(self, path: str, jar: httpx.Cookies) -> dict[str, str]:
        page = self.site.get(path, client=self.client, headers=cookie_header(jar))
        jar.update(page.cookies)
        found = re.search(r'name=["\']csrfmiddlewaretoken["\'] value=["\']([^"\']+)', page.text)
        token = found[1] if found else next((c.value or "" for c in jar.jar if "csrf" in c.name.lower()), "")
        self.variables["csrf"] = token
        return {
            "X-CSRFToken": token,
            "Origin": f"https://{self.site.host}",
            "Referer": f"https://{self.site.host}{path}",
        }

    def _body(self, step: JourneyStep) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if step.json is not None:
            body["json"] = self._filled(step.json)
        if step.form is not None:
            body["data"] = {name: self._text(value) for name, value in step.form.items()}
        if step.files is not None:
            body["files"] = {
                name: (self._text(each.name), each.content(), each.type) for name, each in step.files.items()
            }
        return body

    def _text(self, text: str) -> str:
        """*text* with {variables} put in."""
        return str(self._filled(text))

    def _filled(self, value: Any) -> Any:
        """*value* with {variables} put in, however deep; a text that is one variable becomes its value."""
        if isinstance(value, dict):
            return {key: self._filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(r"\{(\w+)\}", value)
        if whole and whole[1] in self.variables:
            return self.variables[whole[1]]
        return re.sub(r"\{(\w+)\}", lambda match: str(self.variables.get(match[1], match[0])), value)

    def _judged(self, step: JourneyStep, answer: httpx.Response, seconds: float) -> str:
        """What is wrong with *answer*; empty when nothing is."""
        expect = step.expect
        statuses = expect.get("status", USUAL)
        if answer.status_code not in statuses:
            return f"expected {' or '.join(map(str, statuses))}"
        if "max_ms" in expect and seconds * 1000 > expect["max_ms"]:
            return f"took longer than {expect['max_ms']:g} ms"
        for text in map(self._text, expect.get("text", ())):
            if text not in answer.text:
                return f"the answer lacks {text!r}"
        for text in map(self._text, expect.get("without", ())):
            if text in answer.text:
                return f"the answer holds {text!r}"
        for name, value in expect.get("header", {}).items():
            if self._text(value) not in answer.headers.get(name, ""):
                return f"header {name} is {answer.headers.get(name, 'missing')!r}"
        if "has" in expect or "json" in expect:
            return self._judged_json(expect, answer)
        return ""

    def _judged_json(self, expect: dict[str, Any], answer: httpx.Response) -> str:
        try:
            content = answer.json()
        except json.JSONDecodeError:
            return "the answer is no JSON"
        for name in map(self._text, expect.get("has", ())):
            if _at(content, name) is None:
                return f"the answer has no {name}"
        for name, value in self._filled(expect.get("json", {})).items():
            if _at(content, name) != value:
                return f"{name} is {_at(content, name)!r}, not {value!r}"
        return ""

    def _keep(self, step: JourneyStep, answer: httpx.Response) -> str:
        for name, where in step.keep.items():
            try:
                found = _at(answer.json(), where)
            except json.JSONDecodeError:
                found = None
            if found is None:
                return f"the answer has no {where} to keep"
            self.variables[name] = found
        return ""


def _at(content: Any, path: str) -> Any:
    """The part of a JSON answer at a dotted path, `results.0.id`; None where there is none."""
    for part in path.split("."):
        if isinstance(content, list) and re.fullmatch(r"-?\d+", part) and -len(content) <= int(part) < len(content):
            content = content[int(part)]
        elif isinstance(content, dict):
            content = content.get(part)
        else:
            return None
    return content
