"""Task 9, Configure WhiteNoise: its middleware and storage, STATIC_ROOT, and a first `collectstatic`.

Django 5.1 and later ignore STATICFILES_STORAGE, and 4.2 refuses it next to STORAGES, so the plan writes the one that
fits the version. If templates refer to missing files, it uses the storage without a manifest, because the one with a
manifest would answer 500 on those pages. Source: WhiteNoise's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from steps.shared import middleware, settings_block
from steps.shared.env_files import add_to_gitignore
from steps.shared.middleware import SECURITY
from wizard.base import files
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Action, Finding, Plan, RunCommand
from wizard.plan.draft import Draft
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import static_root_settings

MIDDLEWARE = "whitenoise.middleware.WhiteNoiseMiddleware"
WITH_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
WITHOUT_MANIFEST = "whitenoise.storage.CompressedStaticFilesStorage"
DEVELOPMENT = "django.contrib.staticfiles.storage.StaticFilesStorage"
FILE_SYSTEM = "django.core.files.storage.FileSystemStorage"
REFERENCE = re.compile(r"""{%\s*static\s+["']([^"']+)["']""")


class WhiteNoise(Step):
    def inspect(self, project: Project) -> list[Finding]:
        root = project.value("STATIC_ROOT")
        return [Finding(f"static files storage: {_backend(project)}, STATIC_ROOT {'set' if root else 'not set'}")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, lines, remarks = Draft(), list[str](), list[str]()
        if MIDDLEWARE not in project.value("MIDDLEWARE"):
            lines += middleware.insert(project, draft, MIDDLEWARE, after=SECURITY)
        folder = _folder(project)
        inside = files.inside(folder, project.top)
        if not project.value("STATIC_ROOT") or not inside:
            lines.append(f'STATIC_ROOT = {settings_block.root_expression(project, draft)} / "staticfiles"')
        if not inside:
            remarks.append(f"STATIC_ROOT was {folder}. It moves into the project, because Golive writes only there.")
            folder = project.root / "staticfiles"
        if "whitenoise" not in _backend(project).lower():
            storage, reasons = self._storage(project)
            lines += self._storage_lines(project, draft, storage)
            remarks += reasons
        if lines:
            title = "Static files: collected, compressed and served by WhiteNoise."
            why = "serve static files with WhiteNoise"
            settings_block.append(project, draft, title, lines, why, only_production=False)
        add_to_gitignore(project, draft, folder / "staticfiles.json", f"{folder.name}/")
        actions: list[Action] = [*draft.actions()]
        if lines or not folder.is_dir() or not any(folder.iterdir()):
            argv = (str(project.python.path), str(project.manage), "collectstatic", "--noinput")
            actions.append(RunCommand(argv, project.root, "collect the static files", "production", (folder,)))
        return Plan.of(*actions, remarks=tuple(remarks))

    def _storage(self, project: Project) -> tuple[str, list[str]]:
        """Choose the storage with a manifest if a trial works and no template refers to a missing file.

        Returns the storage, and remarks that explain the other choice.
        """
        references = sorted(
            {
                name
                for folder in project.template_folders()
                for path in files.below(folder, "*.html")
                for name in REFERENCE.findall(files.text(path))
            }
        )
        trial = project.work / "trial-static"
        overrides = static_root_settings(trial) + _setting(project, WITH_MANIFEST)
        answer = project.ask("collect", overrides=overrides, references=references)
        if error := AgentError.of(answer):
            reason = error.message.splitlines()[0][:160]
            return WITHOUT_MANIFEST, [f"Without hashed file names, because a trial collectstatic failed: {reason}"]
        if missing := answer.get("missing"):
            listed = ", ".join(missing[:5])
            return WITHOUT_MANIFEST, [f"Without hashed file names, because templates refer to missing files: {listed}"]
        return WITH_MANIFEST, []

    def _storage_lines(self, project: Project, draft: Draft, storage: str) -> list[str]:
        """Return lines that set *storage* in STORAGES, or in STATICFILES_STORAGE before Django 4.2."""
        development = settings_block.in_development(project, draft)
        chosen = f'"{DEVELOPMENT}" if {development} else "{storage}"' if development else f'"{storage}"'
        if project.django < (4, 2):
            return [f"STATICFILES_STORAGE = {chosen}"]
        lines = []
        default = f'"{FILE_SYSTEM}"'
        if settings_block.previous_value(project, "DEFAULT_FILE_STORAGE", default):
            # Django refuses both settings together, so move the value to STORAGES and delete the old name.
            default = (
                "DEFAULT_FILE_STORAGE"
                if project.settings.always("DEFAULT_FILE_STORAGE")
                else f'globals().pop("DEFAULT_FILE_STORAGE", {default})'
            )
        if before := settings_block.previous_value(project, "STORAGES", f'{{"default": {{"BACKEND": {default}}}}}'):
            return [f'STORAGES = {{**{before}, "staticfiles": {{"BACKEND": {chosen}}}}}']
        if previous := settings_block.previous_value(project, "STATICFILES_STORAGE", "None"):
            always = previous == "STATICFILES_STORAGE"
            lines.append("del STATICFILES_STORAGE" if always else 'globals().pop("STATICFILES_STORAGE", None)')
        lines.append(f'STORAGES = {{"default": {{"BACKEND": {default}}}, "staticfiles": {{"BACKEND": {chosen}}},}}')
        return [*lines, *(["del DEFAULT_FILE_STORAGE"] if default == "DEFAULT_FILE_STORAGE" else [])]

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        yield self._middleware(project)
        used = "whitenoise" in _backend(project).lower()
        name = "STORAGES" if project.django >= (4, 2) else "STATICFILES_STORAGE"
        showed = _backend(project) + project.set_by(name)
        yield shown("9.2", used, "settings", "the static files storage with DEBUG=False", showed)
        folder = _folder(project)
        collected = files.below(folder, "*")
        yield self._collected(project, folder, len(collected))
        stylesheet = _find_stylesheet(collected)
        if stylesheet is None:
            yield shown("9.4", False, "file", project.display_path(folder), "no stylesheet was collected")
            return
        static_url = str(project.value("STATIC_URL")).strip("/")
        path = f"/{static_url}/{stylesheet.relative_to(folder).as_posix()}"
        with sandbox.gunicorn(workers=1, overrides=static_root_settings(folder)) as site:
            response = site.get(path)
        content_type, caching = response.headers.get("content-type", ""), response.headers.get("cache-control", "none")
        holds = response.status_code == 200 and "css" in content_type
        showed = f"{response.status_code} {content_type}, cache-control {caching}"
        yield shown("9.4", holds, "request", f"GET {path} from gunicorn with DEBUG=False", showed)

    def _middleware(self, project: Project) -> Evidence:
        chain = project.value("MIDDLEWARE")
        showed, holds = "WhiteNoiseMiddleware is missing", False
        if MIDDLEWARE in chain:
            holds = SECURITY not in chain or chain.index(MIDDLEWARE) == chain.index(SECURITY) + 1
            showed = ("" if holds else "expected ") + "right after SecurityMiddleware"
            showed += "" if holds else f", found at position {chain.index(MIDDLEWARE) + 1}"
        return shown("9.1", holds, "settings", "MIDDLEWARE", showed + project.set_by("MIDDLEWARE"))

    def _collected(self, project: Project, folder: Path, count: int) -> Evidence:
        has_manifest, needs_manifest = (folder / "staticfiles.json").is_file(), "Manifest" in _backend(project)
        showed = f"{count} files" + (", with their manifest" if has_manifest else "")
        if needs_manifest and not has_manifest:
            showed += ", but no staticfiles.json"
        holds = count > 0 and (has_manifest or not needs_manifest)
        return shown("9.3", holds, "file", project.display_path(folder), showed)


def _find_stylesheet(paths: Iterable[Path]) -> Path | None:
    """Choose a collected stylesheet: one of the admin if possible, with a hashed name if there are any."""
    sheets = sorted(path for path in paths if path.suffix == ".css")
    sheets = [path for path in sheets if "admin" in path.parts] or sheets
    sheets = [path for path in sheets if re.search(r"\.[0-9a-f]{12}\.css$", path.name)] or sheets
    return sheets[0] if sheets else None


def _setting(project: Project, storage: str) -> str:
    """Return settings lines that replace the project's storage for a trial."""
    if project.django < (4, 2):
        return f"STATICFILES_STORAGE = {storage!r}"
    lines = "for _name in ('STATICFILES_STORAGE', 'DEFAULT_FILE_STORAGE'):\n    globals().pop(_name, None)\n"
    return (
        lines + f"STORAGES = {{'default': {{'BACKEND': {FILE_SYSTEM!r}}}, 'staticfiles': {{'BACKEND': {storage!r}}}}}"
    )


def _backend(project: Project) -> str:
    """Return the static files storage that this Django version uses."""
    storages = project.value("STORAGES") or {}
    if project.django >= (4, 2) and "STORAGES" in project.inspect_settings()["overridden"]:
        return str(storages.get("staticfiles", {}).get("BACKEND", ""))
    if project.django >= (5, 1):
        return str(storages.get("staticfiles", {}).get("BACKEND", DEVELOPMENT))
    return str(project.value("STATICFILES_STORAGE") or DEVELOPMENT)


def _folder(project: Project) -> Path:
    """Return STATIC_ROOT as a path in the project, not in the copy that the settings were loaded from."""
    root = project.value("STATIC_ROOT")
    if not root:
        return project.root / "staticfiles"
    path = Path(root)
    return (project.own(path) or path) if path.is_absolute() else project.root / path


STEP = WhiteNoise
