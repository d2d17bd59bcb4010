"""Task 2, Fix DEBUG: from the environment, False unless it says so, and error pages of the site's own.

A site with DEBUG on shows settings and source to anyone who finds an error. Source: Django's deployment checklist.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steps.shared import settings_block
from steps.shared.env_files import add_to_gitignore, install_env_loader, is_ignored, keep_development_working
from steps.shared.error_pages import has_template, is_from_handler, is_own_page
from steps.shared.setting_variables import debug_variable
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown
from wizard.editing import dotenv
from wizard.plan.actions import Finding, InstallPackages, Plan
from wizard.plan.draft import Draft
from wizard.project.interpreter import Answer
from wizard.project.project import Project
from wizard.project.settings import Definition
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

PAGES = Path(__file__).parent / "templates"
ANY_HOST = 'ALLOWED_HOSTS = ["*"]\n'


class FixDebug(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = project.settings.definition("DEBUG")
        if found is None:
            return [Finding("DEBUG is not set at the top level of the settings", project.settings.main)]
        return [Finding(f"DEBUG = {found.source.segment(found.value)}", found.path, found.line)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft = Draft()
        wanted = {}
        edited = not off_by_default(project)
        if edited:
            self._edit_debug(project, draft)
        if edited or project.settings.variables("DEBUG"):
            wanted[debug_variable(project)] = "False"
        if {project.served_module, project.settings_module} != {project.production_module}:
            # manage.py too: migrate and collectstatic run with what it names.
            wanted["DJANGO_SETTINGS_MODULE"] = project.production_module
        production = project.production_env
        for name in sorted(wanted.keys() - project.env_values(production).keys()):
            add_to_gitignore(project, draft, production, production.name)
            content = dotenv.with_value(draft.content(production), name, wanted[name])
            draft.put(production, content, f"{name} is {wanted[name]} in production", secret=True)
        handled = project.inspect_settings()["handlers"]
        missing = [code for code in (404, 500) if code not in handled and not has_template(project, code)]
        folders = _looked_up(project) if missing else []  # asks git
        if missing and not folders:
            _look_up(project, draft)
        for code in missing:
            folder = folders[0] if folders else project.root / "templates"
            draft.put(folder / f"{code}.html", (PAGES / f"{code}.html").read_bytes(), "visitors see it")
        absent = InstallPackages(tuple(project.absent), "production loads what the project wrote down")
        return Plan.of(
            absent if absent.packages else None, *(install_env_loader(project) if edited else []), *draft.actions()
        )

    def _edit_debug(self, project: Project, draft: Draft) -> None:
        library, found = project.settings.environment, project.settings.definition("DEBUG")
        why = "DEBUG from the environment, off by default"
        field = project.settings.fields.get(debug_variable(project))
        if field and field[1].value:
            draft.source(field[0].path, why).replace(field[1].value, "False")
            keep_development_working(project, draft, {debug_variable(project): "True"}, {field[0].path})
            return
        if found is None or self._overridden(project, found):
            source = draft.source(project.settings.main, why)
            source.append(f"\nDEBUG = {library.boolean(debug_variable(project))}\n")
        else:
            source = draft.source(found.path, why)
            library = project.settings.reader(found.source, found.value)
            source.replace(found.value, library.boolean(debug_variable(project)))
        if library.needs_import:
            source.add_import(library.needs_import)
        keep_development_working(project, draft, {debug_variable(project): "True"}, {source.path})

    def _overridden(self, project: Project, found: Definition) -> bool:
        """Whether a later line, a condition's or an import's, gives DEBUG its value: only one after it can win."""
        won = project.origin("DEBUG")
        lines = range(found.line, (found.node.end_lineno or found.line) + 1)
        return bool(won) and won not in {f"{project.display_path(found.path)}:{line}" for line in lines}

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        cases = debug_cases(project)
        told = ", ".join(f"{case} → {value}" for case, value in cases.items())
        holds = not any(value is not False for case, value in cases.items() if case != "True")
        ran = f"settings.DEBUG with {debug_variable(project)} unset, False, 0 and True"
        yield shown("2.1", holds, "settings", ran, told + project.set_by("DEBUG"))
        with sandbox.running(ANY_HOST + "DEBUG = False\n" + sandbox.error_page_settings()) as site:
            missing, raised = site.get("/no-such-page-golive/"), site.get("/golive-raises/")
            not_found = missing if missing.status_code == 404 else site.get("/golive-missing/")
        given = project.env_values(project.production_env).get("DJANGO_SETTINGS_MODULE")
        others = {"wsgi.py": project.served_module, "manage.py": project.settings_module}
        wrong = [
            f"{file} names {module or 'none'}" for file, module in others.items() if module != project.production_module
        ]
        if wrong and given != project.production_module:
            told = f"{' and '.join(wrong)}, and nothing sets DJANGO_SETTINGS_MODULE={project.production_module}"
            yield shown("2.2", False, "settings", "the settings a server would load", told)
        # 200: a single-page frontend is given out at every address, and shows itself what is missing.
        alive = missing.status_code in {200, 404, 401, 403, 301, 302} and raised.status_code == 500
        yield shown(
            "2.2",
            alive,
            "request",
            "the site with DEBUG=False",
            f"a missing page {missing.status_code}, an error {raised.status_code}",
        )
        for item, code, answer in (("2.3", 404, not_found), ("2.4", 500, raised)):
            handled = is_from_handler(project, code, answer)
            own = is_own_page(project, code, answer)
            leaks = "Traceback" in answer.text or "Using the URLconf" in answer.text
            told = "with debug details" if leaks else "without debug details"
            by = f", by handler{code} of the project" if handled else ""
            showed = f"{answer.status_code}, {len(answer.content)} bytes{by}, {told}"
            yield shown(
                item,
                answer.status_code == code and own and not leaks,
                "request",
                f"the {code} page with DEBUG=False",
                showed,
            )


def debug_cases(project: Project) -> dict[str, object]:
    """settings.DEBUG by what the variable says, asked of the project's interpreter."""
    project.inspect_settings()
    name, cases = debug_variable(project), ("unset", "False", "0", "True")
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


def _looked_up(project: Project) -> list[Path]:
    """Folders of the project where templates are looked up, and get there: what is built elsewhere is not in git."""
    own = (folder for folder in project.template_folders() if files.inside(folder, project.top))
    return [folder for folder in own if not is_ignored(project, folder / "404.html")]


def _look_up(project: Project, draft: Draft) -> None:
    """See that templates are looked up in templates/ beside manage.py."""
    folder = f'{settings_block.root_expression(project, draft)} / "templates"'
    if not project.value("TEMPLATES"):
        engine = (
            f'{{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [{folder}], "APP_DIRS": True}}'
        )
        lines = [f"TEMPLATES = [{engine}]"]
    else:
        lines = [f'TEMPLATES[0]["DIRS"] = [*TEMPLATES[0].get("DIRS", []), {folder}]']
    title = "Pages for visitors when something is missing or breaks."
    settings_block.append(project, draft, title, lines, "templates are looked up", only_production=False)


STEP = FixDebug
