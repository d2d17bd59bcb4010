"""Task 7, Install Rate Limiting: limit login, sign-up and order requests, with one count for all workers.

View functions of the project get a decorator. A middleware limits class-based views, library views and the admin's
login by their resolved route. The check sends limit + 1 requests, and a parallel burst to four workers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from steps.shared import added_modules, middleware, packages, settings_block
from steps.shared.rate_limited_views import KINDS, Kind, LimitedView, find_views, only_last_refused
from steps.shared.view_functions import FUNCTION_KINDS, find_existing_limit, find_view_function, view_path
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, shown, waiting
from wizard.plan.actions import Action, Finding, InstallPackages, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.project.urls import Url
from wizard.site.session import Site, new_client_address, summarize_statuses
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

RATE = r"[1-9]\d*/\d*[smhd]"
BURST, WORKERS = 60, 4
"""Parallel requests, and gunicorn workers that answer them."""
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
ALLAUTH = "0.61"
"""The first version that reads a rate per client (5/m/ip) and keeps its other defaults. Source: its code."""
SEARCHED = "all URL patterns"
DECORATOR = re.compile(r"(method_decorator\()?limit\(")


class RateLimiting(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = "A number, a slash, and s, m, h or d. For example, 5/m is five per minute."
        return [
            Question(f"rates.{kind.name}", f"How many {kind.title} per {kind.who}?", kind.rate, why, pattern=RATE)
            for kind in KINDS
            if find_views(project, kind)
        ]

    def inspect(self, project: Project) -> list[Finding]:
        return [
            Finding(f"{kind.name}: {view.url.shown}{view.label} is {view.url.view}")
            for kind in KINDS
            for view in find_views(project, kind)
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        if not any(find_views(project, kind) for kind in KINDS):
            return Plan.nothing("The project has no login, sign-up or order view.")
        draft = Draft()
        path, module = added_modules.locate(project, "ratelimits.py")
        rows: dict[str, str] = {}
        mutations: dict[str, str] = {}
        kept: list[str] = []
        for kind in KINDS:
            rate = answers.get(f"rates.{kind.name}", kind.rate)
            limit = f"({_quoted(kind.name)}, {_quoted(rate)}, {kind.key})"
            for view in find_views(project, kind):
                # Prefer the URL name: the route may be read from the environment, often for an admin.
                name = _quoted(view.url.name or view.url.route)
                if view.mutation:
                    mutations[f"MUTATIONS.setdefault({name}, {{}})[{_quoted(view.mutation)}]"] = limit
                elif existing := find_existing_limit(project, view.url, rate):
                    kept.append(f"{existing} is strict enough, so it stays. It will use the same counters.")
                elif not self._decorate(project, draft, view.url, kind, rate, module):
                    rows[f"LIMITS[{name}]"] = limit
        self._write_module(project, draft, path, added_modules.render(project, "ratelimits.py"), rows)
        chain = [f"{module}.RateLimitMiddleware"]
        if mutations:
            chain.append(self._limit_mutations(project, draft, module, mutations))
        lines = self._settings(project, draft, module, chain, has_own_limits=bool(kept))
        if lines:
            title = "Rate limits: one exact count for all workers."
            settings_block.append(project, draft, title, lines, "configure rate limits", only_production=False)
        if any("sys." in line for line in lines):
            settings_block.ensure_import(project, draft, "import sys")
        if any("os." in line for line in lines):
            settings_block.ensure_import(project, draft, "import os")
        return Plan.of(*self._packages(project), *draft.actions(), remarks=tuple(kept))

    def _limit_mutations(self, project: Project, draft: Draft, module: str, rows: dict[str, str]) -> str:
        """Write the module that limits GraphQL mutations, and return the name of its middleware."""
        path, home = added_modules.locate(project, "graphql_limits.py")
        keys = {limit.rstrip(")").rpartition(" ")[2] for limit in rows.values()}
        names = ", ".join(["MESSAGE", *sorted({*keys, "refused"})])
        text = added_modules.render(project, "graphql_limits.py")
        text = text.replace("from ratelimits import MESSAGE, refused", f"from {module} import {names}")
        self._write_module(project, draft, path, text, rows)
        return f"{home}.GraphQLLimitMiddleware"

    def _write_module(self, project: Project, draft: Draft, path: Path, text: str, rows: dict[str, str]) -> None:
        """Write *text* to *path* if there is no module yet, and add or replace a line for each of *rows*."""
        text, style = draft.content(path).decode() or text, project.settings.main_source.style
        for view, limit in rows.items():
            row = style.formatted(f"{view} = {limit}")
            present = re.compile(rf"^{re.escape(style.quoted(view))} = (?:\(\n(?:    .*\n)*\)|.*)\n", re.MULTILINE)
            if present.search(text):
                text = present.sub(row.replace(chr(92), chr(92) * 2), text)
            else:
                last = text.rstrip("\n").rpartition("\n")[2]
                text += ("" if re.match(r"LIMITS|MUTATIONS|\)", last) else "\n\n") + row
        draft.put(path, text.encode(), "the rate limits")

    def _settings(
        self, project: Project, draft: Draft, module: str, chain: list[str], *, has_own_limits: bool
    ) -> list[str]:
        """Return settings lines for the cache of the counters and the middleware in *chain*."""
        lines, present = [], [str(name) for name in project.value("MIDDLEWARE")]
        if "ratelimit" not in (project.value("CACHES") or {}):
            local = '{"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}'
            before = settings_block.previous_value(project, "CACHES", local)
            counters = f'"ratelimit": {{"BACKEND": "{module}.CounterCache", "LOCATION": "rate_limit_counters"}}'
            lines += [
                f"CACHES = {{{f'**{before}' if before else local[1:-1]}, {counters}}}",
                'RATELIMIT_USE_CACHE = "ratelimit"',
                'RATELIMIT_ENABLE = not ("test" in sys.argv[:2] or "pytest" in sys.modules)',
            ]
        if has_own_limits and not project.value("RATELIMIT_IP_META_KEY"):
            lines.append(f'RATELIMIT_IP_META_KEY = "{module}.client_address"')
        for name in chain:
            if name not in present and AUTHENTICATION in present:
                # Insert it right after AuthenticationMiddleware: request.user is set there, and no later middleware can
                # reject a request before it is counted.
                lines += middleware.insert(project, draft, name, after=AUTHENTICATION)
            elif name not in present:
                lines.append(settings_block.append_to_list(project, "MIDDLEWARE", f'"{name}"'))
        if any("allauth.account" in str(app) for app in project.value("INSTALLED_APPS") or []):
            lines += self._allauth(project)
        return lines

    def _allauth(self, project: Project) -> list[str]:
        """Return settings that make allauth's own limits as strict, for the client address that the proxy reports."""
        lines = []
        reads_rates = not packages.is_older(project, "django-allauth", ALLAUTH)
        if "ACCOUNT_RATE_LIMITS" not in project.inspect_settings()["overridden"] and reads_rates:
            lines.append('ACCOUNT_RATE_LIMITS = {"login": "5/m/ip", "signup": "3/h/ip"}')
        if "ALLAUTH_TRUSTED_CLIENT_IP_HEADER" not in project.inspect_settings()["overridden"]:
            platform = project.platform
            lines.append(f'if os.getenv("{platform.marker_variable}"):')
            lines.append(f'    ALLAUTH_TRUSTED_CLIENT_IP_HEADER = "{platform.client_header}"')
        return lines

    def _packages(self, project: Project) -> list[Action]:
        """Install and record the limiter, and install gunicorn for the check. Task 8 records gunicorn."""
        why = "for the limits and their check with several workers"
        limiter = packages.add_packages(project, ("django-ratelimit",), why)
        server = () if "gunicorn" in packages.installed_versions(project) else ("gunicorn",)
        recorded = [action for action in limiter if not isinstance(action, InstallPackages)]
        missing = tuple(name for action in limiter if isinstance(action, InstallPackages) for name in action.packages)
        wanted = (*missing, *server)
        return [*([InstallPackages(wanted, why)] if wanted else []), *recorded]

    def _decorate(self, project: Project, draft: Draft, url: Url, kind: Kind, rate: str, module: str) -> bool:
        """Decorate the view function or the DRF method. Returns whether there is one to decorate."""
        if url.file is None or url.is_async:
            return False
        path = view_path(project, url.file)
        source = draft.source(path, f"limit {kind.name}")
        found = find_view_function(source, url, kind)
        if found is None:
            return False
        key = ", key=user_or_ip" if kind.key == "user_or_ip" else ""
        decorator = f'limit("{kind.name}", "{rate}"{key})'
        if url.kind not in FUNCTION_KINDS:
            decorator = f"method_decorator({decorator})"
            source.add_import("from django.utils.decorators import method_decorator")
        limits = (node for node in found.decorator_list if re.match(DECORATOR, source.segment(node)))
        if present := next(limits, None):
            if source.segment(present) != decorator:
                source.replace(present, decorator)
            return True
        # A limit per client goes above all other decorators, to count requests that they reject. The user is known
        # only below @api_view.
        above = [node.lineno for node in found.decorator_list] if kind.key == "client_ip" else []
        start = source.line_start(min([found.lineno, *above]))
        indent = source.text[source.line_start(found.lineno) : source.span(found)[0]]
        source.splice(start, start, f"{indent}@{decorator}\n")
        names = "limit, user_or_ip" if key else "limit"
        source.add_import(f"from {module} import {names}")
        return True

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        by_kind = {kind.name: find_views(project, kind) for kind in KINDS}
        configured = "ratelimit" in (project.value("CACHES") or {})
        showed = "the counters have their own cache" if configured else 'there is no cache "ratelimit"'
        yield shown("7.1", configured or not any(by_kind.values()), "settings", "CACHES", showed)
        if not by_kind["login"]:
            for item in ("7.2", "7.4", "7.7", "7.8"):
                yield not_applicable(item, SEARCHED, "the project has no login view")
        if not by_kind["signup"]:
            yield not_applicable("7.3", SEARCHED, "the project has no sign-up view")
        if not by_kind["order"]:
            for item in ("7.5", "7.6"):
                yield not_applicable(item, SEARCHED, "the project has no order view")
        if not any(by_kind.values()):
            return
        with sandbox.gunicorn(WORKERS) as site:
            for kind in KINDS:
                limit = int(answers.get(f"rates.{kind.name}", kind.rate).split("/")[0])
                for view in by_kind[kind.name]:
                    yield from self._check(project, sandbox, site, kind, view, limit)

    def _check(
        self, project: Project, sandbox: Sandbox, site: Site, kind: Kind, view: LimitedView, limit: int
    ) -> Iterator[Evidence]:
        """Send limit + 1 requests, and for a login a parallel burst too."""
        responses = self._exceed(project, sandbox, site, kind, view, limit)
        statuses = [response.status_code for response in responses]
        in_order = only_last_refused(responses)
        showed = f"POST {view.url.path}{view.label}: {summarize_statuses(statuses)}"
        if kind.name == "order":
            yield shown("7.5", in_order, "request", f"{limit + 1} orders by one user", showed)
            yield shown("7.6", statuses[-1] == 429, "request", "the last of them", str(statuses[-1]))
            return
        if kind.name == "signup":
            yield shown("7.3", in_order, "request", f"{limit + 1} sign-ups by one client", showed)
            return
        yield shown("7.2", in_order, "request", f"{limit + 1} logins by one client on {WORKERS} workers", showed)
        yield shown("7.4", statuses[-1] == 429, "request", "the last of them", str(statuses[-1]))
        # A URL with a parameter may name an object that does not exist.
        exists = ("<" in view.url.route or not {404, 405} & set(statuses)) and len(statuses) > limit
        if max(statuses) >= 500:  # the limit works, but the login itself does not: neither done nor failed
            reason = f"{showed}; the login raised an error{sandbox.last_gunicorn_error()}"
            yield waiting("7.7", f"{limit + 1} rapid logins", reason)
        else:
            yield shown("7.7", exists, "request", f"{limit + 1} rapid logins", showed)
        burst, passed = self._burst(site, view, limit)
        holds = in_order and passed <= limit and burst.count(429) > 0
        yield shown("7.8", holds, "request", f"{BURST} parallel logins on {WORKERS} workers", summarize_statuses(burst))

    def _exceed(
        self, project: Project, sandbox: Sandbox, site: Site, kind: Kind, view: LimitedView, limit: int
    ) -> list[httpx.Response]:
        """Send limit + 1 requests in a row. Retry once as a new client in case the window rolled over."""
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        path = view.url.path
        if kind.name == "order":
            account = _create_account(sandbox)
            # An API authenticates by token, a page by session.
            headers, cookies = _log_in(project, site, account) if view.url.drf else ({}, account["cookies"])
        responses: list[httpx.Response] = []
        for _ in (1, 2):
            client = new_client_address()
            sent = {**site.form(path, client, cookies), **headers}
            responses = [site.post(path, client=client, headers=sent, **view.body) for _ in range(limit + 1)]
            if only_last_refused(responses) or kind.name == "order":
                break
        return responses

    def _burst(self, site: Site, view: LimitedView, limit: int) -> tuple[list[int], int]:
        """Send parallel requests. Returns their statuses, and how many of them passed the limit.

        Retries once as a new client in case the window rolled over.
        """
        path, burst, passed = view.url.path, list[int](), 0
        for _ in (1, 2):
            client = new_client_address()
            burst = site.burst(path, BURST, client=client, headers=site.form(path, client), **view.body)
            passed = sum(status not in {429, 0} for status in burst)
            if passed <= limit:
                break
        return burst, passed


_PASSWORD = "rehearsal-passphrase-1"  # noqa: S105 - of an account in a scratch database that is thrown away


def _create_account(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.ask("user", name=f"golive{new_client_address().replace('.', '')}", password=_PASSWORD)


def _log_in(project: Project, site: Site, account: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return headers with a token from the project's own login, or else the cookies of a session."""
    for url in (view.url for view in find_views(project, KINDS[0]) if not view.mutation):
        client = new_client_address()
        body = {"username": account["username"], "email": account["email"], "password": _PASSWORD}
        response = site.post(url.path, client=client, headers=site.form(url.path, client), data=body)
        if response.status_code < 300 and "json" in response.headers.get("content-type", ""):
            found = response.json()
            for name in ("token", "access", "access_token", "key"):
                if isinstance(found, dict) and isinstance(found.get(name), str):
                    scheme = "Token" if name == "key" else "Bearer"
                    return {"Authorization": f"{scheme} {found[name]}"}, {}
    return {}, account["cookies"]


def _quoted(text: str) -> str:
    """Return *text* as a Python literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


STEP = RateLimiting
