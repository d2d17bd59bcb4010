"""Task 7, Install Rate Limiting: login, sign-up and order, counted across workers, answered with 429.

A view function of the project gets the decorator; classes, libraries' views and the admin's login are limited by
their resolved route. Proven by real requests: one more than the limit in a row, and a burst over four workers.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steps.shared import added_modules, middleware, packages, settings_block
from steps.shared.rate_limited_views import KINDS, Kind, LimitedView, find_views, only_last_refused
from wizard.base import files
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, shown, waiting
from wizard.editing.source import Source
from wizard.plan.actions import Action, Finding, InstallPackages, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project, Url
from wizard.site.session import Site, counted, fresh_client
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

RATE = r"[1-9]\d*/\d*[smhd]"
BURST, WORKERS = 60, 4
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
ALLAUTH = "0.61"
"""The first that reads a rate for each client (5/m/ip), and keeps the others' defaults. Source: its own code."""
PLAIN = {"function", "api_view"}
DECORATOR = re.compile(r"(method_decorator\()?limit\(")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class RateLimiting(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = "A number and s, m, h or d: 5/m is five a minute."
        return [
            Question(
                f"rates.{kind.name}", f"How many {kind.title} may one {kind.who} make?", kind.rate, why, pattern=RATE
            )
            for kind in KINDS
            if find_views(project, kind)
        ]

    def inspect(self, project: Project) -> list[Finding]:
        return [
            Finding(f"{kind.name}: {found.url.shown}{found.label} is {found.url.view}")
            for kind in KINDS
            for found in find_views(project, kind)
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        if not any(find_views(project, kind) for kind in KINDS):
            return Plan.nothing("No login, sign-up or order was found.")
        draft = Draft()
        path, module = added_modules.locate(project, "ratelimits.py")
        rows: dict[str, str] = {}
        mutations: dict[str, str] = {}
        kept: list[str] = []
        for kind in KINDS:
            rate = answers.get(f"rates.{kind.name}", kind.rate)
            limit = f"({_quoted(kind.name)}, {_quoted(rate)}, {kind.key})"
            for found in find_views(project, kind):
                # The name: a route may come from the environment, as an admin's often does.
                name = _quoted(found.url.name or found.url.route)
                if found.mutation:
                    mutations[f"MUTATIONS.setdefault({name}, {{}})[{_quoted(found.mutation)}]"] = limit
                elif own := _own_limit(project, found.url, rate):
                    kept.append(f"{own} is kept: it is as strict, and counts in the same place from now on.")
                elif not self._decorate(project, draft, found.url, kind, rate, module):
                    rows[f"LIMITS[{name}]"] = limit
        self._module(project, draft, path, added_modules.render(project, "ratelimits.py"), rows)
        chain = [f"{module}.RateLimitMiddleware"]
        if mutations:
            chain.append(self._limit_mutations(project, draft, module, mutations))
        lines = self._settings(project, draft, module, chain, own=bool(kept))
        if lines:
            title = "Rate limits: one exact count for all workers."
            settings_block.append(project, draft, title, lines, "rate limits", only_production=False)
        if any("sys." in line for line in lines):
            settings_block.ensure_import(project, draft, "import sys")
        if any("os." in line for line in lines):
            settings_block.ensure_import(project, draft, "import os")
        return Plan.of(*self._packages(project), *draft.actions(), remarks=tuple(kept))

    def _limit_mutations(self, project: Project, draft: Draft, module: str, rows: dict[str, str]) -> str:
        """The middleware that limits what *rows* say of GraphQL addresses."""
        path, home = added_modules.locate(project, "graphql_limits.py")
        keys = {limit.rstrip(")").rpartition(" ")[2] for limit in rows.values()}
        names = ", ".join(["MESSAGE", *sorted({*keys, "refused"})])
        text = added_modules.render(project, "graphql_limits.py")
        text = text.replace("from ratelimits import MESSAGE, refused", f"from {module} import {names}")
        self._module(project, draft, path, text, rows)
        return f"{home}.GraphQLLimitMiddleware"

    def _module(self, project: Project, draft: Draft, path: Path, text: str, rows: dict[str, str]) -> None:
        """The module at *path*, made of *text* where there is none, with a line for each of *rows*, new or changed."""
        text, style = draft.content(path).decode() or text, project.settings.main_source.style
        for view, limit in rows.items():
            row = style.formatted(f"{view} = {limit}")
            there = re.compile(rf"^{re.escape(style.quoted(view))} = (?:\(\n(?:    .*\n)*\)|.*)\n", re.MULTILINE)
            if there.search(text):
                text = there.sub(row.replace(chr(92), chr(92) * 2), text)
            else:
                last = text.rstrip("\n").rpartition("\n")[2]
                text += ("" if re.match(r"LIMITS|MUTATIONS|\)", last) else "\n\n") + row
        draft.put(path, text.encode(), "the limits")

    def _settings(self, project: Project, draft: Draft, module: str, chain: list[str], *, own: bool) -> list[str]:
        lines, present = [], [str(each) for each in project.value("MIDDLEWARE")]
        if "ratelimit" not in (project.value("CACHES") or {}):
            local = '{"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}'
            before = settings_block.previous_value(project, "CACHES", local)
            counters = f'"ratelimit": {{"BACKEND": "{module}.CounterCache", "LOCATION": "rate_limit_counters"}}'
            lines += [
                f"CACHES = {{{f'**{before}' if before else local[1:-1]}, {counters}}}",
                'RATELIMIT_USE_CACHE = "ratelimit"',
                'RATELIMIT_ENABLE = not ("test" in sys.argv[:2] or "pytest" in sys.modules)',
            ]
        if own and not project.value("RATELIMIT_IP_META_KEY"):
            lines.append(f'RATELIMIT_IP_META_KEY = "{module}.client_address"')
        for name in chain:
            if name not in present and AUTHENTICATION in present:
                # Behind it the user is known; what follows may turn a request away before it was counted.
                lines += middleware.insert(project, draft, name, after=AUTHENTICATION)
            elif name not in present:
                lines.append(settings_block.append_to_list(project, "MIDDLEWARE", f'"{name}"'))
        if any("allauth.account" in str(each) for each in project.value("INSTALLED_APPS") or []):
            lines += self._allauth(project)
        return lines

    def _allauth(self, project: Project) -> list[str]:
        """allauth counts by itself too: as strictly, and by the client that the platform's proxy names."""
        lines = []
        counts = not packages.is_older(project, "django-allauth", ALLAUTH)
        if "ACCOUNT_RATE_LIMITS" not in project.inspect_settings()["overridden"] and counts:
            lines.append('ACCOUNT_RATE_LIMITS = {"login": "5/m/ip", "signup": "3/h/ip"}')
        if "ALLAUTH_TRUSTED_CLIENT_IP_HEADER" not in project.inspect_settings()["overridden"]:
            platform = project.platform
            lines.append(f'if os.getenv("{platform.marker_variable}"):')
            lines.append(f'    ALLAUTH_TRUSTED_CLIENT_IP_HEADER = "{platform.client_header}"')
        return lines

    def _packages(self, project: Project) -> list[Action]:
        """The limiter, recorded; and the server that the proof needs, which task 8 records."""
        why = "to limit, and to prove it over several workers"
        limiter = packages.add_packages(project, ("django-ratelimit",), why)
        server = () if "gunicorn" in packages.installed_versions(project) else ("gunicorn",)
        recorded = [each for each in limiter if not isinstance(each, InstallPackages)]
        missing = tuple(name for each in limiter if isinstance(each, InstallPackages) for name in each.packages)
        wanted = (*missing, *server)
        return [*([InstallPackages(wanted, why)] if wanted else []), *recorded]

    def _decorate(self, project: Project, draft: Draft, url: Url, kind: Kind, rate: str, module: str) -> bool:
        """Put the decorator above the view function, or above the method of a class that DRF has told the user to;
        False if there is none to decorate."""
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
        # For a client, above all others: what they turn away counts too. A user is known below @api_view alone.
        above = [each.lineno for each in found.decorator_list] if kind.key == "client_ip" else []
        start = source.line_start(min([found.lineno, *above]))
        indent = source.text[source.line_start(found.lineno) : source.span(found)[0]]
        source.splice(start, start, f"{indent}@{decorator}\n")
        names = "limit, user_or_ip" if key else "limit"
        source.add_import(f"from {module} import {names}")
        return True

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        by_kind = {kind.name: find_views(project, kind) for kind in KINDS}
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
        if not any(by_kind.values()):
            return
        with sandbox.gunicorn(WORKERS) as site:
            for kind in KINDS:
                limit = int(answers.get(f"rates.{kind.name}", kind.rate).split("/")[0])
                for found in by_kind[kind.name]:
                    yield from self._prove(project, sandbox, site, kind, found, limit)

    def _prove(
        self, project: Project, sandbox: Sandbox, site: Site, kind: Kind, found: LimitedView, limit: int
    ) -> Iterator[Evidence]:
        """One request more than the limit, then a burst; a window's edge is met by a second try as a new client."""
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        path = found.url.path
        if kind.name == "order":
            account = _account(sandbox)
            # A token is for an API; a page knows its user by the session.
            headers, cookies = _credentials(project, site, account) if found.url.drf else ({}, account["cookies"])
        for _ in (1, 2):
            client = fresh_client()
            sent = {**site.form(path, client, cookies), **headers}
            answers = [site.post(path, client=client, headers=sent, **found.body) for _ in range(limit + 1)]
            statuses = [answer.status_code for answer in answers]
            in_order = only_last_refused(answers)
            if in_order or kind.name == "order":
                break
        told = f"POST {path}{found.label}: {counted(statuses)}"
        if kind.name == "order":
            yield shown("7.5", in_order, "request", f"{limit + 1} orders as one user", told)
            yield shown("7.6", statuses[-1] == 429, "request", "the last of them", str(statuses[-1]))
            return
        if kind.name == "signup":
            yield shown("7.3", in_order, "request", f"{limit + 1} sign-ups by one client", told)
            return
        yield shown("7.2", in_order, "request", f"{limit + 1} logins by one client over {WORKERS} workers", told)
        yield shown("7.4", statuses[-1] == 429, "request", "the refused login", str(statuses[-1]))
        # An address with a parameter may stand for a thing that isn't there.
        answered = ("<" in found.url.route or not {404, 405} & set(statuses)) and len(statuses) > limit
        if max(statuses) >= 500:  # the limit counts, and what it protects is broken: nobody's box to tick
            yield waiting("7.7", f"{limit + 1} rapid logins", f"{told}; the login itself breaks{sandbox.last_error()}")
        else:
            yield shown("7.7", answered, "request", f"{limit + 1} rapid logins", told)
        for _ in (1, 2):
            client = fresh_client()
            burst = site.burst(path, BURST, client=client, headers=site.form(path, client), **found.body)
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


_PASSWORD = "rehearsal-passphrase-1"  # noqa: S105 - of an account in a scratch database that is thrown away


def _account(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.ask("user", name=f"golive{fresh_client().replace('.', '')}", password=_PASSWORD)


def _credentials(project: Project, site: Site, account: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and cookies of a logged-in user: the project's own login is asked for a token; else a session."""
    for url in (found.url for found in find_views(project, KINDS[0]) if not found.mutation):
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


def _own_limit(project: Project, url: Url, rate: str) -> str:
    """The place of a django-ratelimit decorator that a function has already and that is as strict as *rate*.

    It raises, and the middleware makes a 429 of that; below @api_view DRF would have made a 403 of it.
    """
    if url.file is None or url.kind != "function":
        return ""
    path = project.copy.back(project.copy.at(project.root) / url.file)
    source = Source.of(path, files.read(path) or b"")
    function = _named(source.tree.body, url.function)
    for decorator in function.decorator_list if function else []:
        if not isinstance(decorator, ast.Call) or not source.segment(decorator.func).endswith("ratelimit"):
            continue
        given = {word.arg: word.value.value for word in decorator.keywords if isinstance(word.value, ast.Constant)}
        if (
            given.get("key") == "ip"
            and given.get("block", True)
            and _allows(str(given.get("rate", ""))) <= _allows(rate)
        ):
            return f"{project.display_path(path)}:{decorator.lineno}: @{source.segment(decorator)}"
    return ""


def _allows(rate: str) -> float:
    """How many a second; without end for what is no rate."""
    found = re.fullmatch(r"(\d+)/(\d*)([smhd])", rate)
    return int(found[1]) / (int(found[2] or 1) * SECONDS[found[3]]) if found else float("inf")


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


STEP = RateLimiting
