"""Task 2, Fix DEBUG: from the environment, False unless it says so, and error pages of the site's own.

A site with DEBUG on shows settings and source to anyone who finds an error. Source: Django's deployment checklist.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steps.environment import ignore, keep_development_working
from wizard import envlib, files
from wizard.answers import Answers
from wizard.edit import dotenv
from wizard.edit.draft import Draft
from wizard.evidence import Evidence, shown
from wizard.interpreter import Answer
from wizard.plan import Finding, Plan
from wizard.project import Project
from wizard.step import Step
from wizard.targets.local import LocalTarget

PAGES = Path(__file__).parent / "files"
ANY_HOST = 'ALLOWED_HOSTS = ["*"]\n'


class FixDebug(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = project.settings.definition("DEBUG")
        if found is None:
            return [Finding("DEBUG is not set at the top level of the settings", project.settings.main)]
        return [Finding(f"DEBUG = {found.source.segment(found.value)}", found.path, found.line)]

    def plan(self, project: Project, answers: Answers) -> Plan:
        draft = Draft()
        if not off_by_default(project):
            self._edit_debug(project, draft)
        production, name = project.production_env, variable(project)
        if name not in project.env_values(production):
            ignore(project, draft, production, production.name)
            content = dotenv.with_value(draft.content(production), name, "False")
            draft.put(production, content, f"{name} is off in production", secret=True)
        for code in ("404", "500"):
            if not any((folder / f"{code}.html").is_file() for folder in project.template_folders()):
                draft.put(
                    page_folder(project) / f"{code}.html", (PAGES / f"{code}.html").read_bytes(), "visitors see it"
                )
        return Plan.of(*draft.actions())

    def _edit_debug(self, project: Project, draft: Draft) -> None:
        library, found = project.settings.environment, project.settings.definition("DEBUG")
        why = "DEBUG from the environment, off by default"
        if found is None:
            draft.source(project.settings.main, why).append(f"\nDEBUG = {library.boolean('DEBUG')}\n")
            target = project.settings.main
        else:
            draft.source(found.path, why).replace(found.value, library.boolean(variable(project)))
            target = found.path
        if library.needs_import:
            draft.source(target).add_import(library.needs_import)
        keep_development_working(project, draft, {variable(project): "True"})

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        cases = debug_cases(project)
        told = ", ".join(f"{case} → {value}" for case, value in cases.items())
        holds = not any(value is not False for case, value in cases.items() if case != "True")
        yield shown("2.1", holds, "settings", f"settings.DEBUG with {variable(project)} unset, False, 0 and True", told)
        with target.running(ANY_HOST + "DEBUG = False\n" + target.raising()) as site:
            missing, raised = site.get("/no-such-page-golive/"), site.get("/golive-raises/")
        alive = missing.status_code in {404, 401, 403, 301, 302} and raised.status_code == 500
        yield shown(
            "2.2",
            alive,
            "request",
            "the site with DEBUG=False",
            f"a missing page {missing.status_code}, a raising view {raised.status_code}",
        )
        for item, code, answer in (("2.3", 404, missing), ("2.4", 500, raised)):
            own = answer.status_code == code and "<html" in answer.text.lower() and len(answer.text) > 200
            showed = f"{answer.status_code}, {len(answer.content)} bytes, without debug details"
            leaks = "Traceback" in answer.text or "Using the URLconf" in answer.text
            yield shown(item, own and not leaks, "request", f"the {code} page with DEBUG=False", showed)


def variable(project: Project) -> str:
    """The variable DEBUG is read from; DEBUG where there is none yet."""
    found = project.settings.definition("DEBUG")
    return next((name for name, _, _ in envlib.reads(found.value)), "DEBUG") if found else "DEBUG"


def debug_cases(project: Project) -> dict[str, object]:
    """settings.DEBUG by what the variable says, asked of the project's interpreter."""
    project.look()
    name, cases = variable(project), ("unset", "False", "0", "True")
    requests = []
    for case in cases:
        environment = project.production_environment(**({} if case == "unset" else {name: case}))
        if case == "unset":
            environment.pop(name, None)
        requests.append(project.request("look", environment=environment, only="settings"))
    answers: list[Answer] = project.interpreter.ask_all(requests)
    return {
        case: answer["error"]["type"] if "error" in answer else answer["settings"]["DEBUG"]
        for case, answer in zip(cases, answers, strict=True)
    }


def off_by_default(project: Project) -> bool:
    cases = debug_cases(project)
    return cases["unset"] is False and cases["False"] is False and cases["0"] is False


def page_folder(project: Project) -> Path:
    """The first folder of the project where templates are looked up; templates/ beside manage.py otherwise."""
    inside = [folder for folder in project.template_folders() if files.inside(folder, project.top)]
    return inside[0] if inside else project.root / "templates"


STEP = FixDebug
