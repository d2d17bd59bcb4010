"""Task 7, Install Rate Limiting: login, sign-up and order, counted across workers, answered with 429.

A view function of the project gets the decorator; classes, libraries' views and the admin's login are limited by
their resolved route. Proven by real requests: one more than the limit in a row, and a burst over four workers.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steps import packages, settings_block
from wizard.answers import Answers, Question
from wizard.edit.draft import Draft
from wizard.edit.source import Source
from wizard.evidence import Evidence, not_applicable, shown
from wizard.plan import Action, Finding, InstallPackages, Plan
from wizard.project import Project, Url
from wizard.site import Site, counted, fresh_client
from wizard.step import Step
from wizard.targets.local import LocalTarget

MODULE = Path(__file__).parent / "files" / "ratelimits.py"
NEVER = re.compile(
    r"logout|refresh|verify|social|callback|reset|password|confirm|resend|webauthn|done|complete|cancel|error"
)
ELSEWHERE = re.compile(r"\bsocialaccount\b|\bsocial_(django|core|auth)\b|\boauth2_provider\b|\bmozilla_django_oidc\b")
"""Packages whose views hand over to somebody else's login: no password is tried there."""
LOGIN = re.compile(
    r"(^|[^a-z])(log_?in|sign_?in|token_obtain|obtain_?(auth_?)?token|tokenobtainpair\w*|loginview)([^a-z]|$)"
)
SIGNUP = re.compile(r"(^|[^a-z])(sign_?up|register|registration|create_account|signupview|registerview)([^a-z]|$)")
ORDER = re.compile(r"(^|[^a-z])(create_?order|order_?create|place_?order|checkout|new_?order)([^a-z]|$)")
RATE = r"[1-9]\d*/\d*[smhd]"
BURST, WORKERS = 60, 4
REFUSAL = "Too many requests. Try again later."
"""What the limiter in files/ratelimits.py says."""


PLAIN = {"function", "api_view"}
DECORATOR = re.compile(r"(method_decorator\()?limit\(")


@dataclass(frozen=True)
class Kind:
    name: str
    pattern: re.Pattern[str]
    rate: str
    key: str
    title: str
    who: str


KINDS = (
    Kind("login", LOGIN, "5/m", "client_ip", "logins", "client"),
    Kind("signup", SIGNUP, "3/h", "client_ip", "sign-ups", "client"),
    Kind("order", ORDER, "10/h", "user_or_ip", "orders", "user"),
)


class RateLimiting(Step):
    def questions(self, project: Project) -> list[Question]:
        why = "A number and s, m, h or d: 5/m is five a minute."
        return [
            Question(
                f"rates.{kind.name}", f"How many {kind.title} may one {kind.who} make?", kind.rate, why, pattern=RATE
            )
            for kind in KINDS
            if find(project, kind)
        ]

    def inspect(self, project: Project) -> list[Finding]:
        return [Finding(f"{kind.name}: /{url.route} is {url.view}") for kind in KINDS for url in find(project, kind)]

    def plan(self, project: Project, answers: Answers) -> Plan:
        if not any(find(project, kind) for kind in KINDS):
            return Plan.nothing("No login, sign-up or order was found.")
        draft = Draft()
        folder, package = _home(project)
        path = folder / "ratelimits.py"
        rows: list[str] = []
        present = draft.content(path).decode()
        written = present.splitlines()
        for kind in KINDS:
            rate = answers.get(f"rates.{kind.name}", kind.rate)
            for url in find(project, kind):
                # The name: a route may come from the environment, as an admin's often does.
                row = f"    {_quoted(url.name or url.route)}: ({_quoted(kind.name)}, {_quoted(rate)}, {kind.key}),"
                if not self._decorate(project, draft, url, kind, rate, package) and row not in [*rows, *written]:
                    rows.append(row)
        text = present or MODULE.read_text("utf-8")
        if rows:
            text += "\n".join(["", "", "LIMITS.update({", *rows, "})", ""])
        draft.put(path, text.encode(), "the limits")
        lines = self._settings(project, package)
        if lines:
            settings_block.append(
                project,
                draft,
                "Rate limits: one exact count for all workers.",
                lines,
                "rate limits",
                only_production=False,
            )
            settings_block.own_import(project, draft, "import sys")
        return Plan.of(*self._packages(project), *draft.actions())

    def _settings(self, project: Project, package: str) -> list[str]:
        lines, module = [], f"{package}.ratelimits".lstrip(".")
        if "ratelimit" not in (project.value("CACHES") or {}):
            old = (
                "**CACHES"
                if project.settings.binds("CACHES")
                else '"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}'
            )
            lines += [
                f"CACHES = "
                f'{{{old}, "ratelimit": {{"BACKEND": "{module}.CounterCache", "LOCATION": "rate_limit_counters"}}}}',
                'RATELIMIT_USE_CACHE = "ratelimit"',
            ]
            lines.append('RATELIMIT_ENABLE = not ("test" in sys.argv[:2] or "pytest" in sys.modules)')
        if f"{module}.RateLimitMiddleware" not in project.value("MIDDLEWARE"):
            lines.append(f'MIDDLEWARE = [*MIDDLEWARE, "{module}.RateLimitMiddleware"]')
        return lines

    def _packages(self, project: Project) -> list[Action]:
        """The limiter, recorded; and the server that the proof needs, which task 8 records."""
        why = "to limit, and to prove it over several workers"
        limiter = packages.actions(project, ("django-ratelimit",), why)
        server = () if "gunicorn" in packages.installed(project) else ("gunicorn",)
        recorded = [each for each in limiter if not isinstance(each, InstallPackages)]
        missing = tuple(name for each in limiter if isinstance(each, InstallPackages) for name in each.packages)
        wanted = (*missing, *server)
        return [*([InstallPackages(wanted, why)] if wanted else []), *recorded]

    def _decorate(self, project: Project, draft: Draft, url: Url, kind: Kind, rate: str, package: str) -> bool:
        """Put the decorator directly above the view function, or above the method of a class that DRF has told the
        user to; False if there is none to decorate."""
        if url.file is None or url.is_async:
            return False
        path = project.copy.back(project.copy.at(project.root) / url.file)
        source = draft.source(path, f"limit {kind.name}")
        found = _function(source, url, kind)
        if found is None:
            return False
        key = ", key=user_or_ip" if kind.key == "user_or_ip" else ""
        decorator = f'limit("{kind.name}", "{rate}"{key})'
        if url.kind not in PLAIN:
            decorator = f"method_decorator({decorator})"
            source.add_import("from django.utils.decorators import method_decorator")
        mine = (each for each in found.decorator_list if re.match(DECORATOR, source.segment(each)))
        if there := next(mine, None):
            if source.segment(there) != decorator:
                source.replace(there, decorator)
            return True
        start = source.line_start(found.lineno)
        indent = source.text[start : source.span(found)[0]]
        source.splice(start, start, f"{indent}@{decorator}\n")
        names = "limit, user_or_ip" if key else "limit"
        source.add_import(f"from {package + '.' if package else ''}ratelimits import {names}")
        return True

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        by_kind = {kind.name: find(project, kind) for kind in KINDS}
        ready = "ratelimit" in (project.value("CACHES") or {})
        yield shown(
            "7.1",
            ready or not any(by_kind.values()),
            "settings",
            "CACHES and the views",
            "limits are set up with a cache of their own" if ready else "no limits",
        )
        if not by_kind["login"]:
            for item in ("7.2", "7.4", "7.7", "7.8"):
                yield not_applicable(item, "all URL patterns were searched", "there is no login")
        if not by_kind["signup"]:
            yield not_applicable("7.3", "all URL patterns were searched", "there is no sign-up")
        if not by_kind["order"]:
            for item in ("7.5", "7.6"):
                yield not_applicable(item, "all URL patterns were searched", "there is no order view")
        with target.gunicorn(WORKERS) as site:
            for kind in KINDS:
                limit = int(answers.get(f"rates.{kind.name}", kind.rate).split("/")[0])
                for url in by_kind[kind.name]:
                    yield from self._prove(project, target, site, kind, url, limit)

    def _prove(
        self, project: Project, target: LocalTarget, site: Site, kind: Kind, url: Url, limit: int
    ) -> Iterator[Evidence]:
        """One request more than the limit, then a burst; a window's edge is met by a second try as a new client."""
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        if kind.name == "order":
            headers, cookies = _credentials(project, site, _account(target))
        for _ in (1, 2):
            client = fresh_client()
            sent = {**site.form(url.path, client, cookies), **headers}
            answers = [site.post(url.path, client=client, headers=sent, data=_BODY) for _ in range(limit + 1)]
            statuses = [answer.status_code for answer in answers]
            # A stricter limit of a library's own may refuse earlier; ours may not.
            in_order = not any(REFUSAL in answer.text for answer in answers[:limit]) and statuses[-1] == 429
            if in_order or kind.name == "order":
                break
        told = f"POST {url.path}: {counted(statuses)}"
        if kind.name == "order":
            yield shown("7.5", in_order, "request", f"{limit + 1} orders as one user", told)
            yield shown("7.6", statuses[-1] == 429, "request", "the last of them", str(statuses[-1]))
            return
        if kind.name == "signup":
            yield shown("7.3", in_order, "request", f"{limit + 1} sign-ups by one client", told)
            return
        yield shown("7.2", in_order, "request", f"{limit + 1} logins by one client over {WORKERS} workers", told)
        yield shown("7.4", statuses[-1] == 429, "request", "the refused login", str(statuses[-1]))
        answered = not {404, 405} & set(statuses) and len(statuses) > limit
        yield shown("7.7", answered, "request", f"{limit + 1} rapid logins", told)
        for _ in (1, 2):
            client = fresh_client()
            burst = site.burst(url.path, BURST, client=client, headers=site.form(url.path, client), data=_BODY)
            passed = sum(status not in {429, 0} for status in burst)
            if passed <= limit:
                break
        yield shown(
            "7.8",
            in_order and passed <= limit and burst.count(429) > 0,
            "request",
            f"{BURST} logins at once over {WORKERS} workers",
            counted(burst),
        )


_BODY = {"username": "golive-rehearsal", "email": "golive-rehearsal@example.com", "password": "not-the-password"}
_PASSWORD = "rehearsal-passphrase-1"  # noqa: S105 - of an account in a scratch database that is thrown away


def _account(target: LocalTarget) -> dict[str, Any]:
    return target.ask("user", name=f"golive{fresh_client().replace('.', '')}", password=_PASSWORD)


def _credentials(project: Project, site: Site, account: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and cookies of a logged-in user: the project's own login is asked for a token; else a session."""
    for url in find(project, KINDS[0]):
        client = fresh_client()
        body = {"username": account["username"], "email": account["email"], "password": _PASSWORD}
        answer = site.post(url.path, client=client, headers=site.form(url.path, client), data=body)
        if answer.status_code < 300 and "json" in answer.headers.get("content-type", ""):
            found = answer.json()
            for name in ("token", "access", "access_token", "key"):
                if isinstance(found, dict) and isinstance(found.get(name), str):
                    scheme = "Token" if name == "key" else "Bearer"
                    return {"Authorization": f"{scheme} {found[name]}"}, {}
    return {}, account["cookies"]


def find(project: Project, kind: Kind) -> list[Url]:
    """The views of one kind, by the name, the route and the view itself; those that can't be posted to are left out."""
    found: dict[tuple[str, str], Url] = {}
    for url in project.urls:
        tail = "/".join(url.route.rstrip("/$").split("/")[-2:])
        words = (
            " ".join([(url.name or "").split(":")[-1], tail, re.sub(r"(?<!^)(?=[A-Z])", "_", url.function)])
            .lower()
            .replace("-", "_")
        )
        if not kind.pattern.search(words) or NEVER.search(words) or ELSEWHERE.search(url.view):
            continue
        if url.methods is not None and "post" not in url.methods:
            continue
        # A format suffix (login.json) is a second route of the same name.
        found.setdefault((url.name or url.route, url.view), url)
    return list(found.values())


def _function(source: Source, url: Url, kind: Kind) -> ast.FunctionDef | None:
    """The function behind *url*: of a class only where the user counts, whom DRF knows no sooner."""
    if url.kind in PLAIN:
        return _named(source.tree.body, url.function)
    if not (url.drf and kind.key == "user_or_ip"):
        return None
    body = next(
        (each.body for each in source.tree.body if isinstance(each, ast.ClassDef) and each.name == url.function), []
    )
    return _named(body, (url.actions or {}).get("post", "post"))


def _named(body: list[ast.stmt], name: str) -> ast.FunctionDef | None:
    return next((each for each in body if isinstance(each, ast.FunctionDef) and each.name == name), None)


def _quoted(text: str) -> str:
    """*text* as a Python literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def _home(project: Project) -> tuple[Path, str]:
    """The folder and the package of the project's URL configuration."""
    package = str(project.value("ROOT_URLCONF")).rpartition(".")[0]
    return (project.urls_file.parent if project.urls_file else project.root), package


STEP = RateLimiting
