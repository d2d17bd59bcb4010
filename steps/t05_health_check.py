"""Task 5, Add Health Check: /health/ with the database probed, reachable the way the platform asks.

Railway asks over plain HTTP with the host name healthcheck.railway.app. Source: Railway's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx

from steps.shared import added_modules, settings_block
from steps.shared.url_patterns import insert_route
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Action, Assist, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox, database_nowhere

NAMES = re.compile(r"^/(?:api/)?(?:v\d+/)?_?(?:health|healthz|health[-_]?check|livez|readyz|ping|status|ht|up)/?$")
"""Addresses a project may have for this already."""
HARMLESS = re.compile(r"^(django\.|whitenoise\.|corsheaders\.|debug_toolbar\.)|\.(RateLimit|GraphQLLimit)Middleware$")
"""Middleware that turns nobody away who asks for /health/ by the platform's name."""
REACHED = {200, 503}


class HealthCheck(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = [url for url in project.urls if NAMES.match(url.path)]
        return [Finding(f"{url.shown} is {url.view}") for url in found] or [Finding("no health address yet")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, more, remarks = Draft(), list[Action](), list[str]()
        if not any(url.path == "/health/" for url in project.urls):
            more, remarks = self._route(project, draft)
        elif self._turned_away(project):
            self._answer_first(project, draft)
        self._let_in(project, draft)
        return Plan.of(*draft.actions(), *more, remarks=tuple(remarks))

    def _route(self, project: Project, draft: Draft) -> tuple[list[Action], list[str]]:
        """/health/ leads to the check the project has, if that asks the database; to one of ours otherwise."""
        urls = project.urls_file
        if urls is None:
            snippet = 'from django.urls import path\n\nurlpatterns.insert(0, path("health/", health_check))\n'
            return [Assist("5.2", "in the root urls.py", snippet, "it is not a file of the project")], []
        source, remarks = draft.source(urls, "the route"), []
        path, module = added_modules.locate(project, "health.py")
        view = "health_check"
        for url in (url for url in project.urls if NAMES.match(url.path)):
            status = _asked(project, url.path, project.host, secure=True)
            if status < 500:
                remarks.append(
                    f"{url.shown} answers {status} without a database too: it stays, /health/ asks the database."
                )
            elif url.kind in {"function", "class"} and url.bare and "<locals>" not in url.view:
                module, _, name = url.view.rpartition(".")
                view = f"{name}.as_view()" if url.kind == "class" else name
                remarks = [f"{url.shown} asks the database: /health/ leads to the same view."]
                break
            else:
                remarks.append(
                    f"{url.shown} stays; its view is made in the URL configuration, so /health/ has its own."
                )
        if view == "health_check":
            text = added_modules.render(project, "health.py")
            draft.put(path, text.encode(), "the view, with the database probed")
        name = view.removesuffix(".as_view()")
        # A name the file has for something else already, as django-health-check's own.
        alias = f" as database_{name}" if name in source.bound and name == "health_check" else ""
        insert_route(source, f'path("health/", {"database_" if alias else ""}{view})')
        source.add_import("from django.urls import path")
        source.add_import(f"from {module} import {name}{alias}")
        return [], remarks

    def _turned_away(self, project: Project) -> bool:
        """Whether a middleware of the project's, or of some library, keeps the platform's question from the view."""
        chain = [str(each) for each in project.value("MIDDLEWARE") or []]
        if all(HARMLESS.search(each) for each in chain) or any(each.endswith("HealthCheckFirst") for each in chain):
            return False
        return _asked(project, "/health/", project.platform.health_host, secure=False) not in REACHED

    def _answer_first(self, project: Project, draft: Draft) -> None:
        path, module = added_modules.locate(project, "health.py")
        present = draft.content(path).decode() or added_modules.render(project, "health.py")
        text = present.rstrip("\n") + "\n\n\n" + added_modules.render(project, "health_first.py")
        draft.put(path, text.encode(), "answers before a middleware can turn the platform away")
        name = f"{module}.HealthCheckFirst"
        before = settings_block.previous_value(project, "MIDDLEWARE", "[]") or "[]"
        lines = [f'MIDDLEWARE = ["{name}", *{before}]']
        title = "The platform asks for its health check without an account."
        settings_block.append(project, draft, title, lines, "the health check comes first", only_production=False)

    def _let_in(self, project: Project, draft: Draft) -> None:
        allowed = project.value("ALLOWED_HOSTS") or []
        exempt = project.value("SECURE_REDIRECT_EXEMPT") or []
        lines = []
        platform = project.platform
        if not {platform.health_host, platform.domain_suffix, "*"} & {str(each) for each in allowed}:
            lines.append(settings_block.append_to_list(project, "ALLOWED_HOSTS", f'"{platform.health_host}"'))
        if not any("health" in str(each) for each in exempt):
            lines.append(settings_block.append_to_list(project, "SECURE_REDIRECT_EXEMPT", 'r"^health/$"'))
        if lines:
            title = "The platform's own health check asks over plain HTTP, by a name of its own."
            settings_block.append(project, draft, title, lines, "let the health check in", only_production=True)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        routed = [url.view for url in project.urls if url.path == "/health/"]
        yield shown(
            "5.2", bool(routed), "settings", "the URL configuration", f"/health/ → {routed[0] if routed else 'nothing'}"
        )
        host = project.platform.health_host
        with sandbox.running() as site:
            up = site.get("/health/", https=False, host=host)
        with sandbox.running(database_nowhere(project), database=False) as site:
            down = site.get("/health/", https=False, host=host)
        told = f"{up.status_code} {_short(up)}"
        yield shown("5.3", up.status_code == 200, "request", f"GET http://{host}/health/", told)
        ours = bool(routed) and routed[0] == f"{added_modules.locate(project, 'health.py')[1]}.health_check"
        said = "".join(up.text.split())
        healthy = up.status_code == 200 and (not ours or said == '{"status":"healthy"}')
        # A check of the project's own may say it in its own words; who asks goes by the status.
        right = healthy and (down.status_code == 503 if ours else down.status_code >= 500)
        quiet = not any(word in down.text.lower() for word in ("traceback", "sqlite", *(["error"] if ours else [])))
        yield shown(
            "5.4",
            right and quiet,
            "request",
            "/health/ with the database up and down",
            f"{told}; {down.status_code} {_short(down)}",
        )
        gone = down.status_code >= 500
        yield shown("5.1", gone, "request", "/health/ without a database", f"{down.status_code}")


def _short(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:60]


def _asked(project: Project, path: str, host: str, *, secure: bool) -> int:
    """The status a GET of *path* gets while no database can be reached."""
    request = project.request("get", overrides=database_nowhere(project), path=path, host=host, secure=secure)
    return int(project.interpreter.ask_all([request])[0].get("status", 0))


STEP = HealthCheck
