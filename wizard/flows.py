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

from wizard import yamlfile
from wizard.checklist import OVERLAY
from wizard.checklist_yaml import Field, composed
from wizard.errors import ChecklistError
from wizard.secrets import redact
from wizard.site import Site

METHODS = ("get", "post", "put", "patch", "delete", "head")
STEP_KEYS = "get post put patch delete head json form files headers expect keep csrf repeat as"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fea7"
    "c4b2a50000000049454e44ae426082"
)
"""A picture of one pixel."""


@dataclass(frozen=True)
class Step:
    method: str
    path: str
    who: str
    json: Any = None
    form: dict[str, Any] | None = None
    files: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    csrf: bool = False
    repeat: int = 1


@dataclass(frozen=True)
class Flow:
    name: str
    item: str
    title: str
    steps: tuple[Step, ...]
    place: str


@dataclass(frozen=True)
class Extras:
    """What golive.yaml says beyond the checklist: flows, variables of the rehearsal, and settings of the seed."""

    flows: tuple[Flow, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    seed: str = ""

    @classmethod
    def of(cls, root: Path) -> Extras:
        """Read the project's golive.yaml.

        Raises:
            ChecklistError: it is wrong; names file, line, what was found and expected.
        """
        path = root / OVERLAY
        if not path.is_file():
            return cls()
        node = composed(path, path.read_bytes())
        if node is None:
            return cls()
        values = Field(path, node, "checklist").mapping("version", "items tasks guides flows rehearsal")
        flows = tuple(_flow(entry) for entry in values["flows"].entries()) if "flows" in values else ()
        environment, seed = {}, ""
        if "rehearsal" in values:
            parts = values["rehearsal"].mapping("", "environment seed")
            if "environment" in parts:
                environment = {name: each.text() for name, each in parts["environment"].mapping(free=True).items()}
            seed = parts["seed"].text() if "seed" in parts else ""
        return cls(flows, environment, seed)


def _flow(entry: Field) -> Flow:
    values = entry.mapping("flow item title steps", "as")
    who = values["as"].text() if "as" in values else "visitor"
    steps = tuple(_step(each, who) for each in values["steps"].entries())
    place = f"{entry.path.name}:{entry.node.start_mark.line + 1}"
    return Flow(values["flow"].text(), values["item"].text(), values["title"].text(), steps, place)


def _step(entry: Field, who: str) -> Step:
    values = entry.mapping("", STEP_KEYS)
    methods = [name for name in METHODS if name in values]
    if len(methods) != 1:
        entry.refuse(f"{len(methods)} methods", "one of " + ", ".join(METHODS) + ", with its path")

    def value(name: str) -> Any:
        if name not in values:
            return None
        try:
            return yamlfile.constructed(values[name].node)
        except yamlfile.NotYamlError as error:
            raise ChecklistError(
                f"{entry.path}:{error.line}", f"found {error.problem}, expected plain values"
            ) from error

    for name in ("form", "files", "headers", "expect", "keep"):
        if name in values:
            values[name].mapping(free=True)
    if "expect" in values:
        values["expect"].mapping("", "status has json text without header max_ms")
    return Step(
        method=methods[0],
        path=values[methods[0]].text(),
        who=values["as"].text() if "as" in values else who,
        json=value("json"),
        form=value("form"),
        files=value("files"),
        headers=value("headers") or {},
        expect=value("expect") or {},
        keep=value("keep") or {},
        csrf=bool(value("csrf")),
        repeat=int(value("repeat") or 1),
    )


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
    flow: Flow
    exchanges: list[Exchange]

    @property
    def holds(self) -> bool:
        return bool(self.exchanges) and not any(each.wrong for each in self.exchanges)

    def __str__(self) -> str:
        shown = [each for each in self.exchanges if each.wrong] or self.exchanges
        return f"{self.flow.title}: " + "; ".join(str(each) for each in shown)


class Runner:
    """Runs flows against one site; variables and browsers live as long as it does."""

    def __init__(self, site: Site, variables: dict[str, str], *, client: str) -> None:
        self.site, self.client = site, client
        self.variables: dict[str, Any] = {"random": secrets.token_hex(4), **variables}
        self._browsers: dict[str, httpx.Cookies] = {}
        self.timings: dict[str, list[float]] = {}

    def run(self, flow: Flow) -> Outcome:
        """Run *flow* up to its first step that goes wrong."""
        outcome = Outcome(flow, [])
        for step in flow.steps:
            for _ in range(step.repeat):
                exchange = self._send(step)
                outcome.exchanges.append(exchange)
                if exchange.wrong:
                    return outcome
        return outcome

    def _send(self, step: Step) -> Exchange:
        path = self._filled(step.path)
        told = f"{step.method.upper()} {path}"
        if isinstance(path, str) and (missing := re.search(r"\{(\w+)\}", path)):
            return Exchange(told, 0, 0.0, "", f"nothing was kept as {missing[1]} by an earlier step")
        jar = self._browsers.setdefault(step.who, httpx.Cookies())
        headers = {name: str(self._filled(value)) for name, value in step.headers.items()}
        if step.csrf:
            headers.update(self._token(path, jar))
        if jar:
            headers["Cookie"] = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar.jar)
        began = time.perf_counter()
        wanted = step.expect.get("status", ())
        patient = 429 not in (wanted if isinstance(wanted, list) else [wanted])
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
        page = self.site.get(
            path,
            client=self.client,
            headers={"Cookie": "; ".join(f"{c.name}={c.value}" for c in jar.jar)} if jar else {},
        )
        jar.update(page.cookies)
        found = re.search(r'name=["\']csrfmiddlewaretoken["\'] value=["\']([^"\']+)', page.text)
        token = found[1] if found else next((c.value or "" for c in jar.jar if "csrf" in c.name.lower()), "")
        self.variables["csrf"] = token
        return {
            "X-CSRFToken": token,
            "Origin": f"https://{self.site.host}",
            "Referer": f"https://{self.site.host}{path}",
        }

    def _body(self, step: Step) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if step.json is not None:
            body["json"] = self._filled(step.json)
        if step.form is not None:
            body["data"] = {name: str(value) for name, value in self._filled(step.form).items()}
        if step.files is not None:
            body["files"] = {name: _file(self._filled(told)) for name, told in step.files.items()}
        return body

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

    def _judged(self, step: Step, answer: httpx.Response, seconds: float) -> str:
        """What is wrong with *answer*; empty when nothing is."""
        expect = self._filled(step.expect)
        wanted = expect.get("status", [200, 201, 202, 204])
        statuses = wanted if isinstance(wanted, list) else [wanted]
        if answer.status_code not in statuses:
            return f"expected {' or '.join(map(str, statuses))}"
        if "max_ms" in expect and seconds * 1000 > float(expect["max_ms"]):
            return f"took longer than {expect['max_ms']} ms"
        for text in _texts(expect.get("text")):
            if text not in answer.text:
                return f"the answer lacks {text!r}"
        for text in _texts(expect.get("without")):
            if text in answer.text:
                return f"the answer holds {text!r}"
        for name, value in (expect.get("header") or {}).items():
            if str(value) not in answer.headers.get(name, ""):
                return f"header {name} is {answer.headers.get(name, 'missing')!r}"
        if "has" in expect or "json" in expect:
            return self._judged_json(expect, answer)
        return ""

    def _judged_json(self, expect: dict[str, Any], answer: httpx.Response) -> str:
        try:
            content = answer.json()
        except json.JSONDecodeError:
            return "the answer is no JSON"
        for name in _texts(expect.get("has")):
            if _at(content, name) is None:
                return f"the answer has no {name}"
        for name, value in (expect.get("json") or {}).items():
            if _at(content, name) != value:
                return f"{name} is {_at(content, name)!r}, not {value!r}"
        return ""

    def _keep(self, step: Step, answer: httpx.Response) -> str:
        for name, where in step.keep.items():
            try:
                found = _at(answer.json(), where)
            except json.JSONDecodeError:
                found = None
            if found is None:
                return f"the answer has no {where} to keep"
            self.variables[name] = found
        return ""


def _texts(value: Any) -> list[str]:
    return [] if value is None else [str(each) for each in value] if isinstance(value, list) else [str(value)]


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


def _file(told: Any) -> tuple[str, bytes, str]:
    if not isinstance(told, dict):
        told = {"name": str(told)}
    size = int(told.get("size", len(PNG)))
    return (
        str(told.get("name", "picture.png")),
        PNG + b"\0" * max(0, size - len(PNG)),
        str(told.get("type", "image/png")),
    )
