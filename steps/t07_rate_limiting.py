"""Task 7, Install Rate Limiting: limit logins, code checks, sign-ups, orders and requested mails.

All workers share one count. View functions of the project get a decorator. A middleware limits class-based views,
library views and the admin's login by their resolved route. Limits of django-ratelimit are replaced. The check sends
limit + 1 requests, then one of another client, some with forged headers, and a parallel burst to four workers.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from steps.shared import added_modules, existing_limits, limit_settings, packages, settings_block
from steps.shared.accounts import create_account
from steps.shared.existing_limits import Removed, rate_of, strictest_rate
from steps.shared.limit_evasions import examine, headers_read_by, place_of_limit
from steps.shared.limit_evidence import BURST, Attempt, Check, fails_by_host
from steps.shared.rate_limited_views import KINDS, Kind, LimitedView, find_all_views, find_views
from steps.shared.view_functions import (
    FUNCTION_KINDS,
    find_existing_limit,
    find_view_function,
    period_of,
    view_path,
)
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable, shown, waiting
from wizard.plan.actions import Action, Finding, InstallPackages, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.site.session import summarize_statuses
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

RATE = r"[1-9]\d*/\d*[smhd]"
WORKERS = 4
"""gunicorn workers that answer the requests of the check."""
NO_MAIL = """
if not globals().get("MAILERS"):
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
"""
NO_QUEUE = """
import os

os.environ.update(CELERY_BROKER_URL="memory://", CELERY_RESULT_BACKEND="cache+memory://")
"""
"""The work that a view hands to Celery stays in the process. Without a server, each call would retry for 20 seconds.

The variables have precedence over the settings, which are loaded by then. Source: celery/app/utils.py.
"""
SEARCHED = "all URL patterns"
DECORATOR = re.compile(r"(method_decorator\()?limit\(")
ITEMS = {"login": ("7.2", "7.4", "7.7", "7.8"), "code": ("7.2", "7.4", "7.8"), "signup": ("7.3",),
         "order": ("7.5", "7.6"), "mail": ("7.4",)}  # fmt: skip


class RateLimiting(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = "A number, a slash, and s, m, h or d. For example, 5/m is five per minute."
        views = find_all_views(project)
        kinds = [kind for kind in KINDS if views[kind.name]]
        return [
            Question(
                kind.rate_name,
                f"How many {kind.title} per {kind.who}?",
                strictest_rate(project, kind),
                why,
                pattern=RATE,
            )
            for kind in KINDS
            if not kind.answer and any(kind.rate_name == other.rate_name for other in kinds)
        ]

    def inspect(self, project: Project) -> list[Finding]:
        return [
            Finding(f"{kind.name}: {view.url.shown}{view.label} is {view.url.view}")
            for kind in KINDS
            for view in find_views(project, kind)
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        views = find_all_views(project)
        if not any(views.values()):
            return Plan.nothing("The project has no login, sign-up or order view.")
        draft = Draft()
        path, module = added_modules.locate(project, "ratelimits.py")
        limits = _Limits()
        rates = {kind.name: rate_of(project, kind, answers) for kind in KINDS}
        for kind in KINDS:
            for view in views[kind.name]:
                self._limit(project, draft, limits, view, kind, rates[kind.name], module)
        python = tuple(existing_limits.python_files(project))
        listed = [view for kind in KINDS for view in views[kind.name]]
        for place, text, shown_at in existing_limits.unwrap_routes(project, draft, listed, python):
            limits.removed.setdefault(place, []).append(text)
            limits.remarks.append(f"{shown_at} is replaced by one limit for each client.")
        for place, removed in limits.removed.items():
            existing_limits.remove_imports(draft.source(place), removed)
        self._write_module(project, draft, path, added_modules.render(project, "ratelimits.py"), limits.rows)
        chain = [f"{module}.RateLimitMiddleware"]
        if limits.mutations:
            chain.append(self._limit_mutations(project, draft, module, limits.mutations))
        lines = limit_settings.counters(project, module)
        if existing_limits.library_is_used(python, [draft.source(place) for place in limits.removed]):
            key, remarks = limit_settings.library_key(project, module)
            lines, limits.remarks = lines + key, limits.remarks + remarks
        other = existing_limits.needs_client_address(project, python)
        lines += limit_settings.add_middleware(
            project, draft, chain, f"{module}.ClientAddressMiddleware" if other else ""
        )
        more, remarks = limit_settings.libraries(project, module, rates)
        if other and f"{module}.ClientAddressMiddleware" not in project.value("MIDDLEWARE"):
            remarks.append(
                f"{other} counts by the address in the request. A middleware puts the client's address there."
            )
        if lines := lines + more:
            title = "Rate limits: one exact count for all workers."
            settings_block.append(project, draft, title, lines, "configure rate limits", only_production=False)
        if any("sys." in line for line in lines):
            settings_block.ensure_import(project, draft, "import sys")
        return Plan.of(*self._packages(project), *draft.actions(), remarks=(*limits.remarks, *remarks))

    def _limit(
        self, project: Project, draft: Draft, limits: _Limits, view: LimitedView, kind: Kind, rate: str, module: str
    ) -> None:
        """Limit one view: by a decorator, or by a row for the middleware. Limits of django-ratelimit are replaced."""
        url = view.url
        # Prefer the URL name: the route may be read from the environment, often for an admin.
        name = _quoted(url.name or url.route)
        methods = ', ("GET", "POST")' if view.method == "GET" else ""
        limit = f"({_quoted(kind.name)}, {_quoted(rate)}, {kind.key}{methods})"
        if view.mutation:
            limits.mutations[f"MUTATIONS.setdefault({name}, {{}})[{_quoted(view.mutation)}]"] = limit
            return
        if existing := find_existing_limit(project, url, rate):
            limits.remarks.append(f"{existing} is strict enough, so it stays. It will use the same counters.")
            return
        if url.view in limits.decorated:  # a second URL of the same function
            return
        removed = Removed()
        if url.file and url.view not in limits.searched:
            limits.searched.add(url.view)
            source = draft.source(view_path(project, url.file))
            removed = existing_limits.remove(project, source, url)
            limits.removed.setdefault(source.path, []).extend(removed.texts)
            limits.remarks += [f"{place} is replaced by one limit for each client." for place in removed.places]
        if self._decorate(project, draft, view, kind, rate, module, removed):
            limits.decorated.add(url.view)
        else:
            limits.rows[f"LIMITS[{name}]"] = limit

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
        present, style = draft.content(path).decode(), project.settings.main_source.style
        if "client_and_account" in text and present and "client_and_account" not in present:  # of an earlier version
            kept = re.findall(r"^LIMITS\[.*\] = (?:\(\n(?:    .*\n)*\)|.*)\n", present, re.MULTILINE)
            present = text + "\n\n" + "".join(kept) if kept else text
        text = present or text
        for view, limit in rows.items():
            row = style.formatted(f"{view} = {limit}")
            line = re.compile(rf"^{re.escape(style.quoted(view))} = (?:\(\n(?:    .*\n)*\)|.*)\n", re.MULTILINE)
            if line.search(text):
                text = line.sub(row.replace(chr(92), chr(92) * 2), text)
            else:
                last = text.rstrip("\n").rpartition("\n")[2]
                text += ("" if re.match(r"LIMITS|MUTATIONS|\)", last) else "\n\n") + row
        draft.put(path, text.encode(), "the rate limits")

    def _packages(self, project: Project) -> list[Action]:
        """Install and record the limiter, and install gunicorn for the check. Task 8 records gunicorn."""
        why = "for the limits and their check with several workers"
        limiter = packages.add_packages(project, ("django-ratelimit",), why)
        server = () if "gunicorn" in packages.installed_versions(project) else ("gunicorn",)
        recorded = [action for action in limiter if not isinstance(action, InstallPackages)]
        missing = tuple(name for action in limiter if isinstance(action, InstallPackages) for name in action.packages)
        wanted = (*missing, *server)
        return [*([InstallPackages(wanted, why)] if wanted else []), *recorded]

    def _decorate(
        self, project: Project, draft: Draft, view: LimitedView, kind: Kind, rate: str, module: str, removed: Removed
    ) -> bool:
        """Decorate the view function or the DRF method. Returns whether there is one to decorate."""
        url = view.url
        if url.file is None or url.is_async:
            return False
        path = view_path(project, url.file)
        source = draft.source(path, f"limit {kind.name}")
        found = find_view_function(source, url, kind)
        if found is None:
            return False
        key = f", key={kind.key}" if kind.key != "client_ip" else ""
        methods = ', methods=("GET", "POST")' if view.method == "GET" else ""
        decorator = f'limit("{kind.name}", "{rate}"{key}{methods})'
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
        above = [node.lineno for node in found.decorator_list] if kind.key != "user_or_ip" else []
        start = source.line_start(min([found.lineno, *above]))
        indent = source.text[source.line_start(found.lineno) : source.span(found)[0]]
        behind = f"  {removed.trailing}" if removed.trailing else ""
        source.splice(start, start, f"{removed.above}{indent}@{decorator}{behind}\n")
        for name in ("limit", *([kind.key] if key else [])):
            source.add_import(f"from {module} import {name}")
        return True

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        by_kind = find_all_views(project)
        fault = limit_settings.counters_fault(project)
        showed, expected = fault or "the counters have their own cache", "a cache that all workers share"
        holds, place = not fault or not any(by_kind.values()), project.origin("CACHES")
        yield shown("7.1", holds, "settings", "CACHES", showed, expected=expected, where=place)
        if not by_kind["login"] and not by_kind["code"]:
            for item in ("7.2", "7.7", "7.8"):
                yield not_applicable(item, SEARCHED, "the project has no login view")
            if not by_kind["mail"]:
                yield not_applicable("7.4", SEARCHED, "the project has no login view")
        if not by_kind["signup"]:
            yield not_applicable("7.3", SEARCHED, "the project has no sign-up view")
        if not by_kind["order"]:
            for item in ("7.5", "7.6"):
                yield not_applicable(item, SEARCHED, "the project has no order view")
        if not any(by_kind.values()):
            return
        headers, of_item = headers_read_by(project), defaultdict[str, list[LimitedView]](list)
        for name, views in by_kind.items():
            of_item[ITEMS[name][0]] += views
        with sandbox.gunicorn(WORKERS, overrides=NO_MAIL + NO_QUEUE) as site:
            for kind in KINDS:
                rate = rate_of(project, kind, answers)
                limit, period = int(rate.split("/")[0]), period_of(rate)
                account = create_account(sandbox) if kind.name == "login" and by_kind["login"] else {}
                for view in by_kind[kind.name]:
                    check = Check(project, sandbox, site, kind, view, limit, account, period, headers)
                    yield from self._check(check, alone=len(of_item[ITEMS[kind.name][0]]) == 1)

    def _check(self, check: Check, *, alone: bool) -> Iterator[Evidence]:
        """Send limit + 1 requests, then one by another client, and some with forged headers.

        A view that the project does not use is left out, unless it is *alone*.
        """
        attempt, kind = check.exceed(), check.kind
        statuses, limit = attempt.statuses, check.limit
        project, results = check.project, examine(check, attempt)
        holds, showed = all(good for good, _ in results), "; ".join(filter(None, (text for _, text in results)))
        failure = {
            "expected": f"429 after {limit}, for this client only",
            "where": place_of_limit(project, check.view.url),
        }
        if kind.name == "order" and set(statuses) <= {401, 403} and check.login_refused:
            return  # no user can log in, because of the limit of the login, so the limit of orders can't be checked
        if set(statuses) == {404} and (reason := fails_by_host(check)):
            for item in ITEMS[kind.name]:
                yield waiting(item, f"{limit + 1} requests", f"{showed}; {reason}")
        elif holds and (fault := check.fault(attempt)):  # the limit works, the view does not
            if check.is_unused(fault) and not alone:
                return
            for item in ITEMS[kind.name]:
                yield waiting(item, f"{limit + 1} requests", f"{showed}; {fault}")
        elif kind.name == "order":
            yield shown("7.5", holds, "request", f"{limit + 1} orders by one user", showed, **failure)
            yield shown("7.6", statuses[-1] == 429, "request", "the last of them", str(statuses[-1]), **failure)
        elif kind.name == "signup":
            yield shown("7.3", holds, "request", f"{limit + 1} sign-ups by one client", showed, **failure)
        elif kind.name == "mail":
            yield shown("7.4", holds, "request", f"{limit + 1} mails to one address", showed, **failure)
        else:
            ran = f"{limit + 1} {kind.title} by one client on {WORKERS} workers"
            yield shown("7.2", holds, "request", ran, showed, **failure)
            yield shown("7.4", statuses[-1] == 429, "request", "the last of them", str(statuses[-1]), **failure)
            yield from self._check_burst(check, attempt, failure["where"])

    def _check_burst(self, check: Check, attempt: Attempt, where: str) -> Iterator[Evidence]:
        statuses, limit = attempt.statuses, check.limit
        showed = f"{check.shown}: {summarize_statuses(statuses)}"
        if check.kind.name == "login":
            # A URL with a parameter may name an object that does not exist.
            exists = ("<" in check.view.url.route or not {404, 405} & set(statuses)) and len(statuses) > limit
            yield shown("7.7", exists, "request", f"{limit + 1} rapid logins", showed, where=where)
        burst, passed = check.burst()
        holds = attempt.in_order and passed <= limit and burst.count(429) > 0
        ran = f"{BURST} parallel {check.kind.title} on {WORKERS} workers"
        showed = summarize_statuses(burst)
        if not attempt.in_order:
            showed = f"{check.limit + 1} in a row: {summarize_statuses(attempt.statuses)}; in parallel: {showed}"
        expected = f"429 from number {limit + 1} on, in a row and in parallel"
        yield shown("7.8", holds, "request", ran, showed, expected=expected, where=where)


class _Limits:
    """The limits that a plan adds: *rows* for the middleware, and *mutations*; with remarks.

    *removed* are the decorators that are removed from each file. *searched* are views whose old decorators are removed,
    and *decorated* those with a new one.
    """

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.mutations: dict[str, str] = {}
        self.removed: dict[Path, list[str]] = {}
        self.searched: set[str] = set()
        self.decorated: set[str] = set()
        self.remarks: list[str] = []


def _quoted(text: str) -> str:
    """Return *text* as a Python literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


STEP = RateLimiting
