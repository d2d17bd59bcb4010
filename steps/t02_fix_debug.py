"""Task 2, Fix DEBUG: read DEBUG from the environment, off by default, and add the site's own error pages.

A site with DEBUG on shows its settings and source code on every error. Source: Django's deployment checklist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from steps.shared import debug_values, production_choice, settings_block
from steps.shared.env_files import add_to_gitignore, install_env_loader, is_ignored, keep_development_working
from steps.shared.error_handlers import correct_statuses
from steps.shared.error_pages import find_fault, has_template, is_from_handler, is_frontend
from steps.shared.page_details import DEBUG_PAGE, probe
from steps.shared.problem import Problem
from steps.shared.setting_variables import debug_variable
from steps.shared.view_functions import place_of
from wizard.base import files
from wizard.base.log_errors import raised_in
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown
from wizard.editing import dotenv
from wizard.plan.actions import Finding, InstallPackages, Plan
from wizard.plan.draft import Draft
from wizard.project import setting_values
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.project.start_variables import MODULE
from wizard.step import Step
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import DELIBERATE, VIEW_HEADER

PAGES = Path(__file__).parent / "templates"
PAGES_WITH_ERRORS = ("/no-such-page-golive/", "/golive-missing/", "/golive-raises/", "/golive-view-raises/")
"""The requests that lead to error pages; `sandbox.error_page_settings` has the last three."""
NOT_FOUND = re.compile(r"[\w.]*\b(Resolver404|Http404)\b")
ANY_HOST = 'ALLOWED_HOSTS = ["*"]\n'


class FixDebug(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = project.settings.definition("DEBUG")
        if found is None:
            return [Finding("DEBUG is not set at the top level of the settings", project.settings.main)]
        return [Finding(f"DEBUG = {found.source.segment(found.value)}", found.path, found.line)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft = Draft()
        variables = {}
        edited = not (_is_off(debug_cases(project, estimate=True)) and _is_off(debug_cases(project)))
        if edited:
            self._edit_debug(project, draft, debug_values.accepted(project))
        if edited or project.settings.variables("DEBUG"):
            variables[debug_variable(project)] = "False"
        variables |= {**production_choice.module_variable(project), **project.settings.switches}
        production = project.production_env
        present = project.env_values(production)
        for name in sorted(name for name in variables if name not in present or name == MODULE):
            add_to_gitignore(project, draft, production, production.name)
            content = dotenv.with_value(draft.content(production), name, variables[name])
            draft.put(production, content, f"set {name} to {variables[name]}", secret=True)
        handled = project.inspect_settings()["handlers"]
        missing = [code for code in (404, 500) if code not in handled and not has_template(project, code)]
        folders = _template_folders(project) if missing else []  # runs git
        if missing and not folders:
            _add_template_folder(project, draft)
        for code in missing:
            folder = folders[0] if folders else project.root / "templates"
            draft.put(folder / f"{code}.html", (PAGES / f"{code}.html").read_bytes(), "the page that visitors see")
        production_choice.let_variable_decide(project, draft)
        production_choice.correct_start(project, draft)
        assists = correct_statuses(project, draft)
        absent = InstallPackages(tuple(project.absent), "required by the project's dependency file")
        return Plan.of(
            absent if absent.packages else None,
            *(install_env_loader(project) if edited else []),
            *draft.actions(),
            *assists,
        )

    def _edit_debug(self, project: Project, draft: Draft, accepted: tuple[str, ...]) -> None:
        on = {debug_variable(project): debug_values.for_development(accepted)}
        library, found = project.settings.environment, project.settings.definition("DEBUG")
        why = "read DEBUG from the environment, off by default"
        field = project.settings.fields.get(debug_variable(project))
        if field and field[1].value:
            draft.source(field[0].path, why).replace(field[1].value, "False")
            keep_development_working(project, draft, {debug_variable(project): "True"}, {field[0].path})
            return
        if found is None or setting_values.is_overridden(project, "DEBUG", found):
            source = draft.source(project.settings.main, why)
            source.append(f"\nDEBUG = {library.boolean(debug_variable(project), accepted=accepted)}\n")
        else:
            source = draft.source(found.path, why)
            library = project.settings.reader(found.source, found.value)
            source.replace(found.value, library.boolean(debug_variable(project), accepted=accepted))
        if library.needs_import:
            source.add_import(library.needs_import)
        if not debug_values.set_by_development(project, source.path):
            keep_development_working(project, draft, on, {source.path})

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        cases = debug_cases(project)
        showed = ", ".join(f"{case} → {value}" for case, value in cases.items())
        ran = f"settings.DEBUG with {debug_variable(project)} unset, False, 0 and True"
        yield shown("2.1", _is_off(cases), "settings", ran, showed + project.set_by("DEBUG"))
        with sandbox.running(ANY_HOST + "DEBUG = False\n" + sandbox.error_page_settings()) as site:
            pages = {path: site.get(path, headers=probe()) for path in PAGES_WITH_ERRORS}
        by_missing, by_error = _raised(sandbox.new_log_text())
        yield from self._served(project, pages)
        yield self._error_page(project, "2.3", 404, *self._not_found(project, pages, by_missing))
        yield self._error_page(project, "2.4", 500, *self._error(project, pages, by_error))

    def _served(self, project: Project, pages: Mapping[str, httpx.Response]) -> Iterator[Evidence]:
        """Check the settings that a server would load, and that *pages* are not Django's debug pages."""
        for problem in production_choice.problems(project):
            ran = "the settings that the server and manage.py load"
            yield shown("2.2", False, "settings", ran, problem.found, where=problem.place)
        missing, _, error, in_view = (pages[path] for path in PAGES_WITH_ERRORS)
        debug = any(DEBUG_PAGE.search(page.text) for page in (missing, error))
        runs = missing.status_code < 500 or VIEW_HEADER in in_view.headers
        showed = f"a missing page {missing.status_code}, an error {error.status_code}"
        showed += ", with Django's debug page" if debug else "" if runs else ", and no view is reached"
        yield shown("2.2", runs and not debug, "request", "the site with DEBUG=False", showed)

    def _not_found(
        self, project: Project, pages: Mapping[str, httpx.Response], raised: list[str]
    ) -> tuple[httpx.Response, Problem | None]:
        """The response to a missing page, and what is wrong with it.

        A middleware may ask for a login first, and a frontend in the browser may show the page itself. Then the page
        of an Http404 counts.
        """
        missing, view = pages["/no-such-page-golive/"], pages["/no-such-page-golive/"].headers.get(VIEW_HEADER, "")
        status = missing.status_code
        if status == 404 or status >= 500:
            return missing, find_fault(project, 404, missing, raised)
        if status < 400 and view and not is_frontend(missing):
            target = f", a redirect to {missing.headers.get('location', '')}" if missing.is_redirect else ""
            found = f"a URL pattern matches every address: {view} answers {status}{target}"
            return missing, Problem(found, where=_place_of(project, view))
        page = pages["/golive-missing/"]
        return page, find_fault(project, 404, page, raised)

    def _error(
        self, project: Project, pages: Mapping[str, httpx.Response], raised: list[str]
    ) -> tuple[httpx.Response, Problem | None]:
        """The response to an error, and what is wrong with it. A middleware of the project may handle it first."""
        error, in_view = pages["/golive-raises/"], pages["/golive-view-raises/"]
        if fault := find_fault(project, 500, error, raised):
            return error, fault
        if in_view.status_code == 500:
            return in_view, find_fault(project, 500, in_view, raised)
        if in_view.headers.get(VIEW_HEADER):
            return in_view, Problem(f"an error in a view is answered with status {in_view.status_code}")
        return error, None

    def _error_page(
        self, project: Project, item: str, code: int, response: httpx.Response, fault: Problem | None
    ) -> Evidence:
        """Evidence for the page of *code*."""
        size = f"{response.status_code}, {len(response.content)} bytes"
        ran = f"the {code} page with DEBUG=False"
        if fault:
            expected = f"the project's own page with status {code}"
            return shown(item, False, "request", ran, f"{fault.found} ({size})", expected=expected, where=fault.where)
        handler = f", from the project's handler{code}" if is_from_handler(project, code, response) else ""
        return shown(item, True, "request", ran, f"{size}{handler}, without debug details")


def debug_cases(project: Project, *, estimate: bool = False) -> dict[str, object]:
    """Return settings.DEBUG for each value of its variable, or the type of the error that loading raised.

    With *estimate* only the expression of DEBUG is evaluated, where that is possible.
    """
    project.inspect_settings()
    name, tried = debug_variable(project), (None, "False", "0", "True")
    if estimate:
        answers = setting_values.estimated(project, "DEBUG", name, tried)
    else:
        answers = setting_values.loaded(project, name, tried)
    return {
        value or "unset": error.type if (error := AgentError.of(answer)) else answer["settings"]["DEBUG"]
        for value, answer in zip(tried, answers, strict=True)
    }


def _is_off(cases: dict[str, object]) -> bool:
    """Whether DEBUG is off unless its variable is True."""
    return all(value is False for case, value in cases.items() if case != "True")


def _raised(log: str) -> tuple[list[str], list[str]]:
    """The errors that the 404 page raised, and those of the 500 page. The error on purpose is between them."""
    before, after = list[str](), list[str]()
    found = before
    for line in raised_in(log.splitlines()):
        if DELIBERATE in line:
            found = after
        elif not NOT_FOUND.match(line):
            found.append(line)
    return before, after


def _place_of(project: Project, view: str) -> str:
    """The file and line of *view*, a dotted name; empty if it is not in the project."""
    url = next((url for url in project.urls if url.view == view), None)
    return place_of(project, url) if url else ""


def _template_folders(project: Project) -> list[Path]:
    """Return the project's template folders that are deployed, so none that git ignores, such as build output."""
    own = (folder for folder in project.template_folders() if files.inside(folder, project.top))
    return [folder for folder in own if not is_ignored(project, folder / "404.html")]


def _add_template_folder(project: Project, draft: Draft) -> None:
    """Add templates/ next to manage.py to the folders where Django looks for templates."""
    folder = f'{settings_block.root_expression(project, draft)} / "templates"'
    if not project.value("TEMPLATES"):
        engine = (
            f'{{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [{folder}], "APP_DIRS": True}}'
        )
        lines = [f"TEMPLATES = [{engine}]"]
    else:
        lines = [f'TEMPLATES[0]["DIRS"] = [*TEMPLATES[0].get("DIRS", []), {folder}]']
    title = "The folder of the 404 and 500 pages."
    settings_block.append(project, draft, title, lines, "add a template folder", only_production=False)


STEP = FixDebug
