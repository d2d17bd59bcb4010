"""Task 5, Add Health Check: /health/ checks the database and accepts the platform's requests.

Railway sends its health check over plain HTTP with its own host name. Source: Railway, Healthchecks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx

from steps.shared import added_modules, settings_block
from steps.shared.health_answer import cached_for, find_leak, is_healthy
from steps.shared.url_patterns import insert_route
from steps.shared.view_functions import place_of
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Action, Assist, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.hosts import is_accepted
from wizard.project.project import Project
from wizard.project.urls import Url
from wizard.step import Step
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import DATABASE_HEADER, VIEW_HEADER, unreachable_database_settings

NAMES = re.compile(r"^/(?:api/)?(?:v\d+/)?_?(?:health|healthz|health[-_]?check|livez|readyz|ping|status|ht|up)/?$")
"""Paths that existing health checks often have."""
HARMLESS = re.compile(
    r"^(django\.|whitenoise\.|corsheaders\.|debug_toolbar\.|csp\.|django_permissions_policy\.)"
    r"|\.(RateLimit|GraphQLLimit)Middleware$|\.report_missing_pages$"
)
"""Middleware that lets the platform's request for /health/ through."""
BLOCKING = {301: "SECURE_REDIRECT_EXEMPT", 400: "ALLOWED_HOSTS"}
"""Settings by the status of the answers that they cause."""
UNPLUGGED = {DATABASE_HEADER: "down"}
REACHED = {200, 503}
"""The statuses of the health check itself."""


class HealthCheck(Step):
    def inspect(self, project: Project) -> list[Finding]:
        findings = [Finding(f"{url.shown} is {url.view}") for url in project.urls if NAMES.match(url.path)]
        return findings or [Finding("the project has no health check")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, assists, remarks = Draft(), list[Action](), list[str]()
        if not any(url.path == "/health/" for url in project.urls):
            assists, remarks = self._route(project, draft)
        elif self._is_blocked(project):
            self._answer_first(project, draft)
        self._allow_host(project, draft)
        return Plan.of(*draft.actions(), *assists, remarks=tuple(remarks))

    def _route(self, project: Project, draft: Draft) -> tuple[list[Action], list[str]]:
        """Route /health/ to the project's own check if that checks the database, otherwise to a new view.

        Returns the actions left to the user, and remarks about the existing checks.
        """
        urls = project.urls_file
        if urls is None:
            snippet = 'from django.urls import path\n\nurlpatterns.insert(0, path("health/", health_check))\n'
            why = "the root URL configuration is outside of the project"
            return [Assist("5.2", "in the root urls.py", snippet, why)], []
        source, remarks = draft.source(urls, "add the /health/ route"), []
        path, module = added_modules.locate(project, "health.py")
        view = "health_check"
        for url in (url for url in project.urls if NAMES.match(url.path)):
            status = _status_without_database(project, url.path, project.host, secure=True)
            if status < 500:
                remarks.append(f"{url.shown} {_described(status)}. It stays, and /health/ checks the database.")
            elif url.kind in {"function", "class"} and url.bare and "<locals>" not in url.view:
                module, _, name = url.view.rpartition(".")
                view = f"{name}.as_view()" if url.kind == "class" else name
                remarks = [f"{url.shown} checks the database, so /health/ uses the same view."]
                break
            else:
                remarks.append(
                    f"{url.shown} stays. Its view is created in the URL configuration, so /health/ gets its own view."
                )
        if view == "health_check":
            text = added_modules.render(project, "health.py")
            draft.put(path, text.encode(), "a view that checks the database")
        name = view.removesuffix(".as_view()")
        # The file may use the name for something else, such as the package django-health-check.
        alias = f" as database_{name}" if name in source.bound and name == "health_check" else ""
        insert_route(source, f'path("health/", {"database_" if alias else ""}{view})')
        source.add_import("from django.urls import path")
        source.add_import(f"from {module} import {name}{alias}")
        return [], remarks

    def _is_blocked(self, project: Project) -> bool:
        """Whether a middleware keeps the platform's request from reaching the view."""
        chain = [str(name) for name in project.value("MIDDLEWARE") or []]
        if all(HARMLESS.search(name) for name in chain) or any(name.endswith("HealthCheckFirst") for name in chain):
            return False
        return _status_without_database(project, "/health/", project.platform.health_host, secure=False) not in REACHED

    def _answer_first(self, project: Project, draft: Draft) -> None:
        """Add a middleware that answers /health/ before all others."""
        path, module = added_modules.locate(project, "health.py")
        present = draft.content(path).decode() or added_modules.render(project, "health.py")
        if not re.search(r"^class HealthCheckFirst\b", present, re.MULTILINE):
            present = present.rstrip("\n") + "\n\n\n" + added_modules.render(project, "health_first.py")
        draft.put(path, present.encode(), "a middleware that answers /health/ before all others")
        name = f"{module}.HealthCheckFirst"
        before = settings_block.previous_value(project, "MIDDLEWARE", "[]") or "[]"
        lines = [f'MIDDLEWARE = ["{name}", *{before}]']
        title = "The platform's health check cannot log in, so it is answered first."
        settings_block.append(project, draft, title, lines, "answer the health check first", only_production=False)

    def _allow_host(self, project: Project, draft: Draft) -> None:
        """Allow the platform's host name, and plain HTTP for /health/."""
        allowed = project.value("ALLOWED_HOSTS") or []
        exempt = project.value("SECURE_REDIRECT_EXEMPT") or []
        lines = []
        platform = project.platform
        if not is_accepted(platform.health_host, allowed):
            lines.append(settings_block.append_to_list(project, "ALLOWED_HOSTS", f'"{platform.health_host}"'))
        if not any("health" in str(pattern) for pattern in exempt):
            lines.append(settings_block.append_to_list(project, "SECURE_REDIRECT_EXEMPT", 'r"^health/$"'))
        if lines:
            title = "The platform's health check uses plain HTTP and its own host name."
            why = "allow the platform's health check"
            settings_block.append(project, draft, title, lines, why, only_production=True)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        routed = [url for url in project.urls if url.path == "/health/"]
        ours = f"{added_modules.locate(project, 'health.py')[1]}.health_check"
        host = project.platform.health_host
        with sandbox.running(sandbox.error_page_settings()) as site:
            plain = site.get("/health/", https=False, host=host)
            # A check that only the platform can't reach is still a check.
            how = {"https": False, "host": host} if plain.status_code == 200 else {}
            up = plain if how else site.get("/health/")
            down = site.get("/health/", headers=UNPLUGGED, **how)
        yield self._route_evidence(project, routed, ours, plain)
        answer = f"{plain.status_code} {_why_blocked(project, plain) or excerpt(plain.text, 60)}".strip()
        where = project.origin(BLOCKING[plain.status_code]) if plain.status_code in BLOCKING else ""
        yield shown("5.3", plain.status_code == 200, "request", f"GET http://{host}/health/", answer, where=where)
        place = place_of(project, routed[0]) if routed else ""
        answer = f"{up.status_code} {excerpt(up.text, 60)}; {down.status_code} {excerpt(down.text, 60)}"
        is_ours = bool(routed) and routed[0].view == ours
        right = is_healthy(up) and (down.status_code == 503 if is_ours else down.status_code >= 500)
        leak = find_leak(project, up, down) or ("an error" if is_ours and "error" in down.text.lower() else "")
        found = f", with details: {leak}" if leak else f", {cached}" if (cached := cached_for(up)) else ""
        ran = "/health/ with the database up and down"
        expected = "200 that says healthy, then 503 without details, never from a cache"
        holds = right and not found
        yield shown("5.4", holds, "request", ran, answer + found, expected=expected, where=place)
        showed = f"{down.status_code}" + (" while the database is down" if down.status_code < 500 else "")
        expected = "an error while the database is down"
        checks = down.status_code >= 500
        yield shown("5.1", checks, "request", "/health/ without a database", showed, expected=expected, where=place)

    def _route_evidence(self, project: Project, routed: list[Url], ours: str, response: httpx.Response) -> Evidence:
        """Evidence that /health/ leads to its check, and that no other pattern answers before it."""
        showed, ran = f"/health/ → {routed[0].view if routed else 'no view'}", "the URL configuration"
        views = [url.view for url in routed]
        answered = response.headers.get(VIEW_HEADER, "").rpartition(".")[2]
        others = [url for url in project.urls if url.function == answered and url.view not in views]
        known = {url.function for url in routed}
        if routed and answered and answered not in known and others:
            showed = f"/health/ → {others[0].view}, which comes before {views[0]}"
            return shown("5.2", False, "settings", ran, showed, where=place_of(project, others[0]))
        if views[1:] and ours in views[1:] and views[0] != ours:
            showed += f", which comes before {ours}"
            return shown("5.2", False, "settings", ran, showed, where=place_of(project, routed[0]))
        return shown("5.2", bool(routed), "settings", ran, showed)


def _why_blocked(project: Project, response: httpx.Response) -> str:
    """The setting that keeps the platform's request from the view; empty if it reached a view."""
    if response.status_code == 400 and not is_accepted(
        project.platform.health_host, project.value("ALLOWED_HOSTS") or []
    ):
        return f"ALLOWED_HOSTS does not contain {project.platform.health_host}"
    target = response.headers.get("location", "")
    if target.startswith("https://"):
        return f"redirected to {target}: SECURE_REDIRECT_EXEMPT does not match health/"
    return f"redirected to {target}" if target else ""


def _described(status: int) -> str:
    """What a view did while the database was unreachable. Status 0: it could not be requested here."""
    if not status:
        return "can't be requested without a running site"
    return f"responds with {status} even without a database"


def _status_without_database(project: Project, path: str, host: str, *, secure: bool) -> int:
    """Return the status of a GET request for *path* while the database is unreachable."""
    request = project.request(
        "get", overrides=unreachable_database_settings(project), path=path, host=host, secure=secure
    )
    return int(project.interpreter.ask_all([request])[0].get("status", 0))


STEP = HealthCheck
