"""Task 9, Configure WhiteNoise: the middleware in its place, the storage, STATIC_ROOT, and files collected.

Django 5.1 ignores STATICFILES_STORAGE without a word and 4.2 refuses it beside STORAGES, so one of them is written,
by version, with both keys. Where the templates name files that don't exist, the storage without a manifest is
chosen: the strict one would answer 500 on those pages. Source: WhiteNoise's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from steps.shared import middleware, settings_block
from steps.shared.env_files import add_to_gitignore
from steps.shared.middleware import SECURITY
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Action, Finding, Plan, RunCommand
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox, static_root_at

MIDDLEWARE = "whitenoise.middleware.WhiteNoiseMiddleware"
STRICT = "whitenoise.storage.CompressedManifestStaticFilesStorage"
PLAIN = "whitenoise.storage.CompressedStaticFilesStorage"
DEVELOPMENT = "django.contrib.staticfiles.storage.StaticFilesStorage"
FILE_SYSTEM = "django.core.files.storage.FileSystemStorage"
REFERENCE = re.compile(r"""{%\s*static\s+["']([^"']+)["']""")


class WhiteNoise(Step):
    def inspect(self, project: Project) -> list[Finding]:
        root = project.value("STATIC_ROOT")
        return [Finding(f"static files: {_backend(project)}, STATIC_ROOT {'set' if root else 'not set'}")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, lines, remarks = Draft(), [], []
        if MIDDLEWARE not in project.value("MIDDLEWARE"):
            lines += middleware.insert(project, draft, MIDDLEWARE, after=SECURITY)
        folder = _folder(project)
        inside = files.inside(folder, project.top)
        if not project.value("STATIC_ROOT") or not inside:
            lines.append(f'STATIC_ROOT = {settings_block.root_expression(project, draft)} / "staticfiles"')
        if not inside:
            remarks.append(f"STATIC_ROOT was {folder}: it moves into the project, since Golive writes nothing outside.")
            folder = project.root / "staticfiles"
        if "whitenoise" not in _backend(project).lower():
            storage, why = self._storage(project)
            lines += self._storage_lines(project, draft, storage)
            remarks += why
        if lines:
            settings_block.append(
                project,
                draft,
                "Static files: collected, compressed and served by WhiteNoise.",
                lines,
                "WhiteNoise",
                only_production=False,
            )
        add_to_gitignore(project, draft, folder / "staticfiles.json", f"{folder.name}/")
        actions: list[Action] = [*draft.actions()]
        if lines or not folder.is_dir() or not any(folder.iterdir()):
            argv = (str(project.found.path), str(project.manage), "collectstatic", "--noinput")
            actions.append(RunCommand(argv, project.root, "gather the static files", "production", (folder,)))
        return Plan.of(*actions, remarks=tuple(remarks))

    def _storage(self, project: Project) -> tuple[str, list[str]]:
        """The strict storage if a trial with it works and no template names a missing file."""
        references = sorted(
            {
                name
                for folder in project.template_folders()
                for path in files.below(folder, "*.html")
                for name in REFERENCE.findall(files.text(path))
            }
        )
        trial = project.work / "trial-static"
        overrides = static_root_at(trial) + _setting(project, STRICT)
        answer = project.ask("collect", overrides=overrides, references=references)
        if error := answer.get("error"):
            return PLAIN, [
                f"Without hashed names, since a trial collectstatic failed: {error['message'].splitlines()[0][:160]}"
            ]
        if missing := answer.get("missing"):
            return PLAIN, [
                "Without hashed names, since templates name files that don't exist: " + ", ".join(missing[:5])
            ]
        return STRICT, []

    def _storage_lines(self, project: Project, draft: Draft, storage: str) -> list[str]:
        debug = settings_block.previous_value(project, "DEBUG", "False")
        chosen = f'"{DEVELOPMENT}" if {debug} else "{storage}"' if debug else f'"{storage}"'
        if project.django < (4, 2):
            return [f"STATICFILES_STORAGE = {chosen}"]
        lines = []
        default = f'"{FILE_SYSTEM}"'
        if settings_block.previous_value(project, "DEFAULT_FILE_STORAGE", default):
            # Django refuses the old name beside the new one: its value moves over, and the name goes.
            default = (
                "DEFAULT_FILE_STORAGE"
                if project.settings.always("DEFAULT_FILE_STORAGE")
                else f'globals().pop("DEFAULT_FILE_STORAGE", {default})'
            )
        if before := settings_block.previous_value(project, "STORAGES", f'{{"default": {{"BACKEND": {default}}}}}'):
            return [f'STORAGES = {{**{before}, "staticfiles": {{"BACKEND": {chosen}}}}}']
        if old := settings_block.previous_value(project, "STATICFILES_STORAGE", "None"):
            always = old == "STATICFILES_STORAGE"
            lines.append("del STATICFILES_STORAGE" if always else 'globals().pop("STATICFILES_STORAGE", None)')
        lines.append(f'STORAGES = {{"default": {{"BACKEND": {default}}}, "staticfiles": {{"BACKEND": {chosen}}},}}')
        return [*lines, *(["del DEFAULT_FILE_STORAGE"] if default == "DEFAULT_FILE_STORAGE" else [])]

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        chain = project.value("MIDDLEWARE")
        right = MIDDLEWARE in chain and (SECURITY not in chain or chain.index(MIDDLEWARE) == chain.index(SECURITY) + 1)
        yield shown(
            "9.1",
            right,
            "settings",
            "MIDDLEWARE",
            ("right after SecurityMiddleware" if right else "not in its place") + project.set_by("MIDDLEWARE"),
        )
        used = "whitenoise" in _backend(project).lower()
        name = "STORAGES" if project.django >= (4, 2) else "STATICFILES_STORAGE"
        told = _backend(project) + project.set_by(name)
        yield shown("9.2", used, "settings", "the static files storage with DEBUG=False", told)
        folder = _folder(project)
        collected = files.below(folder, "*")
        whole = bool(collected) and ("Manifest" not in _backend(project) or (folder / "staticfiles.json").is_file())
        yield shown(
            "9.3",
            whole,
            "file",
            project.display_path(folder),
            f"{len(collected)} files{', with their manifest' if (folder / 'staticfiles.json').is_file() else ''}",
        )
        sheets = sorted(path for path in collected if path.suffix == ".css" and "admin" in path.parts) or sorted(
            path for path in collected if path.suffix == ".css"
        )
        sheets = [path for path in sheets if re.search(r"\.[0-9a-f]{12}\.css$", path.name)] or sheets
        if not sheets:
            yield shown("9.4", False, "file", project.display_path(folder), "no stylesheet was collected")
            return
        name = sheets[0].relative_to(folder).as_posix()
        path = "/" + str(project.value("STATIC_URL")).strip("/") + "/" + name
        with sandbox.gunicorn(workers=1, overrides=static_root_at(folder)) as site:
            answer = site.get(path)
        told = (
            f"{answer.status_code} {answer.headers.get('content-type', '')}, cache-control "
            f"{answer.headers.get('cache-control', 'none')}"
        )
        yield shown(
            "9.4",
            answer.status_code == 200 and "css" in answer.headers.get("content-type", ""),
            "request",
            f"GET {path} from gunicorn with DEBUG=False",
            told,
        )


def _setting(project: Project, storage: str) -> str:
    if project.django < (4, 2):
        return f"STATICFILES_STORAGE = {storage!r}"
    lines = "for _name in ('STATICFILES_STORAGE', 'DEFAULT_FILE_STORAGE'):\n    globals().pop(_name, None)\n"
    return (
        lines + f"STORAGES = {{'default': {{'BACKEND': {FILE_SYSTEM!r}}}, 'staticfiles': {{'BACKEND': {storage!r}}}}}"
    )


def _backend(project: Project) -> str:
    storages = project.value("STORAGES") or {}
    if project.django >= (4, 2) and "STORAGES" in project.inspect_settings()["overridden"]:
        return str(storages.get("staticfiles", {}).get("BACKEND", ""))
    if project.django >= (5, 1):
        return str(storages.get("staticfiles", {}).get("BACKEND", DEVELOPMENT))
    return str(project.value("STATICFILES_STORAGE") or DEVELOPMENT)


def _folder(project: Project) -> Path:
    """STATIC_ROOT as it is in the project, not in the copy."""
    root = project.value("STATIC_ROOT")
    if not root:
        return project.root / "staticfiles"
    path = Path(root)
    return (project.own(path) or path) if path.is_absolute() else project.root / path


STEP = WhiteNoise
