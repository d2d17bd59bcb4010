"""Task 5, Add Health Check: /health/ with the database probed, reachable the way the platform asks.

Railway asks over plain HTTP with the host name healthcheck.railway.app. Source: Railway's documentation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steps import modules, settings_block
from wizard.answers import Answers
from wizard.edit.draft import Draft
from wizard.edit.source import Source, assignments
from wizard.evidence import Evidence, shown
from wizard.plan import Assist, Finding, Plan
from wizard.project import HEALTH_HOST, Project
from wizard.step import Step
from wizard.targets.local import LocalTarget


class HealthCheck(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = [url for url in project.urls if "health" in url.route]
        return [Finding(f"{url.route} is {url.view}") for url in found] or [Finding("no health address yet")]

    def plan(self, project: Project, answers: Answers) -> Plan:
        draft, assists = Draft(), []
        if not any(url.path == "/health/" for url in project.urls):
            assists += self._route(project, draft)
        self._let_in(project, draft)
        return Plan.of(*draft.actions(), *assists)

    def _route(self, project: Project, draft: Draft) -> list[Assist]:
        urls = project.urls_file
        lists = assignments(draft.source(urls, "the route").tree, "urlpatterns") if urls else []
        first = next((part for part in _parts(lists[0].value) if isinstance(part, ast.List)), None) if lists else None
        if urls is None or first is None:
            snippet = 'from django.urls import path\n\nurlpatterns.insert(0, path("health/", health_check))\n'
            return [Assist("5.2", "in the root urls.py", snippet, "its urlpatterns are computed")]
        draft.put(
            urls.parent / "health.py", modules.text(project, "health.py").encode(), "the view, with the database probed"
        )
        source = draft.source(urls)
        self._insert(source, first)
        source.add_import("from django.urls import path")
        package = str(project.value("ROOT_URLCONF")).rpartition(".")[0]
        module = "health" if not package else f"{package}.health"
        source.add_import(f"from {module} import health_check")
        return []

    def _insert(self, source: Source, patterns: ast.List) -> None:
        entry = 'path("health/", health_check),'
        start = source.span(patterns)[0] + 1
        if patterns.elts and patterns.elts[0].lineno > patterns.lineno:
            indent = source.text[source.line_start(patterns.elts[0].lineno) : source.span(patterns.elts[0])[0]]
            source.splice(start, start, f"\n{indent}{entry}" if not indent.strip() else f" {entry} ")
        else:
            source.splice(start, start, entry + " " if patterns.elts else entry.rstrip(","))

    def _let_in(self, project: Project, draft: Draft) -> None:
        allowed = project.value("ALLOWED_HOSTS") or []
        exempt = project.value("SECURE_REDIRECT_EXEMPT") or []
        lines = []
        if HEALTH_HOST not in allowed and "*" not in allowed and ".railway.app" not in allowed:
            lines.append(settings_block.more(project, "ALLOWED_HOSTS", f'"{HEALTH_HOST}"'))
        if not any("health" in str(each) for each in exempt):
            lines.append(settings_block.more(project, "SECURE_REDIRECT_EXEMPT", 'r"^health/$"'))
        if lines:
            title = "The platform's own health check asks over plain HTTP, by a name of its own."
            settings_block.append(project, draft, title, lines, "let the health check in", only_production=True)

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        routed = [url.view for url in project.urls if url.path == "/health/"]
        yield shown(
            "5.2", bool(routed), "settings", "the URL configuration", f"/health/ → {routed[0] if routed else 'nothing'}"
        )
        with target.running() as site:
            up = site.get("/health/", https=False, host=HEALTH_HOST)
        with target.running(target.database_down(), database=False) as site:
            down = site.get("/health/", https=False, host=HEALTH_HOST)
        told = f"{up.status_code} {up.text[:60]}"
        yield shown("5.3", up.status_code == 200, "request", f"GET http://{HEALTH_HOST}/health/", told)
        healthy = up.status_code == 200 and up.headers.get("content-type", "").startswith("application/json")
        right = healthy and up.json() == {"status": "healthy"} and down.status_code == 503
        quiet = not any(word in down.text.lower() for word in ("unable", "error", "sqlite", "traceback"))
        yield shown(
            "5.4",
            right and quiet,
            "request",
            "/health/ with the database up and down",
            f"{told}; {down.status_code} {down.text[:60]}",
        )
        yield shown("5.1", down.status_code == 503, "request", "/health/ without a database", f"{down.status_code}")


def _parts(node: ast.expr | None) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [*_parts(node.left), *_parts(node.right)]
    return [node] if node else []


STEP = HealthCheck
